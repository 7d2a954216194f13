'use strict';

// The shortest calls that gave wrong values where a processor hides its caches: weights with tails
// were packed wrongly for them.

const tf = require('../../lib');

beforeAll(() => tf.setBackend('onednn'));

test('a product with the same transposed matrix three times', () => {
  const a = tf.ones([1, 1400]);
  const b = tf.ones([3, 1400]);
  for (let i = 0; i < 3; i++) {
    expect(Array.from(tf.matMul(a, b, false, true).dataSync())).toEqual([1400, 1400, 1400]);
  }
  tf.dispose([a, b]);
});

test('a transposed convolution of one pixel', () => {
  const x = tf.tensor4d([[[[1, 10, 100]]]]);
  const filter = tf.reshape(tf.range(1, 13), [2, 2, 1, 3]);
  const y = tf.conv2dTranspose(x, filter, [1, 2, 2, 1], 1, 'valid');
  expect(Array.from(y.dataSync())).toEqual([321, 654, 987, 1320]);
});

test('a depthwise convolution with a dilation of 12', () => {
  const y = tf.depthwiseConv2d(
    tf.ones([1, 16, 16, 64]),
    tf.ones([3, 3, 64, 1]),
    1,
    'same',
    'NHWC',
    12,
  );
  expect(tf.sum(y).dataSync()[0]).toBe(36864);
});

test('a 1x1 convolution from 512 to 1024 channels, which ended the process', () => {
  const y = tf.conv2d(tf.ones([1, 7, 7, 512]), tf.ones([1, 1, 512, 1024]), 1, 'same');
  expect(tf.min(y).dataSync()[0]).toBe(512);
  expect(tf.max(y).dataSync()[0]).toBe(512);
});

test('the self test finds nothing', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 5);
  const report = await tf.native.selfTest();
  clearInterval(timer);
  expect(report.differences).toEqual([]);
  expect(report).toMatchObject({ ok: true, skipped: 0 });
  expect(report.checks).toBeGreaterThan(600);
  // It runs beside the event loop, not in it.
  expect(turns).toBeGreaterThan(3);
});

test('a device that is not used has no self test, with the reason', async () => {
  await expect(tf.native.selfTest('abacus')).rejects.toMatchObject({
    name: 'NativeError',
    code: 'UNSUPPORTED',
    op: 'selfTest',
    message: expect.stringContaining('device abacus: no such device'),
  });
});
