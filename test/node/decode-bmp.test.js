'use strict';

const tf = require('../../lib');
const { Random } = require('../fuzz/random');
const { writeBmp } = require('./bmp-writer');
const { contentsOf, failureOf } = require('./support');

const random = new Random(1, 'bmp');
const bytes = (count) => random.list(count, () => random.int(0, 255));
const COLORS = random.list(256, () => bytes(3));
const GREYS = COLORS.map((_, i) => [i, i, i]);

/** Rows of numbers, each packed into so many bits, the upper ones first. */
function pack(row, bits) {
  const packed = Array(Math.ceil((row.length * bits) / 8)).fill(0);
  row.forEach((value, x) => {
    packed[Math.floor((x * bits) / 8)] |= value << (8 - bits - ((x * bits) % 8));
  });
  return packed;
}

describe.each([24, 32])('%d bits', (bits) => {
  const own = bits / 8;
  const rows = random.list(5, () => bytes(7 * own));
  // The last row stands at the top.
  const expected = rows.toReversed().flatMap((row) =>
    random.list(7, (x) => {
      const [b, g, r, a] = row.slice(own * x, own * x + own);
      return own === 4 ? [r, g, b, a] : [r, g, b];
    }),
  );

  test('has as many channels as bytes', () => {
    const file = writeBmp({ width: 7, height: 5, bits, rows });
    const found = contentsOf(tf.node.decodeBmp(file));
    expect(found).toEqual({ shape: [5, 7, own], dtype: 'int32', values: expected.flat() });
    expect(contentsOf(tf.node.decodeImage(file))).toEqual(found);
  });

  test('a negative height has the first row first', () => {
    const file = writeBmp({ width: 7, height: -5, bits, rows: rows.toReversed() });
    expect(contentsOf(tf.node.decodeBmp(file)).values).toEqual(expected.flat());
  });

  test('other channels', () => {
    const file = writeBmp({ width: 7, height: 5, bits, rows });
    const rgb = expected.map((pixel) => pixel.slice(0, 3));
    expect(contentsOf(tf.node.decodeBmp(file, 3)).values).toEqual(rgb.flat());
    const rgba = expected.map((pixel) => [...pixel.slice(0, 3), pixel[3] ?? 255]);
    expect(contentsOf(tf.node.decodeBmp(file, 4)).values).toEqual(rgba.flat());
    const grey = rgb.map(([r, g, b]) => Math.round(0.299 * r + 0.587 * g + 0.114 * b));
    const found = contentsOf(tf.node.decodeBmp(file, 1));
    expect(found.shape).toEqual([5, 7, 1]);
    found.values.forEach((value, i) => expect(Math.abs(value - grey[i])).toBeLessThanOrEqual(1));
  });
});

test('the padding of the last row may be missing', () => {
  const rows = [bytes(9), bytes(9)];
  const file = writeBmp({ width: 3, height: 2, bits: 24, rows });
  const found = contentsOf(tf.node.decodeBmp(file.subarray(0, file.length - 3)));
  expect(found).toEqual(contentsOf(tf.node.decodeBmp(file)));
});

describe.each([1, 4, 8])('palettes, %d bits', (bits) => {
  const colors = COLORS.slice(0, 2 ** bits);
  const indices = random.list(3, () => random.list(11, () => random.int(0, 2 ** bits - 1)));
  const rows = indices.map((row) => pack(row, bits));

  test.each([12, 40, 108])('a header of %d bytes', (headerBytes) => {
    const file = writeBmp({ width: 11, height: 3, bits, rows, colors, headerBytes });
    const { shape, values } = contentsOf(tf.node.decodeBmp(file));
    expect(shape).toEqual([3, 11, 3]);
    expect(values).toEqual(
      indices
        .toReversed()
        .flat()
        .flatMap((index) => colors[index]),
    );
  });

  test('a grey one has one channel', () => {
    const greys = GREYS.slice(0, 2 ** bits);
    const file = writeBmp({ width: 11, height: 3, bits, rows, colors: greys });
    const { shape, values } = contentsOf(tf.node.decodeBmp(file));
    expect(shape).toEqual([3, 11, 1]);
    expect(values).toEqual(indices.toReversed().flat());
  });
});

test('indices beyond a short palette are black', () => {
  const file = writeBmp({
    width: 2,
    height: 1,
    bits: 8,
    rows: [[1, 9]],
    colors: [
      [1, 2, 3],
      [4, 5, 6],
    ],
  });
  expect(contentsOf(tf.node.decodeBmp(file, 3)).values).toEqual([4, 5, 6, 0, 0, 0]);
});

describe('masks', () => {
  const to255 = (value, max) => Math.round((value * 255) / max);

  test.each([
    ['5, 5 and 5 bits', 0, [], (r, g, b) => (r << 10) | (g << 5) | b, [31, 31, 31]],
    [
      '5, 6 and 5 bits',
      3,
      [0xf800, 0x07e0, 0x001f],
      (r, g, b) => (r << 11) | (g << 5) | b,
      [31, 63, 31],
    ],
  ])('16 bits of %s', (_, compression, masks, join, most) => {
    const colors = random.list(6, () => most.map((max) => random.int(0, max)));
    const row = colors.flatMap((color) => {
      const pixel = join(...color);
      return [pixel & 255, pixel >> 8];
    });
    const file = writeBmp({ width: 6, height: 1, bits: 16, rows: [row], compression, masks });
    const { shape, values } = contentsOf(tf.node.decodeBmp(file));
    expect(shape).toEqual([1, 6, 3]);
    expect(values).toEqual(
      colors.flatMap((color) => color.map((value, c) => to255(value, most[c]))),
    );
  });

  test('32 bits in another order, with alpha in a long header', () => {
    const masks = [0xff, 0xff00, 0xff0000, 0xff000000];
    const row = bytes(4 * 5);
    const file = writeBmp({
      width: 5,
      height: 1,
      bits: 32,
      rows: [row],
      compression: 3,
      masks,
      headerBytes: 108,
    });
    expect(contentsOf(tf.node.decodeBmp(file))).toEqual({
      shape: [1, 5, 4],
      dtype: 'int32',
      values: row,
    });
  });

  test('32 bits without alpha have 3 channels', () => {
    const masks = [0xff0000, 0xff00, 0xff];
    const file = writeBmp({
      width: 1,
      height: 1,
      bits: 32,
      rows: [[1, 2, 3, 4]],
      compression: 3,
      masks,
    });
    expect(contentsOf(tf.node.decodeBmp(file)).values).toEqual([3, 2, 1]);
  });
});

describe('run-length coded', () => {
  const black = [0, 0, 0];
  const colors = [black, ...COLORS.slice(1, 16)];
  const colorsOf = (indices) => indices.flatMap((index) => colors[index]);

  test('8 bits: runs, plain pixels, jumps, ends of rows', () => {
    const data = [3, 7, 0, 0, 0, 3, 1, 2, 3, 0, 1, 9, 0, 0, 0, 2, 2, 0, 2, 5, 0, 1];
    const file = writeBmp({ width: 4, height: 3, bits: 8, compression: 1, data, colors });
    const { values } = contentsOf(tf.node.decodeBmp(file));
    expect(values).toEqual(colorsOf([0, 0, 5, 5, 1, 2, 3, 9, 7, 7, 7, 0]));
  });

  test('4 bits', () => {
    const data = [5, 0x12, 0, 0, 0, 4, 0x34, 0x56, 1, 0x70, 0, 1];
    const file = writeBmp({ width: 5, height: 2, bits: 4, compression: 2, data, colors });
    const { values } = contentsOf(tf.node.decodeBmp(file));
    expect(values).toEqual(colorsOf([3, 4, 5, 6, 7, 1, 2, 1, 2, 1]));
  });

  test('what runs beyond the image is left out', () => {
    const data = [200, 3, 0, 0, 0, 0, 0, 0, 9, 4, 0, 1];
    const file = writeBmp({ width: 2, height: 1, bits: 8, compression: 1, data, colors });
    expect(contentsOf(tf.node.decodeBmp(file)).values).toEqual(colorsOf([3, 3]));
  });

  test('the end may be missing, but not the pixels', () => {
    const image = { width: 2, height: 2, bits: 8, compression: 1, colors };
    const complete = writeBmp({ ...image, data: [2, 1, 0, 0, 2, 2] });
    expect(contentsOf(tf.node.decodeBmp(complete)).values).toEqual(colorsOf([2, 2, 1, 1]));
    const half = writeBmp({ ...image, data: [2, 1, 0, 0, 1, 2] });
    expect(() => tf.node.decodeBmp(half)).toThrow(/truncated/);
  });
});

describe('damaged files', () => {
  const image = { width: 7, height: 5, bits: 24, rows: random.list(5, () => bytes(21)) };

  test.each([
    ['cut off within the pixels', (file) => file.subarray(0, file.length - 4), /truncated/],
    ['cut off within the header', (file) => file.subarray(0, 30), /truncated/],
    ['pixels beyond the end', (file) => (file.writeUInt32LE(1e6, 10), file), /truncated/],
    ['no width', (file) => (file.writeInt32LE(0, 18), file), /0 x 5 pixels/],
    ['a negative width', (file) => (file.writeInt32LE(-7, 18), file), /-7 x 5 pixels/],
  ])('%s', (_, damage, message) => {
    const failure = failureOf(() => tf.node.decodeBmp(damage(writeBmp(image))));
    expect(failure).toMatchObject({ code: 'BAD_ATTR', op: 'decodeBmp' });
    expect(failure.message).toMatch(message);
  });

  test.each([
    ['7 bits', (file) => (file.writeUInt16LE(7, 28), file)],
    ['a compression that nobody knows', (file) => (file.writeUInt32LE(4, 30), file)],
    ['a header of another size', (file) => (file.writeUInt32LE(16, 14), file)],
  ])('%s: UNSUPPORTED', (_, change) => {
    const { code } = failureOf(() => tf.node.decodeBmp(change(writeBmp(image))));
    expect(code).toBe('UNSUPPORTED');
  });
});
