'use strict';

const { tf, values } = require('./oracle');

/** A canvas that keeps what is put on it. */
class FakeCanvas {
  width = 0;
  height = 0;
  /** @type {any} */
  attributes = undefined;
  /** @type {any} */
  image = null;

  getContext(type, attributes) {
    if (type !== '2d') return null;
    this.attributes = attributes;
    return {
      getImageData: (x, y, width, height) => ({
        data: Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => i * 3),
      }),
      createImageData: (width, height) => ({
        data: new Uint8ClampedArray(4 * width * height),
        width,
        height,
      }),
      putImageData: (image) => {
        this.image = image;
      },
    };
  }
}

/** @param {number} width @param {number} height */
const bytes = (width, height) =>
  Uint8Array.from(values(4 * width * height, 0, 256), (value) => Math.floor(value));

/** @param {any} pixels @param {number} [numChannels] */
const fromPixels = (pixels, numChannels) => tf.browser.fromPixels(pixels, numChannels);

describe('fromPixels', () => {
  beforeEach(() => tf.setBackend('onednn'));

  test.each([1, 2, 3, 4])('%d channels', (channels) => {
    for (const [width, height] of [
      [1, 1],
      [5, 3],
      [301, 200],
      // Too much for small caches.
      [601, 451],
      [0, 4],
    ]) {
      const data = bytes(width, height);
      const image = fromPixels({ data, width, height }, channels);
      expect([image.shape, image.dtype]).toEqual([[height, width, channels], 'int32']);
      expect(Array.from(image.dataSync())).toEqual(
        Array.from(data).filter((_, i) => i % 4 < channels),
      );
      image.dispose();
    }
  });

  test('what tfjs makes of the same pixels, without a kernel for it', async () => {
    const pixels = { data: bytes(7, 9), width: 7, height: 9 };
    const native = fromPixels(pixels);
    await tf.setBackend('cpu');
    const plain = fromPixels(pixels);
    expect(native.shape).toEqual(plain.shape);
    expect(native.dtype).toBe(plain.dtype);
    expect(native.dataSync()).toEqual(plain.dataSync());
  });

  test('a canvas, and a buffer that is longer than the image', () => {
    const canvas = Object.assign(new FakeCanvas(), { width: 2, height: 1 });
    expect(fromPixels(canvas).arraySync()).toEqual([[[0, 3, 6], [12, 15, 18]]]); // prettier-ignore
    const data = new Uint8Array(100).fill(9);
    expect(fromPixels({ data, width: 2, height: 2 }).dataSync()).toEqual(
      new Int32Array(12).fill(9),
    );
  });

  test('the bytes are those of the moment', () => {
    const data = bytes(3, 3);
    const expected = Array.from(data).filter((_, i) => i % 4 < 3);
    const image = fromPixels({ data, width: 3, height: 3 });
    data.fill(0);
    expect(Array.from(image.dataSync())).toEqual(expected);
  });

  test('leaves nothing behind', () => {
    const before = { tensors: tf.memory().numTensors, data: tf.engine().backend.numDataIds() };
    fromPixels({ data: bytes(4, 4), width: 4, height: 4 }).dispose();
    expect(() => fromPixels({ data: bytes(4, 4), width: 4, height: 4 }, 0)).toThrow();
    expect(tf.memory().numTensors).toBe(before.tensors);
    expect(tf.engine().backend.numDataIds()).toBe(before.data);
  });

  test.each([
    [
      'no bytes',
      { data: bytes(2, 2), width: 3, height: 2 },
      3,
      /expected 4 \* 3 \* 2 bytes, got 16/,
    ],
    ['a width that is none', { data: bytes(2, 2), width: 1.5, height: 2 }, 3, /pixels\.width: /],
    ['no height', { data: bytes(2, 2), width: 1 }, 3, /pixels\.height: .*got undefined/],
    ['no channel', { data: bytes(2, 2), width: 2, height: 2 }, 0, /numChannels: expected 1 to 4/],
    ['half a channel', { data: bytes(2, 2), width: 2, height: 2 }, 1.5, /numChannels: .* whole/],
  ])('%s: an error that says so', (_, pixels, channels, message) => {
    expect(() => fromPixels(pixels, channels)).toThrow(message);
    expect(() => fromPixels(pixels, channels)).toThrow(/^\[FromPixels\] /);
  });

  test('other arrays, and pictures where there is no canvas', () => {
    const run = (pixels) => () =>
      tf.engine().runKernel('FromPixels', { pixels }, { numChannels: 3 });
    expect(run({ data: [1, 2, 3, 4], width: 1, height: 1 })).toThrow(/expected a Uint8Array/);
    expect(run({ width: 1, height: 1 })).toThrow(/need a canvas, and there is none here/);
    expect(run({ videoWidth: 1, videoHeight: 1 })).toThrow(/need a canvas/);
    expect(run(null)).toThrow(/pixels\.width: expected a whole number/);
  });
});

describe('draw', () => {
  beforeEach(() => tf.setBackend('onednn'));

  /** What tf.browser.toPixels, which on the cpu backend is tfjs's own, makes of the image. */
  test.each([
    ['grey floats', [4, 5], 'float32'],
    ['grey floats with a depth', [4, 5, 1], 'float32'],
    ['colours', [3, 7, 3], 'float32'],
    ['colours and alpha', [200, 150, 4], 'float32'],
    ['grey numbers', [4, 5], 'int32'],
    ['coloured numbers', [30, 20, 3], 'int32'],
    ['coloured numbers and alpha', [3, 2, 4], 'int32'],
    ['nothing', [0, 2, 3], 'float32'],
  ])('%s', async (_, shape, dtype) => {
    const most = dtype === 'int32' ? 256 : 1;
    const image = tf.tensor(values(tf.util.sizeFromShape(shape), 0, most), shape).cast(dtype);
    const canvas = new FakeCanvas();
    tf.browser.draw(image, canvas);
    expect([canvas.width, canvas.height]).toEqual([shape[1], shape[0]]);
    expect(canvas.image).toMatchObject({ width: shape[1], height: shape[0] });
    await tf.setBackend('cpu');
    expect(canvas.image.data).toEqual(await tf.browser.toPixels(image));
  });

  test('opacity, attributes of the context, and halves', () => {
    const canvas = new FakeCanvas();
    const contextOptions = { contextType: '2d', contextAttributes: { alpha: true } };
    const image = tf.tensor2d([[0.5 / 255, 1.5 / 255, 1]]);
    tf.browser.draw(image, canvas, { contextOptions, imageOptions: { alpha: 0.5 } });
    expect(canvas.attributes).toEqual({ alpha: true });
    const alphas = Array.from(canvas.image.data).filter((_, i) => i % 4 === 3);
    expect(alphas).toEqual([128, 128, 128]);
    expect(canvas.image.data[8]).toBe(255);
  });

  test('where ImageData is known, it is used', () => {
    class ImageData {
      constructor(data, width, height) {
        Object.assign(this, { data, width, height });
      }
    }
    const { ImageData: before } = globalThis;
    Object.assign(globalThis, { ImageData });
    try {
      const canvas = new FakeCanvas();
      tf.browser.draw(tf.zeros([2, 3]), canvas);
      expect(canvas.image).toBeInstanceOf(ImageData);
    } finally {
      Object.assign(globalThis, { ImageData: before });
      if (before === undefined) delete globalThis.ImageData;
    }
  });

  test('leaves nothing behind', () => {
    const image = tf.zeros([2, 2]);
    const before = { tensors: tf.memory().numTensors, data: tf.engine().backend.numDataIds() };
    tf.browser.draw(image, new FakeCanvas());
    expect(() => tf.browser.draw(image, {})).toThrow();
    expect(tf.memory().numTensors).toBe(before.tensors);
    expect(tf.engine().backend.numDataIds()).toBe(before.data);
    expect(Array.from(image.dataSync())).toEqual([0, 0, 0, 0]);
  });

  test('what cannot be drawn', () => {
    const canvas = new FakeCanvas();
    const draw =
      (image, options, on = canvas) =>
      () =>
        tf.browser.draw(image, on, options);
    expect(draw(tf.tensor2d([[0.5, -0.25]]))).toThrow(
      /\[Draw\] image: .* float32 Tensor must be in the range \[0 - 1\] but encountered -0\.25/,
    );
    expect(draw(tf.tensor2d([[7, 256]], undefined, 'int32'))).toThrow(
      /int32 Tensor must be in the range \[0 - 255\] but encountered 256/,
    );
    expect(draw(tf.zeros([1, 1]), undefined, null)).toThrow(/\[Draw\] canvas: expected a canvas/);
    const contextOptions = { contextType: 'webgl' };
    expect(draw(tf.zeros([1, 1]), { contextOptions })).toThrow(/contextType: expected '2d'/);
    const noContext = { getContext: () => null };
    expect(draw(tf.zeros([1, 1]), undefined, noContext)).toThrow(/no context of type 2d/);
    const run = (image) => () => tf.engine().runKernel('Draw', { image }, { canvas });
    expect(run(tf.zeros([1, 1, 2]))).toThrow(/image: expected \[height, width\].*got \[1,1,2\]/);
    expect(run(tf.zeros([1, 1], 'bool'))).toThrow(/image: expected float32 or int32, got bool/);
  });
});
