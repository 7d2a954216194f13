'use strict';

const { PNG } = require('pngjs');
const sharp = require('sharp');
const tf = require('../../lib');
const { Random } = require('../fuzz/random');
const { contentsOf, greatestDifference, readBySharp, sampleImage } = require('./support');
const { SAMPLES, writePng } = require('./png-writer');

/** Colour types with the bits that they may have, and the channels that they are read with. */
const KINDS = [
  { name: 'grey', colorType: 0, allBits: [1, 2, 4, 8, 16], own: 1 },
  { name: 'RGB', colorType: 2, allBits: [8, 16], own: 3 },
  { name: 'palette', colorType: 3, allBits: [1, 2, 4, 8], own: 3 },
  { name: 'grey and alpha', colorType: 4, allBits: [8, 16], own: 2 },
  { name: 'RGB and alpha', colorType: 6, allBits: [8, 16], own: 4 },
];

/** @param {number} colorType @param {number} bits @param {object} [more] */
function randomPng(colorType, bits, more = {}) {
  const { width = 19, height = 13 } = more;
  const random = new Random(bits, `png ${colorType}`);
  const samples = random.list(width * height * SAMPLES[colorType], () =>
    random.int(0, 2 ** bits - 1),
  );
  const palette = ['PLTE', random.list(3 * 2 ** Math.min(bits, 8), () => random.int(0, 255))];
  const chunks = [...(colorType === 3 ? [palette] : []), ...(more.chunks ?? [])];
  return writePng({ width, height, bits, colorType, samples, ...more, chunks });
}

/**
 * Pixels as pngjs reads them, which makes RGBA of everything, with as many channels as asked for.
 * @param {Buffer} file @param {number} channels
 */
function readByPngjs(file, channels) {
  const { width, height, data } = PNG.sync.read(file, { skipRescale: false });
  const values = [];
  for (let i = 0; i < width * height; i++) {
    const [r, g, b, a] = data.subarray(4 * i, 4 * i + 4);
    if (channels >= 3) values.push(r, g, b);
    else values.push(r === g && g === b ? r : 0.299 * r + 0.587 * g + 0.114 * b);
    if (channels % 2 === 0) values.push(a);
  }
  return { shape: [height, width, channels], values };
}

const CASES = KINDS.flatMap(({ name, colorType, allBits, own }) =>
  allBits.flatMap((bits) =>
    [false, true].map((interlaced) => ({ name, colorType, bits, interlaced, own })),
  ),
);

describe.each(CASES)('$name, $bits bits, interlaced: $interlaced', (kind) => {
  const file = randomPng(kind.colorType, kind.bits, { interlaced: kind.interlaced });

  test.each([0, 1, 3, 4])('%d channels', (channels) => {
    const expected = readByPngjs(file, channels === 0 ? kind.own : channels);
    const found = contentsOf(tf.node.decodePng(file, channels));
    expect(found.dtype).toBe('int32');
    expect(found.shape).toEqual(expected.shape);
    // pngjs rounds 16 bits to 8, where libpng leaves out the lower ones; greys of colours are rounded.
    const isRounded = channels === 1 && [2, 3, 6].includes(kind.colorType);
    const most = (kind.bits === 16 ? 1 : 0) + (isRounded ? 1 : 0);
    expect(greatestDifference(found.values, expected.values)).toBeLessThanOrEqual(most);
  });
});

test('16 bits keep the upper 8', () => {
  const samples = [0x0000, 0x00ff, 0x0100, 0x7fff, 0xfeff, 0xffff];
  const file = writePng({ width: 6, height: 1, bits: 16, colorType: 0, samples });
  expect(contentsOf(tf.node.decodePng(file)).values).toEqual([0, 0, 1, 0x7f, 0xfe, 0xff]);
});

describe('tRNS', () => {
  const palette = randomPng(3, 2, { chunks: [['tRNS', [0, 128]]] });

  test('a palette with transparent colours has 4 channels', () => {
    const expected = readByPngjs(palette, 4);
    expect(contentsOf(tf.node.decodePng(palette))).toMatchObject(expected);
    expect(contentsOf(tf.node.decodeImage(palette))).toMatchObject(expected);
  });

  test.each([1, 3])('of a palette is left out of %d channels', (channels) => {
    const { values, shape } = contentsOf(tf.node.decodePng(palette, channels));
    const expected = readByPngjs(palette, channels);
    expect(shape).toEqual(expected.shape);
    expect(greatestDifference(values, expected.values)).toBeLessThanOrEqual(channels === 1 ? 1 : 0);
  });

  test.each([
    ['grey', 0, [0, 77], 1],
    ['RGB', 2, [0, 10, 0, 20, 0, 30], 3],
  ])('%s: alpha only where that is asked for', (_, colorType, color, own) => {
    const perPixel = SAMPLES[colorType];
    const transparent = color.filter((__, i) => i % 2 === 1);
    const samples = [...transparent, ...transparent.map((value) => value + 1)];
    const chunks = [['tRNS', color]];
    const file = writePng({ width: 2, height: 1, bits: 8, colorType, samples, chunks });
    expect(contentsOf(tf.node.decodePng(file)).shape).toEqual([1, 2, own]);
    expect(contentsOf(tf.node.decodePng(file)).values).toEqual(samples);
    const { values } = contentsOf(tf.node.decodePng(file, 4));
    expect([values[3], values[7]]).toEqual([0, 255]);
    expect(values.slice(0, perPixel)).toEqual(transparent.slice(0, perPixel));
  });
});

test.each([
  [1, 1],
  [2, 3],
  [5, 1],
  [1, 9],
  [8, 8],
])('interlaced, %d x %d: passes may be empty', (width, height) => {
  const file = randomPng(2, 8, { width, height, interlaced: true });
  expect(contentsOf(tf.node.decodePng(file))).toMatchObject(readByPngjs(file, 3));
});

test.each([
  ['sharp: plain', (image) => image.png()],
  ['sharp: adaptive filters', (image) => image.png({ adaptiveFiltering: true })],
  ['sharp: not compressed', (image) => image.png({ compressionLevel: 0 })],
  ['sharp: progressive', (image) => image.png({ progressive: true })],
  ['sharp: palette', (image) => image.png({ palette: true, colours: 40 })],
])('%s', async (_, write) => {
  for (const channels of [1, 3, 4]) {
    const file = await write(sampleImage(67, 41, channels)).toBuffer();
    const { channels: own } = await sharp(file).metadata();
    expect(contentsOf(tf.node.decodePng(file, 4))).toMatchObject(
      await readBySharp(file, { channels: 4 }),
    );
    expect(contentsOf(tf.node.decodeImage(file)).shape).toEqual([41, 67, own]);
  }
});

test('metadata of all kinds is passed over', () => {
  const chunks = [
    ['gAMA', [0, 0, 0xb1, 0x8f]],
    ['tEXt', [...Buffer.from('Comment\0text')]],
    ['zTXt', [...Buffer.from('Comment\0\0damaged')]],
    ['pHYs', [0, 0, 1, 0, 0, 0, 1, 0, 1]],
    ['prVt', [1, 2, 3]],
  ];
  const plain = randomPng(2, 8);
  const file = randomPng(2, 8, { chunks });
  expect(contentsOf(tf.node.decodePng(file))).toEqual(contentsOf(tf.node.decodePng(plain)));
});

describe('damaged files', () => {
  const file = randomPng(2, 8, { width: 200, height: 100 });
  const damaged = { code: 'BAD_ATTR', op: 'decodePng' };

  test.each([0.1, 0.5, 0.9, 0.999])('cut off after a share of %d', (share) => {
    const cut = file.subarray(0, Math.max(9, Math.floor(file.length * share)));
    expect(() => tf.node.decodePng(cut)).toThrow(
      expect.objectContaining({
        ...damaged,
        message: expect.stringMatching(/not a valid PNG: .+/),
      }),
    );
  });

  test('a changed byte is found by its checksum', () => {
    const changed = Buffer.from(file);
    changed[file.length >> 1] ^= 0x10;
    expect(() => tf.node.decodePng(changed)).toThrow(expect.objectContaining(damaged));
  });

  test('a palette that is not there', () => {
    const samples = Array(16).fill(1);
    const bad = writePng({ width: 4, height: 4, bits: 8, colorType: 3, samples });
    expect(() => tf.node.decodePng(bad)).toThrow(expect.objectContaining(damaged));
  });
});
