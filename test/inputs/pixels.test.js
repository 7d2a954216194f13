'use strict';

const path = require('node:path');
const vm = require('node:vm');
const sharp = require('sharp');
const tf = require('../../lib');
const { values } = require('../ops/oracle');
const { rejectionOf } = require('./support');

/** A canvas as packages for Node have it: no ImageData in the global object. */
class FakeCanvas {
  width = 0;
  height = 0;
  /** @type {any} */
  image = null;

  /** As @napi-rs/canvas has it. */
  data() {
    return Buffer.alloc(4 * this.width * this.height);
  }

  /** @param {string} type */
  getContext(type) {
    if (type !== '2d') return null;
    const createImageData = (width, height) => ({
      data: new Uint8ClampedArray(4 * width * height),
      width,
      height,
    });
    const getImageData = (x, y, width, height) => ({
      ...createImageData(width, height),
      data: Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => i * 3),
    });
    return { createImageData, getImageData, putImageData: (image) => (this.image = image) };
  }
}

/** @param {number} count */
const bytes = (count) => Uint8Array.from(values(count, 0, 256), (value) => Math.floor(value));

beforeEach(() => tf.setBackend('onednn'));

describe('fromPixels', () => {
  /** What a canvas makes of a pixel's bytes. @type {Record<number, (at: number[]) => number[]>} */
  const asCanvas = {
    1: ([grey]) => [grey, grey, grey, 255],
    2: ([grey, alpha]) => [grey, grey, grey, alpha],
    3: ([red, green, blue]) => [red, green, blue, 255],
    4: (pixel) => pixel,
  };

  const cases = [1, 2, 3, 4].flatMap((from) => [1, 2, 3, 4].map((to) => [from, to]));
  test.each(cases)('%d channels of a decoder to %d', (depth, channels) => {
    const [width, height] = [151, 211];
    const data = Buffer.from(bytes(width * height * depth));
    const expected = Array.from({ length: width * height }, (_, i) =>
      asCanvas[depth]([...data.subarray(i * depth, (i + 1) * depth)]).slice(0, channels),
    ).flat();
    for (const pixels of [
      { data, info: { width, height, channels: depth, size: data.length, format: 'raw' } },
      { data, width, height, channels: depth },
    ]) {
      const image = tf.browser.fromPixels(pixels, channels);
      expect([image.shape, image.dtype]).toEqual([[height, width, channels], 'int32']);
      expect(Array.from(image.dataSync())).toEqual(expected);
      image.dispose();
    }
  });

  test.each([
    ['Uint8ClampedArray', Uint8ClampedArray.from([1, 2, 3, 4, 5, 6, 7, 8])],
    ['Buffer', Buffer.from([1, 2, 3, 4, 5, 6, 7, 8])],
    ['bytes of another realm', vm.runInNewContext('new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8])')],
    ['shared bytes', new Uint8Array(new SharedArrayBuffer(8)).map((_, i) => i + 1)],
  ])('%s', async (_, data) => {
    const pixels = { data, width: 2, height: 1 };
    const expected = [[[1, 2, 3], [5, 6, 7]]]; // prettier-ignore
    expect(tf.browser.fromPixels(pixels).arraySync()).toEqual(expected);
    expect((await tf.browser.fromPixelsAsync(pixels)).arraySync()).toEqual(expected);
    await tf.setBackend('cpu');
    expect(tf.browser.fromPixels(pixels).arraySync()).toEqual(expected);
  });

  test('what sharp decodes', async () => {
    const file = path.join(__dirname, '../../examples/classify-image/samples/star.jpg');
    const decode = (image) => image.raw().toBuffer({ resolveWithObject: true });
    const colours = await decode(sharp(file));
    const image = tf.browser.fromPixels(colours);
    expect(image.shape).toEqual([96, 96, 3]);
    expect(Array.from(image.dataSync())).toEqual([...colours.data]);
    const grey = await decode(sharp(file).greyscale());
    expect(grey.info.channels).toBe(1);
    expect(Array.from(tf.browser.fromPixels(grey, 1).dataSync())).toEqual([...grey.data]);
    const deep = await sharp(file).raw({ depth: 'ushort' }).toBuffer({ resolveWithObject: true });
    expect(() => tf.browser.fromPixels(deep)).toThrow(/expected 3 \* 96 \* 96 bytes, got 55296/);
  });

  test('a canvas', async () => {
    const canvas = Object.assign(new FakeCanvas(), { width: 2, height: 1 });
    const expected = [[[0, 3, 6], [12, 15, 18]]]; // prettier-ignore
    expect(tf.browser.fromPixels(canvas).arraySync()).toEqual(expected);
    expect((await tf.browser.fromPixelsAsync(canvas)).arraySync()).toEqual(expected);
  });

  test('what is no image', async () => {
    const run = (pixels, channels) => () => tf.browser.fromPixels(pixels, channels);
    const size = { width: 2, height: 1 };
    // 16 bits a channel.
    expect(run({ data: Buffer.alloc(12), info: { ...size, channels: 3 } })).toThrow(
      '[FromPixels] pixels: expected 3 * 2 * 1 bytes, got 12',
    );
    expect(run({ data: Buffer.alloc(5), info: { ...size, channels: 3 } })).toThrow(
      '[FromPixels] pixels: expected 3 * 2 * 1 bytes, got 5',
    );
    expect(run({ data: Buffer.alloc(10), info: { ...size, channels: 5 } })).toThrow(
      '[FromPixels] pixels.channels: expected 1 to 4, got 5',
    );
    expect(run({ data: new Float32Array(8), ...size })).toThrow(/got Float32Array$/);
    expect(run({ data: new Uint8Array(8) })).toThrow(/pixels\.width: expected a whole number/);
    expect(run({ data: new Uint8Array(8), ...size }, 5)).toThrow(/more than 4 channels/);
    expect(run(null)).toThrow(/can not be null/);
    expect(run({})).toThrow(/^pixels passed to tf\.browser\.fromPixels\(\) must be/);
    expect(await rejectionOf(() => tf.browser.fromPixelsAsync(null))).toMatchObject({
      message: expect.stringMatching(/can not be null/),
    });
    await tf.setBackend('cpu');
    expect(run({ data: Buffer.alloc(6), info: { ...size, channels: 3 } })).toThrow(/not native/);
  });
});

describe('toPixels', () => {
  /** What tfjs itself makes of the image. @param {any} image */
  async function ofTfjs(image) {
    await tf.setBackend('cpu');
    try {
      return await tf.browser.toPixels(image);
    } finally {
      await tf.setBackend('onednn');
    }
  }

  test.each([
    ['grey floats', [4, 5], 'float32'],
    ['grey floats with a depth', [4, 5, 1], 'float32'],
    ['colours', [301, 207, 3], 'float32'],
    ['colours and alpha', [200, 150, 4], 'float32'],
    ['grey numbers', [4, 5], 'int32'],
    ['coloured numbers and alpha', [3, 2, 4], 'int32'],
    ['nothing', [0, 2, 3], 'float32'],
  ])('%s', async (_, shape, dtype) => {
    const most = dtype === 'int32' ? 256 : 1;
    const image = tf
      .tensor(values(tf.util.sizeFromShape(shape), 0, most), shape)
      .cast(/** @type {any} */ (dtype));
    const got = await tf.browser.toPixels(/** @type {any} */ (image));
    expect(got).toBeInstanceOf(Uint8ClampedArray);
    expect(got).toEqual(await ofTfjs(image));
  });

  test('halves, NaN, and lists of numbers', async () => {
    const halves = tf.tensor2d([[0.5 / 255, 1.5 / 255, 2.5 / 255, NaN, 0, 1]]);
    expect(await tf.browser.toPixels(halves)).toEqual(await ofTfjs(halves));
    expect(await tf.browser.toPixels([[1, 2]])).toEqual(
      Uint8ClampedArray.from([1, 1, 1, 255, 2, 2, 2, 255]),
    );
  });

  test('a canvas is drawn on, without a warning', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
    try {
      const image = tf.tensor3d([0, 0.5, 1, 1, 0, 0.2], [1, 2, 3]);
      const canvas = new FakeCanvas();
      const drawn = await tf.browser.toPixels(image, canvas);
      expect([canvas.width, canvas.height]).toEqual([2, 1]);
      expect(canvas.image).toMatchObject({ width: 2, height: 1, data: drawn });
      await tf.browser.toPixels([[7]], canvas);
      expect(canvas.image).toMatchObject({ width: 1, height: 1 });
      expect(Array.from(canvas.image.data)).toEqual([7, 7, 7, 255]);
      expect(warn).not.toHaveBeenCalled();
    } finally {
      warn.mockRestore();
    }
  });

  test.each([
    ['a float above', [[0.5, 1.3, -1]], 'float32'],
    ['a float below', [[0.5, -0.1]], 'float32'],
    ['a number above', [[5, 256]], 'int32'],
    ['a number below', [[5, -1]], 'int32'],
    ['too many ranks', [[[[1]]]], 'float32'],
    ['two channels', [[[1, 1]]], 'float32'],
    ['truth', [[true]], 'bool'],
  ])('%s: the errors of tfjs', async (_, list, dtype) => {
    const image = tf.tensor(list, undefined, /** @type {any} */ (dtype));
    const error = await rejectionOf(() => tf.browser.toPixels(/** @type {any} */ (image)));
    const expected = await rejectionOf(() => ofTfjs(image));
    expect(error.message).toBe(expected.message);
    expect(error.message).not.toBe('');
  });

  test('an image that is disposed meanwhile, also where its values are wrong', async () => {
    const before = { tensors: tf.memory().numTensors, data: tf.engine().backend.numDataIds() };
    const good = tf.ones([2, 2]);
    const drawing = tf.browser.toPixels(good);
    good.dispose();
    expect(Array.from(await drawing)).toEqual(new Array(16).fill(255));
    const bad = tf.fill([2, 2], 2);
    const failing = tf.browser.toPixels(bad);
    bad.dispose();
    await expect(failing).rejects.toThrow('but encountered 2.');
    expect(tf.memory().numTensors).toBe(before.tensors);
    expect(tf.engine().backend.numDataIds()).toBe(before.data);
    await expect(tf.browser.toPixels(good)).rejects.toThrow(/disposed/);
  });
});
