'use strict';

/**
 * Draws the pictures that the classifier learns from: one shape each, anywhere, any size and
 * angle, filled or outlined, over a noisy background gradient. Everything is derived from the
 * generator that the caller passes, so one seed always gives the same pictures.
 */

/** Width and height of a picture in pixels. */
const SIZE = 48;
/** Red, green, blue. */
const CHANNELS = 3;
/** Shapes are turned by up to this angle to either side, in radians. */
const MAX_TURN = Math.PI / 5;
/** Difference in brightness (0 to 255) of a shape from what is behind it, at least. */
const MIN_CONTRAST = 65;

/**
 * A small seeded generator (sfc32): fast, the same on every platform, and with so much state
 * that the sequences of two seeds do not meet.
 */
class Random {
  #a = 0;
  #b = 0;
  #c;
  #counter = 1;

  /** @param {number} seed an integer from 0 to 2^32 - 1 */
  constructor(seed) {
    this.#c = seed | 0;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** @returns {number} uniform in [0, 1) */
  next() {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return (result >>> 0) / 4294967296;
  }

  /**
   * @param {number} low
   * @param {number} high
   * @returns {number} uniform in [low, high)
   */
  range(low, high) {
    return low + (high - low) * this.next();
  }

  /**
   * @param {number} count a positive integer
   * @returns {number} an integer in [0, count)
   */
  below(count) {
    return Math.floor(this.next() * count);
  }

  /** @returns {number} standard normal (Box-Muller) */
  normal() {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }
}

/**
 * A shape as points in the square from -1 to 1, y downwards.
 * @typedef {{points: number[][], closed: boolean}} Outline
 */

/**
 * @param {number} count number of points
 * @param {(index: number) => number} radius distance of each point from the centre
 * @returns {number[][]} points at equal angles, the first one on top
 */
function aroundCentre(count, radius) {
  return Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count - Math.PI / 2;
    return [radius(i) * Math.cos(angle), radius(i) * Math.sin(angle)];
  });
}

/** @returns {number[][]} the part of a disc that a second disc, shifted to the right, leaves */
function crescentPoints() {
  const steps = 16;
  const shift = 0.55;
  const innerRadius = 0.75;
  // Where the two circles meet: x from the difference of their equations.
  const meetX = (1 - innerRadius * innerRadius + shift * shift) / (2 * shift);
  const meetY = Math.sqrt(1 - meetX * meetX);
  const outer = Math.atan2(meetY, meetX);
  const inner = Math.atan2(meetY, meetX - shift);
  const points = [];
  for (let i = 0; i <= steps; i++) {
    const angle = outer + ((2 * Math.PI - 2 * outer) * i) / steps;
    points.push([Math.cos(angle) + 0.2, Math.sin(angle)]);
  }
  for (let i = 1; i < steps; i++) {
    const angle = 2 * Math.PI - inner - ((2 * Math.PI - 2 * inner) * i) / steps;
    points.push([shift + innerRadius * Math.cos(angle) + 0.2, innerRadius * Math.sin(angle)]);
  }
  return points;
}

/** @returns {number[][]} */
function heartPoints() {
  return Array.from({ length: 28 }, (_, i) => {
    const t = (2 * Math.PI * i) / 28;
    const x = 16 * Math.sin(t) ** 3;
    const y = 13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t);
    return [x / 16.5, -(y + 2.5) / 16.5];
  });
}

/** @returns {number[][]} */
function spiralPoints() {
  return Array.from({ length: 33 }, (_, i) => {
    const angle = (i / 32) * 2.1 * 2 * Math.PI;
    const radius = 0.08 + 0.92 * (i / 32);
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

const THIRD = 0.33;
/** @type {Record<string, Outline>} */
const OUTLINES = {
  arrow: {
    points: [
      [0, -1],
      [0.75, -0.15],
      [0.28, -0.15],
      [0.28, 1],
      [-0.28, 1],
      [-0.28, -0.15],
      [-0.75, -0.15],
    ],
    closed: true,
  },
  circle: { points: aroundCentre(32, () => 0.95), closed: true },
  crescent: { points: crescentPoints(), closed: true },
  cross: {
    points: [
      [-THIRD, -1],
      [THIRD, -1],
      [THIRD, -THIRD],
      [1, -THIRD],
      [1, THIRD],
      [THIRD, THIRD],
      [THIRD, 1],
      [-THIRD, 1],
      [-THIRD, THIRD],
      [-1, THIRD],
      [-1, -THIRD],
      [-THIRD, -THIRD],
    ],
    closed: true,
  },
  heart: { points: heartPoints(), closed: true },
  lightning: {
    points: [
      [0.35, -1],
      [-0.6, 0.15],
      [-0.05, 0.15],
      [-0.35, 1],
      [0.6, -0.25],
      [0.05, -0.25],
    ],
    closed: true,
  },
  spiral: { points: spiralPoints(), closed: false },
  square: { points: aroundCentre(4, () => 1.1), closed: true },
  star: { points: aroundCentre(10, (i) => (i % 2 === 0 ? 1.05 : 0.45)), closed: true },
  triangle: { points: aroundCentre(3, () => 1.1), closed: true },
};

/** The ten labels, in the order of the network's outputs. */
const CLASSES = Object.keys(OUTLINES);

/**
 * @param {Outline} outline points in pixels
 * @param {number} x
 * @param {number} y
 * @returns {number} distance in pixels from the line, negative inside a closed outline
 */
function signedDistance({ points, closed }, x, y) {
  let nearest = Infinity;
  let inside = false;
  const count = points.length;
  for (let i = closed ? 0 : 1, j = closed ? count - 1 : 0; i < count; j = i++) {
    const [ax, ay] = points[i];
    const [bx, by] = points[j];
    const edgeX = bx - ax;
    const edgeY = by - ay;
    const along = ((x - ax) * edgeX + (y - ay) * edgeY) / (edgeX * edgeX + edgeY * edgeY);
    const t = Math.min(1, Math.max(0, along));
    const dx = x - ax - t * edgeX;
    const dy = y - ay - t * edgeY;
    nearest = Math.min(nearest, dx * dx + dy * dy);
    if (ay > y !== by > y && x < ax + (edgeX * (y - ay)) / edgeY) inside = !inside;
  }
  return closed && inside ? -Math.sqrt(nearest) : Math.sqrt(nearest);
}

/**
 * @param {Outline} outline in the unit square
 * @param {Random} random
 * @returns {Outline} the outline in pixels: stretched, turned, scaled and moved
 */
function place({ points, closed }, random) {
  const radius = random.range(12, 19);
  const stretch = random.range(0.85, 1.18);
  const angle = random.range(-MAX_TURN, MAX_TURN);
  const room = SIZE / 2 - radius;
  const centreX = SIZE / 2 + random.range(-room, room);
  const centreY = SIZE / 2 + random.range(-room, room);
  const cos = Math.cos(angle) * radius;
  const sin = Math.sin(angle) * radius;
  const placed = points.map(([px, py]) => {
    const sx = px * stretch;
    const sy = py / stretch;
    return [centreX + cos * sx - sin * sy, centreY + sin * sx + cos * sy];
  });
  return { points: placed, closed };
}

/**
 * @param {number[]} color
 * @returns {number} perceived brightness, 0 to 255
 */
function brightness([red, green, blue]) {
  return 0.3 * red + 0.59 * green + 0.11 * blue;
}

/**
 * @param {Random} random
 * @returns {number[]} red, green, blue, 0 to 255
 */
function randomColor(random) {
  return [random.range(0, 255), random.range(0, 255), random.range(0, 255)];
}

/**
 * @param {Random} random
 * @param {number[][]} others colours that it must stand out from
 * @returns {number[]} red, green, blue, 0 to 255
 */
function contrastingColor(random, others) {
  for (;;) {
    const color = randomColor(random);
    if (others.every((other) => Math.abs(brightness(other) - brightness(color)) > MIN_CONTRAST))
      return color;
  }
}

/**
 * @param {Random} random
 * @returns {{first: number[], second: number[], ink: number[]}} the two ends of the background's
 *   gradient, at most 70 of brightness apart so that ink which stands out from both exists
 */
function randomColors(random) {
  const first = randomColor(random);
  let second;
  do {
    second = randomColor(random);
  } while (Math.abs(brightness(first) - brightness(second)) > 70);
  return { first, second, ink: contrastingColor(random, [first, second]) };
}

/**
 * Short stray lines, so that not every edge belongs to the shape.
 * @param {Random} random
 * @returns {{line: Outline, color: number[]}[]}
 */
function randomScratches(random) {
  return Array.from({ length: random.below(3) }, () => {
    const x = random.range(0, SIZE);
    const y = random.range(0, SIZE);
    const end = [x + random.range(1, 6), y + random.range(-6, 6)];
    return { line: { points: [[x, y], end], closed: false }, color: randomColor(random) };
  });
}

/**
 * @param {number} distance from the edge in pixels, negative inside
 * @returns {number} how much of a pixel is covered, 0 to 1
 */
function coverage(distance) {
  return Math.min(1, Math.max(0, 0.5 - distance));
}

/**
 * Draws one picture.
 * @param {number} label index into CLASSES
 * @param {Random} random
 * @returns {Uint8Array} SIZE * SIZE * CHANNELS values, rows from the top, red green blue
 * @throws {RangeError} when the label is not one of the classes
 */
function drawShape(label, random) {
  if (!(label in CLASSES)) {
    throw new RangeError(`drawShape: label: expected 0 to ${CLASSES.length - 1}, got ${label}`);
  }
  return drawOutline(OUTLINES[CLASSES[label]], random);
}

/**
 * Draws one picture of any shape.
 * @param {Outline} shape in the square from -1 to 1
 * @param {Random} random
 * @returns {Uint8Array} as drawShape() gives it
 */
function drawOutline(shape, random) {
  const outline = place(shape, random);
  const filled = outline.closed && random.next() < 0.5;
  const halfStroke = random.range(0.9, 1.6);
  const { first, second, ink } = randomColors(random);
  const scratches = randomScratches(random);
  const gradientAngle = random.range(0, 2 * Math.PI);
  const gradientX = Math.cos(gradientAngle) / (SIZE * Math.SQRT2);
  const gradientY = Math.sin(gradientAngle) / (SIZE * Math.SQRT2);
  const noise = random.range(2, 16);

  const pixels = new Uint8Array(SIZE * SIZE * CHANNELS);
  for (let y = 0, at = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const blend = 0.5 + gradientX * (x - SIZE / 2) + gradientY * (y - SIZE / 2);
      const distance = signedDistance(outline, x + 0.5, y + 0.5);
      const inked = coverage(filled ? distance : Math.abs(distance) - halfStroke);
      const marks = scratches.map(({ line }) => coverage(signedDistance(line, x, y) - 0.6));
      for (let channel = 0; channel < CHANNELS; channel++) {
        let value = first[channel] + blend * (second[channel] - first[channel]);
        scratches.forEach(({ color }, i) => (value += marks[i] * (color[channel] - value)));
        value += inked * (ink[channel] - value) + noise * random.normal();
        pixels[at++] = Math.round(Math.min(255, Math.max(0, value)));
      }
    }
  }
  return pixels;
}

module.exports = { CHANNELS, CLASSES, Random, SIZE, drawOutline, drawShape };
