'use strict';

const { tf, longChain, runFixture } = require('./support');

const initial = tf.native.threads();

beforeAll(() => tf.setBackend('onednn'));
afterEach(() => tf.native.setThreads(initial));

test('setThreads() takes effect', () => {
  for (const count of [1, 3, 2]) {
    tf.native.setThreads(count);
    expect(tf.native.threads()).toBe(count);
  }
});

test('setThreads() while work runs leaves the results right', async () => {
  const sums = [];
  for (let i = 0; i < 12; ++i) {
    sums.push(longChain(20, 1 << 18));
    tf.native.setThreads(1 + (i % 4));
    await new Promise(setImmediate);
  }
  for (const sum of sums) {
    expect((await sum.data()).every((value) => value === 21)).toBe(true);
  }
  tf.dispose(sums);
});

test('setThreads() in one thread leaves what another one computes right', async () => {
  const run = await runFixture('resize-threads.js');
  expect(run).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(Number(run.stdout)).toBeLessThan(1e-3);
});

test('products are the same with any number of threads', () => {
  const a = tf.randomUniform([150, 70], -1, 1, 'float32', 1);
  const b = tf.randomUniform([70, 130], -1, 1, 'float32', 2);
  const image = tf.randomUniform([1, 33, 31, 8], -1, 1, 'float32', 3);
  const filter = tf.randomUniform([3, 3, 8, 16], -1, 1, 'float32', 4);
  const results = [1, 2, 4, 1].map((count) => {
    tf.native.setThreads(count);
    return tf.tidy(() => [
      ...tf.matMul(a, b).dataSync(),
      ...tf.conv2d(image, filter, 2, 'same').dataSync(),
    ]);
  });
  for (const result of results.slice(1)) {
    const worst = result.reduce(
      (max, value, i) => Math.max(max, Math.abs(value - results[0][i])),
      0,
    );
    expect(worst).toBeLessThan(1e-4);
  }
  tf.dispose([a, b, image, filter]);
});

test.each([
  ['1', 1],
  ['3', 3],
])('TFJS_NATIVE_THREADS=%s sets the size', async (text, count) => {
  const run = await runFixture('threads.js', { env: { TFJS_NATIVE_THREADS: text } });
  expect(run).toMatchObject({ code: 0, signal: null, stderr: '', stdout: `${count}\n` });
});

test.each(['', '0', '-2', 'many'])('TFJS_NATIVE_THREADS=%j leaves the default', async (text) => {
  const expected = await runFixture('threads.js', { env: { TFJS_NATIVE_THREADS: '' } });
  const run = await runFixture('threads.js', { env: { TFJS_NATIVE_THREADS: text } });
  expect(run).toMatchObject({ code: 0, stdout: expected.stdout });
  expect(Number(run.stdout)).toBeGreaterThanOrEqual(1);
});
