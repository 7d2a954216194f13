'use strict';

// Files of images of every kind, drawn at random: the seeds that are damaged then.

const tf = require('../../../lib');
const { writeBmp } = require('../../node/bmp-writer');
const { writeGif } = require('../../node/gif-writer');
const { SAMPLES, writePng } = require('../../node/png-writer');

/** @typedef {import('../random').Random} Random */

const bytes = (/** @type {Random} */ random, count) => random.list(count, () => random.int(0, 255));

/** Extents that cross blocks, rows and interlacing. @param {Random} random */
const extent = (random) => random.pick([1, 2, 3, 7, 8, 9, 16, 17, 31, 40]);

/** What an encoder of ours makes of an image of slopes and noise. */
async function encodedBy(name, random, channels, options) {
  const shape = [extent(random), extent(random), channels];
  const [slope, noise] = [random.int(0, 9), random.pick([0, 5, 255])];
  const values = random.list(
    shape[0] * shape[1] * channels,
    (i) => slope * i + random.int(0, noise),
  );
  const image = tf.tensor3d(values, shape, 'int32');
  try {
    return await tf.node[name](image, options);
  } finally {
    image.dispose();
  }
}

/** @param {Random} random */
function drawPng(random) {
  const colorType = random.pick([0, 2, 3, 4, 6]);
  const bits = random.pick({ 0: [1, 2, 4, 8, 16], 3: [1, 2, 4, 8] }[colorType] ?? [8, 16]);
  const [width, height] = [extent(random), extent(random)];
  const samples = random.list(width * height * SAMPLES[colorType], () =>
    random.int(0, 2 ** bits - 1),
  );
  const chunks = [];
  if (colorType === 3) chunks.push(['PLTE', bytes(random, 3 * 2 ** bits)]);
  const transparent = { 0: 2, 2: 6, 3: 2 }[colorType];
  if (transparent && random.chance(0.4)) chunks.push(['tRNS', bytes(random, transparent)]);
  if (random.chance(0.3)) chunks.push(['gAMA', [0, 0, 0xb1, 0x8f]]);
  if (random.chance(0.3)) chunks.push(['eXIf', exif(random)]);
  return writePng({
    width,
    height,
    bits,
    colorType,
    samples,
    interlaced: random.chance(0.4),
    chunks,
  });
}

/** Metadata that hold an orientation. @param {Random} random */
function exif(random) {
  const entry = [0x12, 0x01, 3, 0, 1, 0, 0, 0, random.int(0, 9), 0, 0, 0];
  return [...Buffer.from('II*\0'), 8, 0, 0, 0, 1, 0, ...entry, 0, 0, 0, 0];
}

/** @param {Random} random */
async function drawJpeg(random) {
  const file = await encodedBy('encodeJpeg', random, random.pick([1, 3]), {
    quality: random.pick([10, 75, 95, 100]),
    progressive: random.chance(0.5),
    optimizeSize: random.chance(0.3),
    chromaDownsampling: random.chance(0.5),
  });
  if (random.chance(0.6)) return file;
  const data = [...Buffer.from('Exif\0\0'), ...exif(random)];
  const segment = [0xff, 0xe1, 0, data.length + 2, ...data];
  return Uint8Array.from([...file.subarray(0, 2), ...segment, ...file.subarray(2)]);
}

/** @param {Random} random */
function drawGif(random) {
  const [width, height] = [extent(random), extent(random)];
  const frames = random.list(random.int(1, 4), (i) => {
    const size = {
      width: i === 0 ? width : extent(random),
      height: i === 0 ? height : extent(random),
    };
    return {
      ...size,
      left: i === 0 ? 0 : random.int(0, 9),
      top: i === 0 ? 0 : random.int(0, 9),
      indices: random.list(size.width * size.height, () => random.int(0, 7)),
      disposal: random.int(0, 3),
      transparent: random.pick([-1, 0, 3]),
      interlaced: random.chance(0.3),
      colors: random.chance(0.3) ? random.list(8, () => bytes(random, 3)) : undefined,
    };
  });
  const colors = random.list(8, () => bytes(random, 3));
  return writeGif({ width, height, colors, frames, isEnded: random.chance(0.9) });
}

/** @param {Random} random */
function drawBmp(random) {
  const [width, height] = [extent(random), extent(random)];
  const bits = random.pick([1, 4, 8, 16, 24, 32]);
  const isTopDown = random.chance(0.3);
  const colors = bits <= 8 ? random.list(2 ** bits, () => bytes(random, 3)) : [];
  if ((bits === 4 || bits === 8) && random.chance(0.5)) {
    const data = [...bytes(random, random.int(0, 60)), 0, 1];
    return writeBmp({ width, height, bits, colors, compression: bits === 8 ? 1 : 2, data });
  }
  const hasMasks = (bits === 16 || bits === 32) && random.chance(0.5);
  return writeBmp({
    width,
    height: isTopDown ? -height : height,
    bits,
    colors,
    rows: random.list(height, () => bytes(random, Math.ceil((width * bits) / 8))),
    ...(hasMasks
      ? { compression: 3, masks: random.list(4, () => random.int(1, 2 ** bits - 1)) }
      : {}),
    headerBytes: random.pick(hasMasks ? [40, 108] : bits <= 8 && !isTopDown ? [12, 40] : [40]),
  });
}

/** A chunk of a RIFF file. @param {string} type @param {ArrayLike<number>} data */
function riffChunk(type, data) {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(data.length);
  return [...Buffer.from(type), ...length, ...Array.from(data), ...(data.length % 2 ? [0] : [])];
}

const u24 = (/** @type {number} */ value) => [value & 255, (value >> 8) & 255, value >> 16];

/** An animation whose frames are files of one image. @param {Uint8Array[]} stills */
function animate(stills, random) {
  const frames = stills.flatMap((still) => {
    const place = [
      ...u24(random.int(0, 2)),
      ...u24(random.int(0, 2)),
      ...u24(15),
      ...u24(15),
      ...u24(9),
    ];
    return riffChunk('ANMF', [...place, random.int(0, 3), ...still.subarray(12)]);
  });
  const body = [
    ...Buffer.from('WEBP'),
    ...riffChunk('VP8X', [0x12, 0, 0, 0, ...u24(19), ...u24(19)]),
    ...riffChunk('ANIM', [0, 0, 0, 0, 0, 0]),
    ...frames,
  ];
  return Uint8Array.from(riffChunk('RIFF', body));
}

/** @param {Random} random */
async function drawWebp(random) {
  const options = () => ({
    lossless: random.chance(0.5),
    quality: random.pick([5, 75]),
    effort: 1,
  });
  if (random.chance(0.6)) return encodedBy('encodeWebp', random, random.pick([1, 3, 4]), options());
  const stills = [];
  for (let i = random.int(1, 3); i > 0; i--) {
    const image = tf.fill([16, 16, 3], random.int(0, 255), 'int32');
    stills.push(await tf.node.encodeWebp(image, options()));
    image.dispose();
  }
  return animate(stills, random);
}

/** @type {Record<string, (random: Random) => Uint8Array | Promise<Uint8Array>>} */
const FORMATS = { jpeg: drawJpeg, png: drawPng, gif: drawGif, bmp: drawBmp, webp: drawWebp };

module.exports = { FORMATS };
