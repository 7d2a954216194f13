'use strict';

const { tf, LARGE, collectGarbage } = require('./support');

const BYTES = LARGE * 4;
const BYTES_OF_VALUE = 512 * 512 * 4;
const native = () => tf.native.memory();

beforeAll(() => tf.setBackend('onednn'));
beforeEach(async () => {
  // What other files of this process have left.
  await collectGarbage();
  tf.native.trimMemory();
  tf.native.resetPeakMemory();
});

test('tf.memory() has tfjs’s figures and the device’s', () => {
  const before = tf.memory();
  const x = tf.zeros([LARGE]);
  const view = x.reshape([2, LARGE / 2]);
  const during = tf.memory();
  expect(during.unreliable).toBe(false);
  expect(during.numTensors).toBe(before.numTensors + 2);
  expect(during.numDataBuffers).toBe(before.numDataBuffers + 1);
  // tfjs counts the bytes of every tensor, also where two share them.
  expect(during.numBytes).toBe(before.numBytes + 2 * BYTES);
  expect(during.native.liveBytes).toBe(before.native.liveBytes + BYTES);
  expect(during.native).toEqual(native());
  tf.dispose([x, view]);
  expect(tf.memory().numBytes).toBe(before.numBytes);
  expect(native().liveBytes).toBe(before.native.liveBytes);
});

test('dispose() frees at once and keeps the block for reuse', () => {
  const x = tf.zeros([LARGE]);
  const { liveBytes, pooledBytes } = native();
  x.dispose();
  expect(native().liveBytes).toBe(liveBytes - BYTES);
  expect(native().pooledBytes).toBe(pooledBytes + BYTES);
  const again = tf.zeros([LARGE]);
  expect(native().pooledBytes).toBe(pooledBytes);
  again.dispose();
});

test('peakBytes is the highest sum, until it is reset', () => {
  const start = native().liveBytes;
  const tensors = [tf.zeros([LARGE]), tf.zeros([LARGE])];
  tf.dispose(tensors);
  expect(native().peakBytes).toBe(start + 2 * BYTES);
  tf.native.trimMemory();
  expect(native().peakBytes).toBe(start + 2 * BYTES);
  tf.native.resetPeakMemory();
  expect(native().peakBytes).toBe(start);
});

test('trimMemory() says what it gave back', () => {
  tf.zeros([LARGE]).dispose();
  expect(tf.native.trimMemory()).toBe(BYTES);
  expect(tf.native.trimMemory()).toBe(0);
  expect(native().pooledBytes).toBe(0);
});

test('captured graphs keep no memory from run to run but what trimMemory() frees', async () => {
  const fn = await tf.native.compile(
    (x) =>
      tf
        .matMul(tf.add(tf.matMul(x, x), x), x)
        .abs()
        .sum(),
    {
      inputs: [{ shape: [512, 512] }],
    },
  );
  const x = tf.zeros([512, 512]);
  const run = () => {
    const sum = fn(x);
    expect(Array.from(sum.dataSync())).toEqual([0]);
    sum.dispose();
    tf.backend().session.synchronize();
  };
  run();
  const { liveBytes, pooledBytes } = native();
  expect(pooledBytes).toBeGreaterThanOrEqual(2 * BYTES_OF_VALUE);
  for (let i = 0; i < 3; ++i) {
    expect(tf.native.trimMemory()).toBeGreaterThanOrEqual(2 * BYTES_OF_VALUE);
    expect(native()).toMatchObject({ liveBytes, pooledBytes: 0 });
    run();
  }
  fn.dispose();
  x.dispose();
});

test('a repeated computation takes no new memory', () => {
  const x = tf.zeros([LARGE]);
  const start = native().liveBytes;
  for (let i = 0; i < 50; ++i) {
    tf.tidy(() => tf.add(tf.mul(tf.add(x, 1), 2), x)).dispose();
    if (i % 3 === 0) tf.backend().session.synchronize();
  }
  tf.backend().session.synchronize();
  // Three results and some scalars, whatever the queue and this thread did to one another.
  expect(native().peakBytes).toBeLessThan(start + 3 * BYTES + 65536);
  x.dispose();
});

test('a ceiling is reported and can be lifted', () => {
  expect(native().ceilingBytes).toBe(0);
  tf.native.setMemoryCeiling(1 << 30);
  expect(native().ceilingBytes).toBe(1 << 30);
  tf.native.setMemoryCeiling(0);
  expect(native().ceilingBytes).toBe(0);
});

test('a device that is not there has no figures', () => {
  expect(tf.native.memory('no-such-device')).toEqual({});
  expect(tf.native.trimMemory('no-such-device')).toBe(0);
});
