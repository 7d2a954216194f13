'use strict';

const { PNG } = require('pngjs');
const sharp = require('sharp');
const tf = require('../../lib');
const { contentsOf, greatestDifference, readBySharp, samplePixels } = require('./support');

/** @param {number} channels @param {number} [height] @param {number} [width] */
function sampleTensor(channels, height = 41, width = 67) {
  return tf.tensor3d(samplePixels(width, height, channels), [height, width, channels], 'int32');
}

/** A pattern without steps, which lossy formats keep well. */
function smoothTensor(channels, height = 48, width = 64) {
  const values = Array.from({ length: height * width * channels }, (_, i) => {
    const c = i % channels;
    const x = Math.floor(i / channels) % width;
    const y = Math.floor(i / channels / width);
    return Math.round(128 + 60 * Math.sin(x / 11 + c) + 50 * Math.cos(y / 9 - c));
  });
  return tf.tensor3d(values, [height, width, channels], 'int32');
}

/** Calls the encoder, and lets go of the image. */
async function encoded(name, image, ...options) {
  const bytes = await tf.node[name](image, ...options);
  image.dispose();
  expect(bytes).toBeInstanceOf(Uint8Array);
  return bytes;
}

describe('encodePng', () => {
  test.each([1, 2, 3, 4])('%d channels, as pngjs and this package read them', async (channels) => {
    const file = await encoded('encodePng', sampleTensor(channels));
    const values = Array.from(samplePixels(67, 41, channels));
    expect(contentsOf(tf.node.decodePng(file))).toEqual({
      shape: [41, 67, channels],
      dtype: 'int32',
      values,
    });
    const { data, colorType } = PNG.sync.read(Buffer.from(file));
    expect(colorType).toBe([0, 4, 2, 6][channels - 1]);
    const at = (pixel, c) => values[pixel * channels + c];
    for (const pixel of [0, 66, 1000, 41 * 67 - 1]) {
      const grey = [0, 0, 0].map(() => at(pixel, 0));
      const color = channels < 3 ? grey : [0, 1, 2].map((c) => at(pixel, c));
      const alpha = channels % 2 === 0 ? at(pixel, channels - 1) : 255;
      expect(Array.from(data.subarray(4 * pixel, 4 * pixel + 4))).toEqual([...color, alpha]);
    }
  });

  test('compression', async () => {
    const sizes = [];
    for (const compression of [0, 1, 9, -1]) {
      const file = await encoded('encodePng', smoothTensor(3), compression);
      const same = await encoded('encodePng', smoothTensor(3), { compression });
      expect(same).toEqual(file);
      expect(contentsOf(tf.node.decodePng(file))).toEqual(contentsOf(smoothTensor(3)));
      sizes.push(file.length);
    }
    expect(sizes[0]).toBeGreaterThan(64 * 48 * 3);
    expect(sizes[1]).toBeLessThan(sizes[0]);
    expect(sizes[2]).toBeLessThanOrEqual(sizes[1]);
    expect(await encoded('encodePng', smoothTensor(3))).toHaveLength(sizes[1]);
  });
});

describe('encodeJpeg', () => {
  test.each([1, 3])('%d channels, as sharp reads them', async (channels) => {
    const image = smoothTensor(channels);
    const { values } = contentsOf(image.clone());
    const file = await encoded('encodeJpeg', image);
    const read = await readBySharp(file, { channels });
    expect(read.shape).toEqual([48, 64, channels]);
    expect(greatestDifference(read.values, values)).toBeLessThanOrEqual(12);
    expect(await sharp(file).metadata()).toMatchObject({
      format: 'jpeg',
      channels,
      isProgressive: false,
      density: 300,
    });
  });

  test('the same options by place and by name', async () => {
    const byPlace = await encoded(
      'encodeJpeg',
      smoothTensor(3),
      'rgb',
      60,
      true,
      true,
      false,
      'cm',
      100,
      100,
      '<x:xmpmeta/>',
    );
    const byName = await encoded('encodeJpeg', smoothTensor(3), {
      format: 'rgb',
      quality: 60,
      progressive: true,
      optimizeSize: true,
      chromaDownsampling: false,
      densityUnit: 'cm',
      xDensity: 100,
      yDensity: 100,
      xmpMetadata: '<x:xmpmeta/>',
    });
    expect(byName).toEqual(byPlace);
    const metadata = await sharp(byPlace).metadata();
    expect(metadata).toMatchObject({
      isProgressive: true,
      chromaSubsampling: '4:4:4',
      density: 254,
    });
    expect(metadata.xmp.toString()).toBe('<x:xmpmeta/>');
  });

  test('quality and optimizeSize', async () => {
    const sizeOf = async (options) =>
      (await encoded('encodeJpeg', sampleTensor(3), options)).length;
    const [low, high] = [await sizeOf({ quality: 10 }), await sizeOf({ quality: 100 })];
    expect(low).toBeLessThan(high);
    expect(await sizeOf({ optimizeSize: true })).toBeLessThan(await sizeOf({}));
    expect(await sharp(await encoded('encodeJpeg', sampleTensor(3))).metadata()).toMatchObject({
      chromaSubsampling: '4:2:0',
    });
  });

  test('an image of one pixel', async () => {
    const file = await encoded('encodeJpeg', tf.tensor3d([200], [1, 1, 1], 'int32'));
    expect(contentsOf(tf.node.decodeJpeg(file))).toMatchObject({ shape: [1, 1, 1], values: [200] });
  });
});

describe('encodeWebp', () => {
  test.each([3, 4])('lossless, %d channels', async (channels) => {
    const file = await encoded('encodeWebp', sampleTensor(channels), { lossless: true });
    const expected = Array.from(samplePixels(67, 41, channels));
    expect(contentsOf(tf.node.decodeWebp(file))).toMatchObject({ values: expected });
    expect(await readBySharp(file)).toEqual({ shape: [41, 67, channels], values: expected });
  });

  test('grey becomes RGB', async () => {
    const file = await encoded('encodeWebp', sampleTensor(1), 75, true);
    const { shape, values } = contentsOf(tf.node.decodeWebp(file));
    expect(shape).toEqual([41, 67, 3]);
    expect(values.filter((_, i) => i % 3 === 1)).toEqual(Array.from(samplePixels(67, 41, 1)));
  });

  test('lossy: quality and effort', async () => {
    const image = smoothTensor(3);
    const { values } = contentsOf(image.clone());
    const file = await encoded('encodeWebp', image, 90, false, 6);
    expect(greatestDifference((await readBySharp(file)).values, values)).toBeLessThanOrEqual(16);
    const low = await encoded('encodeWebp', smoothTensor(3), { quality: 5 });
    expect(low.length).toBeLessThan(file.length);
  });
});

describe('values', () => {
  const values = [0, 255, 256, -1, 300.7, -1.5, 12.99, NaN, Infinity, 1e10, -1e10, 65535.5];

  test('become bytes as in a Uint8Array', async () => {
    const floats = tf.tensor3d(values, [3, 4, 1], 'float32');
    const file = await encoded('encodePng', floats);
    const expected = Array.from(new Uint8Array(Float32Array.from(values)));
    expect(contentsOf(tf.node.decodePng(file)).values).toEqual(expected);
    const whole = [0, 255, 256, -1, 300, -257, 2 ** 31 - 1, -(2 ** 31)];
    const ints = await encoded('encodePng', tf.tensor3d(whole, [2, 4, 1], 'int32'));
    const bytes = Array.from(new Uint8Array(whole));
    expect(contentsOf(tf.node.decodePng(ints)).values).toEqual(bytes);
    const flags = await encoded('encodePng', tf.tensor3d([1, 0, 1, 1], [2, 2, 1], 'bool'));
    expect(contentsOf(tf.node.decodePng(flags)).values).toEqual([1, 0, 1, 1]);
  });

  test('that are views, or still to be computed', async () => {
    const image = sampleTensor(3, 40, 20);
    const part = tf.tidy(() => image.slice([10, 0, 0], [5, 20, 3]));
    const file = await encoded('encodePng', part);
    expect(contentsOf(tf.node.decodePng(file)).values).toEqual(
      Array.from(samplePixels(20, 40, 3)).slice(600, 900),
    );
    const sum = tf.tidy(() => tf.fill([300, 300, 1], 3).add(4).cast('int32'));
    const { values: sums } = contentsOf(tf.node.decodePng(await encoded('encodePng', sum)));
    expect(new Set(sums)).toEqual(new Set([7]));
    image.dispose();
  });

  test('of a tensor that is disposed meanwhile, and of another backend', async () => {
    const before = tf.memory().numDataBuffers;
    const image = sampleTensor(3);
    const pending = tf.node.encodePng(image);
    image.dispose();
    expect(contentsOf(tf.node.decodePng(await pending)).values).toEqual(
      Array.from(samplePixels(67, 41, 3)),
    );
    await tf.setBackend('cpu');
    const other = tf.tensor3d([1, 2, 3], [1, 1, 3], 'int32');
    await tf.setBackend('onednn');
    const file = await encoded('encodePng', other);
    expect(contentsOf(tf.node.decodePng(file)).values).toEqual([1, 2, 3]);
    expect(tf.memory().numDataBuffers).toBe(before);
  });
});

test('many at once', async () => {
  const images = Array.from({ length: 12 }, (_, i) => tf.fill([30, 20, 3], 10 * i, 'int32'));
  const files = await Promise.all(
    images.map((image, i) =>
      i % 2 === 0 ? tf.node.encodePng(image) : tf.node.encodeWebp(image, 75, true),
    ),
  );
  files.forEach((file, i) => {
    expect(new Set(contentsOf(tf.node.decodeImage(file)).values)).toEqual(new Set([10 * i]));
  });
  tf.dispose(images);
});

describe('errors', () => {
  test.each([
    ['encodeJpeg', [4, 4, 4], [], 'BAD_SHAPE', 'image: expected 1 or 3 channels, got 4'],
    ['encodeJpeg', [4, 4, 3], ['grayscale'], 'BAD_SHAPE', /expected 1 channels for the format/],
    ['encodeJpeg', [4, 4, 1], ['rgb'], 'BAD_SHAPE', /expected 3 channels for the format/],
    ['encodeJpeg', [4, 4, 3], ['bgr'], 'BAD_ATTR', /format: expected one of/],
    [
      'encodeJpeg',
      [4, 4, 3],
      ['', 101],
      'BAD_ATTR',
      /quality: expected a whole number from 0 to 100/,
    ],
    ['encodeJpeg', [4, 4, 3], [{ xDensity: 0 }], 'BAD_ATTR', /xDensity: expected a whole number/],
    ['encodeJpeg', [4, 4, 3], [{ xmpMetadata: 'x'.repeat(65600) }], 'BAD_ATTR', /xmpMetadata/],
    ['encodeJpeg', [4, 4, 3], [{ lossless: true }], 'BAD_ATTR', /lossless: no such option/],
    ['encodeJpeg', [1, 70000, 1], [], 'BAD_SHAPE', /at most 65500 x 65500 for JPEG, got 70000 x 1/],
    ['encodePng', [4, 4, 5], [], 'BAD_SHAPE', 'image: expected 1 to 4 channels, got 5'],
    ['encodePng', [4, 0, 3], [], 'BAD_SHAPE', 'image: expected some pixels, got 0 x 4'],
    ['encodePng', [4, 4], [], 'BAD_SHAPE', 'image: expected [height, width, channels], got [4,4]'],
    ['encodePng', [4, 4, 3], [10], 'BAD_ATTR', /compression: expected a whole number from -1 to 9/],
    ['encodeWebp', [4, 4, 2], [], 'BAD_SHAPE', 'image: expected 1, 3 or 4 channels, got 2'],
    ['encodeWebp', [1, 17000, 1], [], 'BAD_SHAPE', /at most 16383 x 16383 for WebP/],
    ['encodeWebp', [4, 4, 3], [75, false, 7], 'BAD_ATTR', /effort: expected a whole number/],
  ])('%s of %j with %j', async (name, shape, options, code, message) => {
    const image = tf.zeros(shape, 'int32');
    const expected = typeof message === 'string' ? `[${name}] ${message}` : message;
    await expect(tf.node[name](image, ...options)).rejects.toMatchObject({ code, op: name });
    await expect(tf.node[name](image, ...options)).rejects.toThrow(expected);
    image.dispose();
  });

  test('no image, and no numbers', async () => {
    await expect(tf.node.encodePng(undefined)).rejects.toMatchObject({ code: 'BAD_SHAPE' });
    const text = tf.tensor3d(['a'], [1, 1, 1], 'string');
    await expect(tf.node.encodePng(text)).rejects.toMatchObject({ code: 'BAD_DTYPE' });
    const gone = tf.zeros([2, 2, 3]);
    gone.dispose();
    await expect(tf.node.encodePng(gone)).rejects.toMatchObject({ code: 'DISPOSED' });
  });
});
