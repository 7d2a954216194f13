'use strict';

// Slices along the outermost dimension, Unpack and SplitV share their input's memory.

const tf = require('../..');

const live = () => tf.native.memory().liveBytes;

afterEach(() => tf.disposeVariables());

test('parts take no memory of their own and outlive the whole', async () => {
  const x = tf.tidy(() => tf.range(0, 1 << 20).reshape([1024, 1024]));
  await x.data();
  const before = live();
  const dataIds = tf.memory().numDataBuffers;
  const rows = x.slice([256, 0], [512, -1]);
  const halves = tf.split(rows, 2);
  const lines = tf.unstack(halves[1]);
  expect(live()).toBe(before);
  expect(tf.memory().numDataBuffers).toBe(dataIds + 1 + 2 + 256);
  tf.dispose([x, rows, halves]);
  expect(live()).toBe(before);
  expect((await lines[3].data())[5]).toBe((256 + 256 + 3) * 1024 + 5);
  expect(lines[0].add(lines[1]).arraySync()[1]).toBe(512 * 1024 + 1 + 513 * 1024 + 1);
  tf.dispose(lines);
  expect(live()).toBeLessThan(before - (4 << 20) + (1 << 16));
});

test('packed weights are those of the part', () => {
  // Each half is a filter: its packed form is kept on the buffer that both share.
  const filters = tf.randomNormal([2, 3, 3, 8, 16]);
  const image = tf.randomNormal([1, 9, 9, 8]);
  const parts = tf.unstack(filters);
  const own = parts.map((part) => tf.tensor(part.dataSync(), part.shape));
  for (let round = 0; round < 2; round++) {
    parts.forEach((part, i) => {
      const expected = tf.conv2d(image, own[i], 1, 'same').dataSync();
      expect(tf.conv2d(image, part, 1, 'same').dataSync()).toEqual(expected);
    });
  }
  const products = tf.split(tf.randomNormal([64, 40]), 2);
  const a = tf.randomNormal([5, 32]);
  for (const b of products) {
    const expected = tf.matMul(a, tf.tensor(b.dataSync(), b.shape)).dataSync();
    expect(tf.matMul(a, b).dataSync()).toEqual(expected);
  }
});

test('every kind of operator reads parts at any distance', () => {
  const odd = tf.range(0, 7 * 5).reshape([7, 5]);
  const part = odd.slice([3, 0], [3, 5]); // 60 bytes from the beginning.
  const copy = tf.tensor2d(part.dataSync(), [3, 5]);
  for (const f of [
    (x) => x.exp(),
    (x) => x.sum(1),
    (x) => x.transpose(),
    (x) => tf.softmax(x),
    (x) => tf.concat([x, x], 1),
    (x) => x.cumsum(0),
    (x) => tf.matMul(x, x, true),
    (x) => x.toInt().mul(2),
    (x) => x.gather([2, 0]),
    (x) => tf.topk(x, 2).values,
  ]) {
    expect(f(part).arraySync()).toEqual(f(copy).arraySync());
  }
});

test('in a tidy, with gradients and as variables', () => {
  const kept = tf.tidy(() => tf.unstack(tf.range(0, 6).reshape([3, 2])).map((row) => row.add(1)));
  expect(kept.map((row) => row.arraySync())).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const dx = tf.grad((t) => t.slice([1, 0], [1, 2]).square().sum())(x);
  expect(dx.arraySync()).toEqual([
    [0, 0],
    [6, 8],
  ]);
  const variable = tf.variable(x.slice([0, 0], [1, 2]));
  variable.assign(x.slice([1, 0], [1, 2]));
  x.dispose();
  expect(variable.arraySync()).toEqual([[3, 4]]);
});

test('the whole may go before its parts', () => {
  const before = tf.memory().numDataBuffers;
  for (let i = 0; i < 100; i++) {
    const x = tf.zeros([64, 1024]);
    const rows = tf.unstack(x);
    tf.dispose(x);
    tf.dispose(rows);
  }
  expect(tf.memory().numDataBuffers).toBe(before);
});
