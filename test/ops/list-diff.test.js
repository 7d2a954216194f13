'use strict';

const { tf, expectSameAsCpu } = require('./oracle');
const { failing, filled, onNative } = require('./array-support');

const diff = (t, x, y) => t.engine().runKernel('ListDiff', { x, y });

describe('ListDiff', () => {
  test.each([
    [0, 0],
    [0, 5],
    [5, 0],
    [1, 1],
    [100, 7],
    [7, 100],
    [30000, 30000],
    [9000, 70000],
  ])('%i values without %i others', async (count, others) => {
    for (const dtype of ['float32', 'int32', 'bool']) {
      await expectSameAsCpu((t) =>
        diff(t, filled(t, [count], dtype), filled(t, [others], dtype, dtype === 'int32' ? 5 : 1)),
      );
    }
  });

  test.each([1, 7, 2 ** 20])('integers that lie %i apart', (step) =>
    expectSameAsCpu((t) => {
      const list = (count, factor) =>
        Int32Array.from({ length: count }, (_, i) => (((i * factor) % 2000) - 1000) * step);
      return [
        ...diff(t, t.tensor1d(list(3000, 577)), t.tensor1d(list(700, 31))),
        ...diff(t, t.tensor1d(list(700, 31)), t.tensor1d(list(1, 1))),
      ];
    }),
  );

  test('NaN, zeros of both signs, and the ends of int32', async () => {
    const odd = [0, -0, NaN, Infinity, -Infinity, 1, 1e-45, -1e-45, NaN, 3];
    for (const others of [[], [NaN], [-0], [0, 1e-45], [Infinity, 3]]) {
      await expectSameAsCpu((t) => diff(t, t.tensor1d(odd), t.tensor1d(others)));
    }
    const ints = [0, -1, 1, 2 ** 31 - 1, -(2 ** 31), -1];
    for (const others of [[-1], [0], [2 ** 31 - 1, 5], [-(2 ** 31)], [3]]) {
      await expectSameAsCpu((t) => diff(t, t.tensor1d(ints, 'int32'), t.tensor1d(others, 'int32')));
    }
  });

  test('refuses what it cannot compute', () =>
    onNative(() => {
      const one = tf.tensor1d([1]);
      expect(() => diff(tf, tf.ones([2, 2]), one)).toThrow('[ListDiff] x: expected rank 1');
      expect(() => diff(tf, one, tf.scalar(1))).toThrow(/y: expected rank 1/);
      expect(() => diff(tf, one, tf.tensor1d([1], 'int32'))).toThrow(/y: expected float32, got/);
      expect(() => diff(tf, tf.complex([1], [2]), one)).toThrow(/x: expected/);
      expect(() => diff(tf, failing(tf), one)).toThrow(/Bincount/);
    }));
});
