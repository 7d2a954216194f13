'use strict';

const { tf, expectSameAsCpu } = require('./oracle');
const { filled, onNative } = require('./array-support');

const dtypes = ['float32', 'int32'];

/** Values in [0, 9). */
function small(/** @type {any} */ t, /** @type {number[]} */ shape) {
  const count = t.util.sizeFromShape(shape);
  return t.tensor(
    Int32Array.from({ length: count }, (_, i) => (i * i) % 9),
    shape,
    'int32',
  );
}

describe('Bincount', () => {
  test.each([
    [[10], 9],
    [[10], 4],
    [[3, 4], 9],
    [[], 3],
    [[0], 3],
    [[5], 0],
    [[5000], 9],
    [[5003], 1000],
    [[35], 9],
    [[37], 9],
  ])('%j in %i bins', async (shape, size) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) => [
        t.bincount(small(t, shape), t.tensor([], [0], dtype), size),
        t.bincount(small(t, shape), filled(t, shape, dtype), size),
      ]);
    }
  });

  test('more ones than a float counts', () =>
    onNative(() => {
      const counts = tf.bincount(tf.fill([2 ** 24 + 5], 1, 'int32'), tf.tensor1d([]), 2);
      expect(Array.from(counts.dataSync())).toEqual([0, 2 ** 24]);
    }));

  test('a negative value fails', () =>
    onNative(() => {
      const compute = () => tf.bincount(tf.tensor1d([1, -2], 'int32'), tf.tensor1d([]), 3);
      expect(() => compute().dataSync()).toThrow(
        '[Bincount] x: expected no negative value, got -2',
      );
      const late = tf.concat([tf.zeros([5000], 'int32'), tf.tensor1d([-7, 1, -9], 'int32')]);
      expect(() => tf.bincount(late, tf.tensor1d([]), 3).dataSync()).toThrow('got -7');
    }));
});

describe('DenseBincount', () => {
  test.each([
    [[10], 9],
    [[4, 6], 9],
    [[4, 6], 3],
    [[0, 6], 3],
    [[4, 0], 3],
    [[300, 200], 9],
    [[3, 2049], 512],
    [[2, 2053], 513],
  ])('%j in %i bins', async (shape, size) => {
    for (const dtype of dtypes) {
      for (const binary of [false, true]) {
        await expectSameAsCpu((t) => [
          t.denseBincount(small(t, shape), t.tensor([], [0], dtype), size, binary),
          t.denseBincount(small(t, shape), filled(t, shape, dtype), size, binary),
        ]);
      }
    }
  });
});

describe('SearchSorted', () => {
  test.each(['left', 'right'])('%s', (side) =>
    expectSameAsCpu((t) => [
      t.searchSorted(
        t.tensor2d([
          [0, 3, 3, 8],
          [1, 2, 3, 4],
        ]),
        t.tensor2d([
          [-1, 3, 9],
          [2, 2.5, 5],
        ]),
        side,
      ),
      t.searchSorted(t.tensor1d([1, 2, 2, 5], 'int32'), t.tensor1d([2, 3], 'int32'), side),
      t.searchSorted(t.tensor1d([1, 2, 2, 5], 'int32'), t.tensor1d([2, 1.5, NaN]), side),
      t.searchSorted(t.tensor1d([1, 2, NaN, NaN]), t.tensor1d([2, 7, NaN]), side),
      t.searchSorted(t.range(0, 500), filled(t, [9000], 'float32'), side),
    ]),
  );

  test.each(['left', 'right'])('%s, in sequences of any length and order', (side) =>
    expectSameAsCpu((t) => {
      const dtypes = ['float32', 'int32', 'bool'];
      const lengths = Array.from({ length: 34 }, (_, i) => i + 1).concat(255, 256, 257);
      return lengths.flatMap((length) => [
        // A row with NaN here and there, whose other values are in order, and one in no order.
        t.searchSorted(
          t.stack([
            t.where(
              t
                .range(0, length)
                .mod(5)
                .equal(length % 5),
              NaN,
              t.range(0, length),
            ),
            filled(t, [length], 'float32').div(10),
          ]),
          t.concat([filled(t, [2, 40], 'float32').abs(), t.fill([2, 1], NaN)], 1),
          side,
        ),
        ...dtypes.flatMap((of) =>
          dtypes.map((by) =>
            t.searchSorted(filled(t, [2, length], of), filled(t, [2, 9], by, 2), side),
          ),
        ),
      ]);
    }),
  );
});

describe('BroadcastArgs', () => {
  test('gives the broadcast shape', () =>
    expectSameAsCpu((t) => {
      const ints = (/** @type {number[]} */ values) => t.tensor1d(values, 'int32');
      return [
        t.broadcastArgs(ints([2, 1, 3]), ints([5, 1])),
        t.broadcastArgs(ints([]), ints([4])),
        t.broadcastArgs(ints([1, 1]), ints([4])),
        t.broadcastArgs(ints([7, 0, 1]), ints([3, 1, 1, 0])),
        t.broadcastArgs(
          ints(Array.from({ length: 999 }, (_, i) => (i % 3 === 0 ? 1 : 5))),
          ints(Array.from({ length: 500 }, (_, i) => (i % 2 === 0 ? 1 : 5))),
        ),
      ];
    }));

  test('shapes that do not fit fail', () =>
    onNative(() => {
      const compute = () => tf.broadcastArgs(tf.tensor1d([2], 'int32'), tf.tensor1d([3], 'int32'));
      expect(() => compute().dataSync()).toThrow(
        '[BroadcastArgs] shapes [2] and [3] cannot be broadcast together',
      );
    }));
});
