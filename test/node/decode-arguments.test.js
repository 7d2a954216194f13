'use strict';

const tf = require('../../lib');
const { contentsOf, failureOf, sampleImage } = require('./support');

let png;
let jpeg;
beforeAll(async () => {
  png = await sampleImage(6, 4, 4).png().toBuffer();
  jpeg = await sampleImage(6, 4, 3).jpeg().toBuffer();
});

test('texts of tfjs-node', () => {
  const dtype = 'decodeImage could only return Tensor of type `int32` for now.';
  const type = 'Expected image (BMP, JPEG, PNG, or GIF), but got unsupported image type';
  expect(failureOf(() => tf.node.decodeImage(png, 0, 'uint8')).message).toBe(dtype);
  expect(failureOf(() => tf.node.decodePng(png, 0, 'float32')).message).toBe(dtype);
  expect(failureOf(() => tf.node.decodeImage(new Uint8Array(100))).message).toBe(type);
  expect(failureOf(() => tf.node.decodeImage(new Uint8Array(0))).message).toBe(type);
});

test.each([
  ['decodeImage', [2], 'channels: expected one of 0, 1, 3, 4, got 2'],
  ['decodeImage', ['3'], 'channels: expected one of 0, 1, 3, 4, got "3"'],
  ['decodeImage', [null], 'channels: expected one of 0, 1, 3, 4, got null'],
  ['decodeImage', [0, 'int32', 'yes'], 'expandAnimations: expected a boolean, got "yes"'],
  ['decodeJpeg', [0, 3], 'ratio: expected one of 1, 2, 4, 8, got 3'],
  ['decodeJpeg', [0, 1, 1], 'fancyUpscaling: expected a boolean, got 1'],
  ['decodeJpeg', [0, 1, true, 0], 'tryRecoverTruncated: expected a boolean, got 0'],
  ['decodeJpeg', [0, 1, true, true, 2], 'acceptableFraction: expected a number from 0 to 1, got 2'],
  [
    'decodeJpeg',
    [0, 1, true, true, 1, 'FAST'],
    /^\[decodeJpeg\] dctMethod: expected one of "", .+/,
  ],
  ['decodePng', [{ maxBytes: 0 }], 'maxBytes: expected a positive whole number, got 0'],
  ['decodePng', [{ orientation: 6 }], 'orientation: expected a boolean, got 6'],
  [
    'decodePng',
    [{ ratio: 2 }],
    'ratio: no such option; there are channels, dtype, orientation, maxBytes',
  ],
  ['decodeGif', [{ channels: 3 }], 'channels: no such option; there are orientation, maxBytes'],
])('%s(contents, ...%j)', (name, options, message) => {
  const text = typeof message === 'string' ? `[${name}] ${message}` : message;
  const { code, op, message: found } = failureOf(() => tf.node[name](png, ...options));
  expect({ code, op }).toEqual({ code: 'BAD_ATTR', op: name });
  expect(found).toEqual(typeof text === 'string' ? text : expect.stringMatching(text));
});

test.each([undefined, null, 'text', [1, 2], new ArrayBuffer(9), new Int8Array(9), {}])(
  'contents that are no Uint8Array: %p',
  (contents) => {
    const failure = failureOf(() => tf.node.decodeImage(contents));
    expect(failure).toMatchObject({ code: 'BAD_DTYPE', op: 'decodeImage' });
    expect(failure.message).toMatch(/contents: expected a Uint8Array, got \[object \w+\]/);
  },
);

test('options by name are those by place, and undefined is the default', () => {
  const expected = contentsOf(tf.node.decodeImage(png, 3, 'int32', false));
  const options = { channels: 3, dtype: 'int32', expandAnimations: false, maxBytes: undefined };
  expect(contentsOf(tf.node.decodeImage(png, options))).toEqual(expected);
  const whole = contentsOf(tf.node.decodeImage(png, undefined, undefined, undefined));
  expect(whole).toEqual(contentsOf(tf.node.decodeImage(png)));
  expect(whole.shape).toEqual([4, 6, 4]);
  expect(contentsOf(tf.node.decodeImage(jpeg, { ratio: 2 })).shape).toEqual([2, 3, 3]);
});

test('decoders take the files that those of tfjs-node take', () => {
  expect(contentsOf(tf.node.decodePng(jpeg))).toEqual(contentsOf(tf.node.decodeJpeg(jpeg)));
  expect(contentsOf(tf.node.decodeJpeg(png))).toEqual(contentsOf(tf.node.decodePng(png)));
  const { code, message } = failureOf(() => tf.node.decodeBmp(png));
  expect(code).toBe('BAD_ATTR');
  expect(message).toBe('[decodeBmp] contents: expected BMP, got PNG: use decodeImage');
});

test('contents may be a part of a larger buffer, shared, or clamped', () => {
  const expected = contentsOf(tf.node.decodeImage(png));
  const larger = new Uint8Array(png.length + 20).fill(7);
  larger.set(png, 11);
  expect(contentsOf(tf.node.decodeImage(larger.subarray(11, 11 + png.length)))).toEqual(expected);
  const shared = new Uint8Array(new SharedArrayBuffer(png.length));
  shared.set(png);
  expect(contentsOf(tf.node.decodeImage(shared))).toEqual(expected);
  expect(contentsOf(tf.node.decodeImage(new Uint8ClampedArray(png)))).toEqual(expected);
});

test('tensors are new ones, tidied up as all are', () => {
  const before = tf.memory();
  const kept = tf.tidy(() => {
    tf.node.decodeImage(png);
    return tf.node.decodeImage(png);
  });
  expect(tf.memory().numTensors).toBe(before.numTensors + 1);
  kept.dispose();
  expect(tf.memory().numBytes).toBe(before.numBytes);
  expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
});

test('where another backend is current the native one has the result', async () => {
  await tf.setBackend('cpu');
  try {
    const image = tf.node.decodeImage(png);
    const { shape, values } = contentsOf(image.mul(2));
    expect(shape).toEqual([4, 6, 4]);
    const later = await tf.node.decodeImageAsync(png);
    expect(values).toEqual(Array.from(await later.data(), (value) => 2 * value));
    expect(tf.engine().state.tensorInfo.get(later.dataId).backend).toBe(tf.findBackend('onednn'));
    tf.dispose([image, later]);
  } finally {
    await tf.setBackend('onednn');
  }
});
