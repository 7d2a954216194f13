'use strict';

// Kinds of graphs: from which inputs, and of which blocks of steps.

const tf = require('../../../lib');
const { tensor } = require('../tensors');
const arrays = require('./arrays');
const { Drawing, Refused } = require('./drawing');
const elementwise = require('./elementwise');
const products = require('./products');
const reductions = require('./reductions');

/** @typedef {import('../random').Random} Random */
/** @typedef {import('./program').Program} Program */
/** @typedef {import('./drawing').Value} Value */
/** @typedef {import('./elementwise').Block} Block */

/** @typedef {{name: string, make: Block, fits: (value: Value) => boolean}} Entry */

/**
 * @param {Record<string, Block>} blocks @param {number} low @param {number} [high] Ranks.
 * @param {boolean} [anyType]
 * @returns {Entry[]}
 */
const entries = (blocks, low, high = 6, anyType = false) =>
  Object.entries(blocks).map(([name, make]) => ({
    name,
    make,
    fits: ({ dtype, shape }) =>
      (anyType || dtype === 'float32') && shape.length >= low && shape.length <= high,
  }));

const { conv, ...otherImages } = products.images;
const images = [...entries({ conv }, 4, 4), ...entries({ conv, ...otherImages }, 4, 4)];
const matrices = entries(products.matrices, 2);
const sequences = entries(products.sequences, 3, 3);
const resizes = entries(arrays.images, 4, 4);
const moves = entries(arrays.blocks, 1, 5, true);
const points = entries(elementwise.blocks, 0);
const rows = [...entries(reductions.rows, 1), ...entries(reductions.blocks, 0)];

/** Extents at which vector loops change over; seldom 0. @param {Random} random */
const extent = (random) =>
  random.chance(0.01) ? 0 : random.pick([1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17]);

/** @type {Record<string, (random: Random) => number[]>} */
const SHAPES = {
  image: (random) => {
    const [height, width] = [0, 1].map(() => (random.chance(0.01) ? 0 : random.int(1, 12)));
    return [random.pick([1, 1, 1, 2, 3]), height, width, extent(random)];
  },
  sequence: (random) => [random.pick([1, 1, 2, 3]), random.int(1, 12), extent(random)],
  any: (random) => random.shape({ max: 4, limit: 1000, empty: 0.02 }),
};

/** Now and then all extents are one, so that what goes along the wrong dimension fits. */
function shapeOf(/** @type {Random} */ random, /** @type {string} */ kind) {
  const shape = SHAPES[kind](random);
  return random.chance(0.12) ? shape.fill(random.pick([2, 3, 4, 5])) : shape;
}

/** @type {Record<string, {shape: string, blocks: Entry[][]}>} A list that is there twice comes up twice as often. */
const THEMES = {
  vision: { shape: 'image', blocks: [images, images, images, resizes, points, moves] },
  sequence: { shape: 'sequence', blocks: [matrices, matrices, sequences, rows, points, moves] },
  elementwise: { shape: 'any', blocks: [points, points, points, rows, moves] },
  arrays: { shape: 'any', blocks: [moves, moves, points, rows] },
  mixed: { shape: 'image', blocks: [images, images, matrices, resizes, moves, points, rows] },
};

/** How the inputs' values are drawn, the usual ones first. */
const KINDS = [
  'unit',
  'unit',
  'unit',
  'unit',
  'unit',
  'few',
  'positive',
  'holes',
  'huge',
  'zeros',
  'scaled',
];

/** @param {Drawing} draw @param {string} shapeKind */
function addInput(draw, shapeKind) {
  const { random } = draw;
  const kind = random.pick(KINDS);
  const shape = shapeOf(random, random.chance(0.85) ? shapeKind : 'any');
  const dtype = random.chance(0.95)
    ? 'float32'
    : random.pick(/** @type {const} */ (['int32', 'bool']));
  return draw.input(
    [0, 1].map(() => tensor(random, shape, dtype, { floats: kind, ints: 'small' })),
  );
}

/**
 * Draws a program of the theme. The native backend has to be the current one.
 * @param {string} theme @param {Random} random
 * @returns {Program}
 */
function drawProgram(theme, random) {
  const { shape, blocks } = THEMES[theme];
  tf.engine().startScope();
  try {
    const draw = new Drawing(random);
    const inputs = random.int(1, 3);
    for (let i = 0; i < inputs; i++) addInput(draw, shape);
    const length = random.int(5, random.pick([15, 30, 60]));
    for (let attempts = 0; draw.length < length && attempts < 4 * length; attempts++) {
      const { make, fits } = random.pick(random.pick(blocks));
      try {
        make(draw, draw.pick(fits));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }
    return draw.finish();
  } finally {
    tf.engine().endScope();
  }
}

module.exports = { THEMES, drawProgram };
