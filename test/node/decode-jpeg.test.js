'use strict';

const sharp = require('sharp');
const tf = require('../../lib');
const {
  contentsOf,
  failureOf,
  greatestDifference,
  readBySharp,
  sampleImage,
  samplePixels,
} = require('./support');

const accurate = { dctMethod: 'INTEGER_ACCURATE' };

const WRITERS = [
  ['4:2:0', { chromaSubsampling: '4:2:0' }],
  ['4:4:4', { chromaSubsampling: '4:4:4' }],
  ['progressive', { progressive: true }],
  ['coarse', { quality: 20 }],
  ['with optimised scans', { mozjpeg: true }],
];

describe.each(WRITERS)('%s', (_, options) => {
  test.each([
    [1, 1],
    [7, 5],
    [64, 48],
    [131, 67],
  ])('%d x %d, as sharp reads it', async (width, height) => {
    const file = await sampleImage(width, height, 3).jpeg(options).toBuffer();
    const expected = await readBySharp(file);
    const found = contentsOf(tf.node.decodeJpeg(file, { channels: 3, ...accurate }));
    expect(found).toEqual({ ...expected, dtype: 'int32' });
    expect(contentsOf(tf.node.decodeImage(file, { ...accurate }))).toEqual(found);
  });
});

test('the fast transform, which is the default, comes close', async () => {
  const file = await sampleImage(131, 67, 3).jpeg({ quality: 95 }).toBuffer();
  const expected = contentsOf(tf.node.decodeJpeg(file, accurate));
  const fast = contentsOf(tf.node.decodeJpeg(file));
  expect(contentsOf(tf.node.decodeJpeg(file, { dctMethod: 'INTEGER_FAST' }))).toEqual(fast);
  const differences = fast.values.map((value, i) => Math.abs(value - expected.values[i]));
  const sum = differences.reduce((a, b) => a + b);
  expect(sum).toBeGreaterThan(0);
  expect(sum / differences.length).toBeLessThan(2);
  expect(Math.max(...differences)).toBeLessThan(32);
});

describe('channels', () => {
  const pixels = samplePixels(45, 33, 3);

  test('a grey file has one, or as many as asked for', async () => {
    const file = await sampleImage(45, 33, 1).toColourspace('b-w').jpeg().toBuffer();
    const grey = contentsOf(tf.node.decodeJpeg(file));
    expect(grey.shape).toEqual([33, 45, 1]);
    expect(contentsOf(tf.node.decodeJpeg(file, 1))).toEqual(grey);
    const rgb = contentsOf(tf.node.decodeJpeg(file, 3));
    expect(rgb.shape).toEqual([33, 45, 3]);
    expect(rgb.values).toEqual(grey.values.flatMap((value) => [value, value, value]));
    const rgba = contentsOf(tf.node.decodeJpeg(file, 4));
    expect(rgba.values).toEqual(grey.values.flatMap((value) => [value, value, value, 255]));
  });

  test('grey of a coloured file is its luma', async () => {
    const file = await sampleImage(45, 33, 3)
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    const { shape, values } = contentsOf(tf.node.decodeJpeg(file, { channels: 1, ...accurate }));
    expect(shape).toEqual([33, 45, 1]);
    const luma = values.map((_, i) => {
      const [r, g, b] = pixels.subarray(3 * i, 3 * i + 3);
      return 0.299 * r + 0.587 * g + 0.114 * b;
    });
    expect(greatestDifference(values, luma)).toBeLessThanOrEqual(3);
  });

  test('alpha that is asked for is opaque', async () => {
    const file = await sampleImage(45, 33, 3).jpeg().toBuffer();
    const { shape, values } = contentsOf(tf.node.decodeJpeg(file, 4));
    const rgb = contentsOf(tf.node.decodeJpeg(file, 3)).values;
    expect(shape).toEqual([33, 45, 4]);
    expect(values.filter((_, i) => i % 4 === 3).every((value) => value === 255)).toBe(true);
    expect(values.filter((_, i) => i % 4 !== 3)).toEqual(rgb);
  });

  describe('CMYK', () => {
    let file;
    /** Ink, as sharp reads it: 255 is all of it. */
    let inks;
    beforeAll(async () => {
      // sharp writes what Adobe's programs do: inverted, and with a segment that says so.
      file = await sampleImage(45, 33, 3).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
      const image = sharp(file).pipelineColourspace('cmyk').toColourspace('cmyk');
      inks = await image.raw().toBuffer();
    });

    /** @param {(ink: number) => number} lightOf What an ink lets through. */
    const expectedOf = (lightOf) =>
      Array.from({ length: 45 * 33 * 3 }, (_, i) => {
        const first = 4 * Math.floor(i / 3);
        return (lightOf(inks[first + 3]) * lightOf(inks[first + (i % 3)])) / 255;
      });

    test('becomes RGB', () => {
      const { shape, values } = contentsOf(tf.node.decodeJpeg(file, accurate));
      expect(shape).toEqual([33, 45, 3]);
      expect(
        greatestDifference(
          values,
          expectedOf((ink) => 255 - ink),
        ),
      ).toBeLessThanOrEqual(2);
      expect(contentsOf(tf.node.decodeJpeg(file, { channels: 3, ...accurate })).values).toEqual(
        values,
      );
    });

    test('without the segment it is not inverted', () => {
      const at = file.indexOf(Buffer.from([0xff, 0xee]));
      const end = at + 2 + file.readUInt16BE(at + 2);
      const plain = Buffer.concat([file.subarray(0, at), file.subarray(end)]);
      const { values } = contentsOf(tf.node.decodeJpeg(plain, accurate));
      expect(
        greatestDifference(
          values,
          expectedOf((ink) => ink),
        ),
      ).toBeLessThanOrEqual(2);
    });

    test('becomes grey', () => {
      const rgb = contentsOf(tf.node.decodeJpeg(file, 3)).values;
      const { shape, values } = contentsOf(tf.node.decodeJpeg(file, 1));
      expect(shape).toEqual([33, 45, 1]);
      const luma = values.map((_, i) => {
        const [r, g, b] = rgb.slice(3 * i, 3 * i + 3);
        return 0.299 * r + 0.587 * g + 0.114 * b;
      });
      expect(greatestDifference(values, luma)).toBeLessThanOrEqual(0.51);
    });
  });
});

test.each([1, 2, 4, 8])('ratio %d scales down', async (ratio) => {
  const flat = await sharp({
    create: { width: 61, height: 35, channels: 3, background: { r: 200, g: 100, b: 50 } },
  })
    .jpeg({ quality: 100 })
    .toBuffer();
  const { shape, values } = contentsOf(tf.node.decodeJpeg(flat, 3, ratio));
  expect(shape).toEqual([Math.ceil(35 / ratio), Math.ceil(61 / ratio), 3]);
  const expected = values.map((_, i) => [200, 100, 50][i % 3]);
  expect(greatestDifference(values, expected)).toBeLessThanOrEqual(2);
});

test('plain upscaling repeats chroma', async () => {
  const file = await sampleImage(64, 48, 3).jpeg({ chromaSubsampling: '4:2:0' }).toBuffer();
  const fancy = contentsOf(tf.node.decodeJpeg(file, 0, 1, true)).values;
  const plain = contentsOf(tf.node.decodeJpeg(file, 0, 1, false)).values;
  expect(plain).not.toEqual(fancy);
  // Blue minus luma is the chroma: the same for pixels that share it, but for clipping and rounding.
  const smooth = await sampleImage(16, 16, 3).blur(4).jpeg({ quality: 100 }).toBuffer();
  const { values } = contentsOf(tf.node.decodeJpeg(smooth, { fancyUpscaling: false, ...accurate }));
  const chroma = (x, y) => {
    const [r, g, b] = values.slice(3 * (16 * y + x), 3 * (16 * y + x) + 3);
    return b - (0.299 * r + 0.587 * g + 0.114 * b);
  };
  for (let x = 0; x < 16; x += 2)
    expect(Math.abs(chroma(x, 4) - chroma(x + 1, 5))).toBeLessThan(2.5);
});

describe('truncated files', () => {
  let file;
  let whole;
  let cut;
  beforeAll(async () => {
    file = await sampleImage(160, 128, 3).jpeg({ quality: 90 }).toBuffer();
    whole = contentsOf(tf.node.decodeJpeg(file, 3)).values;
    cut = file.subarray(0, Math.floor(file.length * 0.6));
  });

  test('are an error', () => {
    expect(failureOf(() => tf.node.decodeJpeg(cut))).toEqual({
      name: 'NativeError',
      code: 'BAD_ATTR',
      op: 'decodeJpeg',
      message: '[decodeJpeg] contents: the JPEG is truncated',
    });
  });

  test('are taken as far as acceptableFraction asks, the rest black', () => {
    const { shape, values } = contentsOf(tf.node.decodeJpeg(cut, { acceptableFraction: 0.3 }));
    expect(shape).toEqual([128, 160, 3]);
    const rowOf = (list, y) => list.slice(480 * y, 480 * (y + 1));
    expect(rowOf(values, 20)).toEqual(rowOf(whole, 20));
    expect(rowOf(values, 127)).toEqual(Array(480).fill(0));
    expect(() => tf.node.decodeJpeg(cut, { acceptableFraction: 0.9 })).toThrow(/truncated/);
  });

  test('tryRecoverTruncated makes up what is missing', () => {
    const { shape, values } = contentsOf(tf.node.decodeJpeg(cut, 0, 1, true, true));
    expect(shape).toEqual([128, 160, 3]);
    expect(values.slice(0, 480 * 40)).toEqual(whole.slice(0, 480 * 40));
  });

  test('a progressive one, too', async () => {
    const scans = await sampleImage(160, 128, 3).jpeg({ progressive: true }).toBuffer();
    const part = scans.subarray(0, scans.length >> 1);
    expect(() => tf.node.decodeJpeg(part)).toThrow(/truncated/);
    const { shape } = contentsOf(tf.node.decodeJpeg(part, { tryRecoverTruncated: true }));
    expect(shape).toEqual([128, 160, 3]);
  });

  test('one that lacks its end alone is whole once it is recovered', () => {
    const bare = file.subarray(0, file.length - 2);
    expect(() => tf.node.decodeJpeg(bare)).toThrow(/truncated/);
    const { values } = contentsOf(tf.node.decodeJpeg(bare, { tryRecoverTruncated: true }));
    expect(values).toEqual(whole);
  });

  test('nothing but a header', () => {
    expect(() => tf.node.decodeJpeg(file.subarray(0, 30))).toThrow(/truncated/);
  });
});

test('bytes that follow the image do not matter', async () => {
  const file = await sampleImage(20, 10, 3).jpeg().toBuffer();
  const longer = Buffer.concat([file, Buffer.from('more')]);
  expect(contentsOf(tf.node.decodeJpeg(longer))).toEqual(contentsOf(tf.node.decodeJpeg(file)));
});

describe('headers', () => {
  /** A file in which bytes have been changed, from those of a marker on. */
  async function changed(marker, offset, value) {
    const file = await sampleImage(20, 10, 3).jpeg().toBuffer();
    file[file.indexOf(Buffer.from([0xff, marker])) + offset] = value;
    return file;
  }

  test.each([
    ['a table that is none', 0xc4, 4, 0xee, 'BAD_ATTR'],
    ['no height', 0xc0, 6, 0, 'BAD_ATTR'],
    ['12 bits', 0xc0, 4, 12, 'UNSUPPORTED'],
    ['lossless coding', 0xc0, 1, 0xc3, 'UNSUPPORTED'],
  ])('%s', async (_, marker, offset, value, code) => {
    const failure = failureOf(
      (file) => tf.node.decodeJpeg(file),
      await changed(marker, offset, value),
    );
    expect(failure).toMatchObject({ name: 'NativeError', code, op: 'decodeJpeg' });
    expect(failure.message).toMatch(/^\[decodeJpeg\] contents: the JPEG cannot be read: .+/);
  });
});
