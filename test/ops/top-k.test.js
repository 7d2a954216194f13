'use strict';

const { expectSameAsCpu, random, tf } = require('./oracle');

describe('topk', () => {
  test.each([
    [[1], 1],
    [[7], 0],
    [[7], 3],
    [[7], 7],
    [[0, 4], 2],
    [[4, 0], 0],
    [[2, 3, 50], 5],
    [[3, 2000], 1],
    [[3, 2000], 1500],
    [[4, 200], 32],
    [[4, 200], 33],
    [[2, 33], 33],
  ])('%j, k %i', (shape, k) =>
    expectSameAsCpu((tf) => Object.values(tf.topk(random(tf, shape), k))),
  );

  test('equal values keep their order', () =>
    expectSameAsCpu((tf) => {
      const values = Array.from({ length: 300 }, (_, i) => (i * 7) % 5);
      return [
        ...Object.values(tf.topk(tf.tensor2d(values, [3, 100]), 60)),
        ...Object.values(tf.topk(tf.tensor2d(values, [3, 100], 'int32'), 60)),
        ...Object.values(tf.topk(tf.tensor2d(values, [3, 100]), 7)),
        ...Object.values(tf.topk(tf.tensor2d(values, [3, 100], 'int32'), 30)),
        ...Object.values(tf.topk(tf.tensor1d([true, false, true, false], 'bool'), 3)),
      ];
    }));

  test('infinities', () =>
    expectSameAsCpu((tf) =>
      Object.values(tf.topk(tf.tensor1d([1, -Infinity, Infinity, 2, -Infinity]), 5)),
    ));

  test('a NaN comes first', async () => {
    await tf.setBackend('onednn');
    const { values, indices } = tf.topk(tf.tensor1d([1, NaN, 3, NaN]), 3);
    expect(Array.from(values.dataSync())).toEqual([NaN, NaN, 3]);
    expect(Array.from(indices.dataSync())).toEqual([1, 3, 2]);
  });

  test.each([3, 40])('NaNs far behind, k %i', async (k) => {
    await tf.setBackend('onednn');
    const numbers = Array.from({ length: 500 }, (_, i) => (i % 97 === 60 ? NaN : (i * 37) % 101));
    const rank = (i) => (Number.isNaN(numbers[i]) ? Infinity : numbers[i]);
    const order = [...numbers.keys()].sort((a, b) =>
      rank(a) === rank(b) ? a - b : rank(b) - rank(a),
    );
    const { indices } = tf.topk(tf.tensor1d(numbers), k);
    expect(Array.from(indices.dataSync())).toEqual(order.slice(0, k));
  });

  test('unsorted results are the same set', async () => {
    await tf.setBackend('onednn');
    const { indices } = tf.topk(tf.tensor1d([5, 1, 4, 2, 3]), 3, false);
    expect(new Set(indices.dataSync())).toEqual(new Set([0, 2, 4]));
  });

  test('rejects what it cannot compute', async () => {
    await tf.setBackend('onednn');
    const run = (x, k) => () => tf.engine().runKernel('TopK', { x }, { k, sorted: true });
    expect(run(tf.scalar(1), 1)).toThrow(/x: expected rank >= 1, got 0/);
    expect(run(tf.tensor1d([1, 2]), 3)).toThrow(/k: expected an integer from 0 to 2, got 3/);
    expect(run(tf.tensor1d([1, 2]), 0.5)).toThrow(/k: expected an integer/);
  });
});
