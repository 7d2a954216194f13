'use strict';

const sharp = require('sharp');
const tf = require('../../lib');
const { contentsOf, failureOf, readBySharp, sampleImage, samplePixels } = require('./support');

const WRITERS = [
  ['lossy', {}],
  ['lossless', { lossless: true }],
  ['almost lossless', { nearLossless: true, quality: 60 }],
  ['with lossy alpha', { alphaQuality: 40 }],
];

describe.each(WRITERS)('%s', (_, options) => {
  test.each([3, 4])('%d channels, as sharp reads it', async (channels) => {
    const file = await sampleImage(67, 41, channels).webp(options).toBuffer();
    const expected = await readBySharp(file);
    const found = contentsOf(tf.node.decodeWebp(file));
    expect(found).toEqual({ ...expected, dtype: 'int32' });
    expect(found.shape).toEqual([41, 67, channels]);
    expect(contentsOf(tf.node.decodeImage(file))).toEqual(found);
  });
});

test('channels', async () => {
  const file = await sampleImage(30, 20, 4).webp({ lossless: true, exact: true }).toBuffer();
  const { values: rgba } = contentsOf(tf.node.decodeWebp(file, 4));
  expect(rgba).toEqual(Array.from(samplePixels(30, 20, 4)));
  const rgb = rgba.filter((_, i) => i % 4 !== 3);
  expect(contentsOf(tf.node.decodeWebp(file, 3))).toMatchObject({
    shape: [20, 30, 3],
    values: rgb,
  });
  const grey = contentsOf(tf.node.decodeWebp(file, 1));
  expect(grey.shape).toEqual([20, 30, 1]);
  grey.values.forEach((value, i) => {
    const [r, g, b] = rgb.slice(3 * i, 3 * i + 3);
    expect(Math.abs(value - (0.299 * r + 0.587 * g + 0.114 * b))).toBeLessThanOrEqual(0.51);
  });
  const opaque = await sampleImage(30, 20, 3).webp({ lossless: true }).toBuffer();
  const alphas = contentsOf(tf.node.decodeWebp(opaque, 4)).values.filter((_, i) => i % 4 === 3);
  expect(new Set(alphas)).toEqual(new Set([255]));
});

describe('animations', () => {
  let file;
  beforeAll(async () => {
    const raw = { width: 40, height: 150, channels: 3, pageHeight: 30 };
    file = await sharp(samplePixels(40, 150, 3), { raw })
      .webp({ lossless: true })
      .toBuffer();
  });

  test('all frames', async () => {
    const expected = await readBySharp(file, { channels: 3, pages: -1 });
    expect(expected.shape).toEqual([5, 30, 40, 3]);
    expect(contentsOf(tf.node.decodeWebp(file, 3))).toMatchObject(expected);
    expect(contentsOf(tf.node.decodeImage(file, 3))).toMatchObject(expected);
  });

  test('the first one alone', async () => {
    const expected = await readBySharp(file, { channels: 3 });
    expect(contentsOf(tf.node.decodeWebp(file, 3, false))).toMatchObject(expected);
    const options = { channels: 3, expandAnimations: false };
    expect(contentsOf(tf.node.decodeImage(file, options))).toMatchObject(expected);
  });

  test('a truncated one is an error', () => {
    expect(() => tf.node.decodeWebp(file.subarray(0, file.length >> 1))).toThrow(/truncated/);
  });
});

test('damaged files', async () => {
  const file = await sampleImage(67, 41, 3).webp().toBuffer();
  for (const share of [0.05, 0.3, 0.9]) {
    const cut = file.subarray(0, Math.max(13, Math.floor(file.length * share)));
    const { code, message } = failureOf(() => tf.node.decodeWebp(cut));
    expect(code).toBe('BAD_ATTR');
    expect(message).toMatch(/WebP is truncated/);
  }
  const changed = Buffer.from(file);
  changed.fill(0xff, 23, 26);
  expect(() => tf.node.decodeWebp(changed)).toThrow(/not a valid WebP/);
});

test('decodeWebp takes nothing else', async () => {
  const png = await sampleImage(5, 4, 3).png().toBuffer();
  expect(() => tf.node.decodeWebp(png)).toThrow(
    '[decodeWebp] contents: expected WebP, got PNG: use decodeImage',
  );
});
