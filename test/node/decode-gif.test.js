'use strict';

const sharp = require('sharp');
const tf = require('../../lib');
const { Random } = require('../fuzz/random');
const { contentsOf, failureOf, readBySharp, samplePixels } = require('./support');
const { writeGif } = require('./gif-writer');

const COLORS = [
  [0, 0, 0],
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 0],
  [12, 34, 56],
  [200, 100, 50],
  [255, 255, 255],
];

/** @param {number} width @param {number} height @param {number} seed @param {number} [most] */
function randomIndices(width, height, seed, most = 7) {
  const random = new Random(seed, 'gif');
  return random.list(width * height, () => random.int(0, most));
}

/** Frames as sharp composes them; what it leaves transparent is black. */
async function composedBySharp(file) {
  const { shape, values } = await readBySharp(file, { channels: 4, pages: -1 });
  const colors = values.filter((_, i) => i % 4 !== 3);
  const alphas = values.filter((_, i) => i % 4 === 3);
  return {
    shape: [...shape.slice(0, 3), 3],
    values: colors.map((value, i) => (alphas[Math.floor(i / 3)] === 0 ? 0 : value)),
  };
}

const whole = (seed, more) => ({
  width: 11,
  height: 9,
  indices: randomIndices(11, 9, seed),
  ...more,
});
const part = (left, top, seed, more) => ({
  left,
  top,
  width: 5,
  height: 4,
  indices: randomIndices(5, 4, seed),
  ...more,
});

const ANIMATIONS = {
  'whole frames': [whole(1), whole(2), whole(3)],
  'parts upon one another': [whole(1), part(2, 1, 2), part(4, 3, 3)],
  'transparent pixels': [whole(1), part(2, 1, 2, { transparent: 3 }), whole(3, { transparent: 0 })],
  'parts that are cleared': [whole(1), part(2, 1, 2, { disposal: 2 }), part(6, 5, 3)],
  'parts that are taken back': [
    whole(1),
    part(2, 1, 2, { disposal: 3 }),
    part(0, 0, 3, { disposal: 3 }),
    part(6, 5, 4),
  ],
  'interlaced frames': [whole(1, { interlaced: true }), part(3, 3, 2, { interlaced: true })],
  'colours of their own': [whole(1), part(1, 1, 2, { colors: COLORS.slice().reverse() })],
};

describe.each(Object.entries(ANIMATIONS))('%s', (_, frames) => {
  const file = writeGif({ width: 11, height: 9, colors: COLORS, frames });

  test('are composed as sharp does', async () => {
    const expected = await composedBySharp(file);
    expect(expected.shape).toEqual([frames.length, 9, 11, 3]);
    expect(contentsOf(tf.node.decodeGif(file))).toEqual({ ...expected, dtype: 'int32' });
    expect(contentsOf(tf.node.decodeImage(file))).toMatchObject(expected);
  });

  test('the first frame alone', async () => {
    const { values } = contentsOf(tf.node.decodeGif(file));
    const found = contentsOf(tf.node.decodeImage(file, 3, 'int32', false));
    expect(found).toEqual({ shape: [9, 11, 3], dtype: 'int32', values: values.slice(0, 297) });
  });
});

test('an animation that sharp has written', async () => {
  const pixels = samplePixels(40, 30 * 5, 3);
  const file = await sharp(pixels, { raw: { width: 40, height: 150, channels: 3, pageHeight: 30 } })
    .gif({ effort: 1 })
    .toBuffer();
  const expected = await composedBySharp(file);
  expect(expected.shape).toEqual([5, 30, 40, 3]);
  expect(contentsOf(tf.node.decodeGif(file))).toMatchObject(expected);
});

test('a first frame that does not fill the canvas has black around it', () => {
  const frame = { left: 1, top: 1, width: 1, height: 1, indices: [7] };
  const file = writeGif({ width: 3, height: 3, colors: COLORS, frames: [frame] });
  const { values } = contentsOf(tf.node.decodeGif(file));
  expect(values).toEqual([...Array(12).fill(0), 255, 255, 255, ...Array(12).fill(0)]);
});

test('a frame that reaches beyond the canvas is cut off', () => {
  const frames = [
    { width: 3, height: 3, indices: Array(9).fill(1) },
    { left: 2, top: 2, width: 4, height: 4, indices: Array(16).fill(2) },
    { left: 9, top: 9, width: 4, height: 4, indices: Array(16).fill(2), disposal: 2 },
    { left: 0, top: 0, width: 1, height: 1, indices: [3] },
  ];
  const file = writeGif({ width: 3, height: 3, colors: COLORS, frames });
  const { shape, values } = contentsOf(tf.node.decodeGif(file));
  expect(shape).toEqual([4, 3, 3, 3]);
  const red = [255, 0, 0];
  const green = [0, 255, 0];
  expect(values.slice(27, 54)).toEqual([...Array(8).fill(red).flat(), ...green]);
  expect(values.slice(81)).toEqual([0, 0, 255, ...Array(7).fill(red).flat(), ...green]);
});

test('the mark of the end may be missing', () => {
  const frames = [whole(1), whole(2)];
  const ended = writeGif({ width: 11, height: 9, colors: COLORS, frames });
  const open = writeGif({ width: 11, height: 9, colors: COLORS, frames, isEnded: false });
  expect(contentsOf(tf.node.decodeGif(open))).toEqual(contentsOf(tf.node.decodeGif(ended)));
});

test('a file that ends within a frame is an error', () => {
  const file = writeGif({ width: 11, height: 9, colors: COLORS, frames: [whole(1), whole(2)] });
  const { code, op, message } = failureOf(() => tf.node.decodeGif(file.subarray(0, -20)));
  expect({ code, op }).toEqual({ code: 'BAD_ATTR', op: 'decodeGif' });
  expect(message).toMatch(/^\[decodeGif\] contents: not a valid GIF: .+/);
});

test('a file without frames is an error', () => {
  const file = writeGif({ width: 11, height: 9, colors: COLORS, frames: [] });
  expect(() => tf.node.decodeGif(file)).toThrow('[decodeGif] contents: a GIF without frames');
});

test('decodePng and decodeJpeg take a GIF of one frame, and none of several', () => {
  const one = writeGif({ width: 11, height: 9, colors: COLORS, frames: [whole(1)] });
  const two = writeGif({ width: 11, height: 9, colors: COLORS, frames: [whole(1), whole(2)] });
  const before = tf.memory().numDataBuffers;
  const { values } = contentsOf(tf.node.decodeGif(one));
  const expected = { shape: [9, 11, 3], dtype: 'int32', values };
  expect(contentsOf(tf.node.decodePng(one))).toEqual(expected);
  expect(contentsOf(tf.node.decodeJpeg(one))).toEqual(expected);
  expect(() => tf.node.decodePng(two)).toThrow(/2 frames, but animated GIFs/);
  expect(tf.memory().numDataBuffers).toBe(before);
});

test('decodeGif takes still images as one frame', async () => {
  const file = await sharp(samplePixels(6, 4, 3), { raw: { width: 6, height: 4, channels: 3 } })
    .png()
    .toBuffer();
  expect(contentsOf(tf.node.decodeGif(file)).shape).toEqual([1, 4, 6, 3]);
});
