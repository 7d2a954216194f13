'use strict';

const { expectSameAsCpu, random, tf } = require('./oracle');

const shapes = [
  [1],
  [5],
  [0],
  [3, 0],
  [0, 3],
  [7, 1],
  [700, 2],
  [33, 7],
  [4, 31],
  [3, 63],
  [3, 64],
];
const long = [
  [2, 100],
  [2, 3, 1001],
  [1, 30522],
  [60, 1000],
  // Too much for small caches, in rows that begin anywhere; the last ones are too long for most.
  [270, 1003],
  [4, 70001],
];

describe('softmax', () => {
  test.each([...shapes, ...long])('%p', (...shape) =>
    expectSameAsCpu((tf) => tf.softmax(tf.mul(random(tf, shape), 10)), { tolerance: 1e-6 }),
  );

  test.each([
    ['NaN', [1, NaN, 2]],
    ['Infinity', [1, Infinity, 2]],
    ['-Infinity', [1, -Infinity, 2]],
    ['only -Infinity', [-Infinity, -Infinity, -Infinity]],
    ['only Infinity', [Infinity, Infinity, Infinity]],
    ['far apart', [-1e30, 0, 3e38]],
    ['large', [1000, 1001, 999]],
  ])('%s', (_, values) =>
    expectSameAsCpu((tf) => [
      tf.softmax(tf.tensor2d([...values, 0, 1, 2], [2, 3])),
      tf.softmax(tf.tensor1d(Array.from({ length: 99 }, (_, i) => values[i % 3]))),
      // A block of a long row.
      tf.softmax(tf.tensor1d([...new Array(70000).fill(-1e31), ...values, -Infinity, 0])),
    ]),
  );

  test('rejects what it cannot compute', async () => {
    await tf.setBackend('onednn');
    const run = (logits, dim) => tf.engine().runKernel('Softmax', { logits }, { dim });
    expect(() => run(tf.scalar(1), -1)).toThrow(/logits: expected rank >= 1, got 0/);
    expect(() => run(tf.zeros([2, 3]), 0)).toThrow(/dim: expected the last dimension of \[2,3\]/);
    expect(() => run(tf.tensor1d([1], 'int32'), 0)).toThrow(/expected float32, got int32/);
  });
});

// No operator of tfjs-core runs the kernel LogSoftmax yet.
describe('LogSoftmax', () => {
  test.each([...shapes, ...long])('%p', (...shape) =>
    expectSameAsCpu((tf) => {
      const logits = tf.mul(random(tf, shape), 10);
      return tf.engine().runKernel('LogSoftmax', { logits }, { axis: -1 });
    }),
  );
});
