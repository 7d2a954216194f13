'use strict';

const { tf, expectSameAsCpu, random } = require('./oracle');
const { filled, pairs, onNative } = require('./array-support');

const dtypes = ['float32', 'int32', 'bool'];

/** All orders of 0..rank-1. @param {number} rank @returns {number[][]} */
function permutations(rank) {
  if (rank === 0) return [[]];
  return permutations(rank - 1).flatMap((rest) =>
    Array.from({ length: rank }, (_, i) => [...rest.slice(0, i), rank - 1, ...rest.slice(i)]),
  );
}

describe('Transpose', () => {
  test('all orders of five dimensions', async () => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) => {
        const x = filled(t, [3, 4, 2, 5, 7], dtype);
        return permutations(5).map((perm) => t.transpose(x, perm));
      });
    }
  });

  test.each([
    [
      [5, 9],
      [1, 0],
    ],
    [
      [16, 16],
      [1, 0],
    ],
    [
      [17, 35],
      [1, 0],
    ],
    // Whole lines, too much of them for small caches.
    [
      [544, 501],
      [1, 0],
    ],
    [
      [2, 33, 70],
      [0, 2, 1],
    ],
    [
      [1, 30, 40, 3],
      [0, 3, 1, 2],
    ],
    [
      [1, 3, 30, 40],
      [0, 2, 3, 1],
    ],
    [
      [2, 30, 40, 2],
      [0, 3, 1, 2],
    ],
    [
      [2, 65, 4, 8],
      [0, 2, 1, 3],
    ],
    [
      [2, 65, 4, 8],
      [0, 2, 3, 1],
    ],
    [
      [9, 7, 1, 2],
      [1, 0, 2, 3],
    ],
    [
      [9, 7, 1, 3],
      [1, 0, 3, 2],
    ],
    [
      [2, 1, 3, 1, 2, 2],
      [5, 0, 3, 2, 4, 1],
    ],
    [
      [0, 3],
      [1, 0],
    ],
    [
      [3, 3],
      [0, 1],
    ],
    [
      [301, 405],
      [1, 0],
    ],
    [
      [300, 400, 3],
      [2, 0, 1],
    ],
    [
      [3, 300, 400],
      [1, 2, 0],
    ],
  ])('%j by %j', async (shape, perm) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) => t.transpose(filled(t, shape, dtype), perm));
    }
  });

  test('complex64', () =>
    expectSameAsCpu((t) => {
      const x = t.transpose(t.complex(random(t, [4, 5], 1), random(t, [4, 5], 2)));
      return [t.real(x), t.imag(x)];
    }));

  test('the kernel refuses what is no order', () =>
    onNative(() => {
      expect(() => tf.transpose(tf.ones([2, 3]), [0, 0])).toThrow(/\[Transpose\] perm/);
    }));
});

describe('Tile', () => {
  test.each([
    [[], []],
    [[3], [4]],
    [[3], [0]],
    [
      [2, 3],
      [2, 1],
    ],
    [
      [2, 3],
      [1, 2],
    ],
    [
      [2, 3],
      [3, 2],
    ],
    [
      [1, 5],
      [7, 1],
    ],
    [
      [5, 1],
      [1, 7],
    ],
    [
      [2, 1, 3],
      [1, 4, 2],
    ],
    [
      [2, 1, 3, 1, 2],
      [2, 2, 1, 3, 2],
    ],
    [
      [0, 3],
      [2, 2],
    ],
    [
      [1, 1, 1, 64],
      [1, 50, 60, 1],
    ],
    [
      [100, 1],
      [1, 2000],
    ],
  ])('%j times %j', async (shape, reps) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) => t.tile(filled(t, shape, dtype), reps));
    }
  });

  test('broadcastTo', () =>
    expectSameAsCpu((t) => [
      t.broadcastTo(random(t, [3, 1]), [2, 3, 4]),
      t.broadcastTo(t.scalar(5), [2, 2]),
      t.broadcastTo(random(t, [1]), [0]),
    ]));

  test('refuses as many elements as nobody has', () =>
    onNative(() => {
      expect(() => tf.tile(tf.ones([4, 4]), [2 ** 53, 2 ** 53])).toThrow(/\[Tile\]/);
      // Of nothing there may be any number.
      expect(tf.tile(tf.ones([2, 0, 31]), [1, 2 ** 31, 2 ** 20]).size).toBe(0);
      expect(() => tf.tile(tf.ones([4]), [-1])).toThrow(/\[Tile\] reps/);
    }));
});

describe('BroadcastTo', () => {
  test('stretches as element-wise operators do', () =>
    onNative(() => {
      const stretch = (/** @type {any} */ x, /** @type {number[]} */ shape) =>
        tf.engine().runKernel('BroadcastTo', { x }, { shape });
      const result = stretch(tf.tensor2d([[1], [2]]), [2, 2, 3]);
      expect(result.shape).toEqual([2, 2, 3]);
      expect(Array.from(result.dataSync())).toEqual([1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2]);
      expect(() => stretch(tf.ones([3]), [2])).toThrow(/\[BroadcastTo\]/);
      expect(() => stretch(tf.ones([3, 2]), [2])).toThrow(/\[BroadcastTo\]/);
    }));
});

describe('BatchToSpaceND', () => {
  test.each([
    [
      [4, 1, 1, 1],
      [2, 2],
      [0, 0, 0, 0],
    ],
    [
      [8, 2, 3, 2],
      [2, 2],
      [0, 0, 0, 0],
    ],
    [
      [8, 2, 3, 2],
      [2, 2],
      [1, 0, 2, 1],
    ],
    [
      [12, 3, 4],
      [3, 2],
      [2, 1, 1, 0],
    ],
    [[6, 3, 4, 2, 2], [3], [2, 4]],
    [[6, 3], [2], [3, 3]],
    [[0, 3, 2], [2], [0, 0]],
    [
      [4, 100, 90, 8],
      [2, 2],
      [1, 1, 3, 2],
    ],
    [
      [24, 3, 2, 3, 2],
      [2, 2, 3],
      [2, 0, 0, 1, 3, 3],
    ],
    [
      [12, 32, 22, 32],
      [2, 3],
      [2, 4, 0, 3],
    ],
  ])('%j, block %j, crops %j', async (shape, block, crops) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) => t.batchToSpaceND(filled(t, shape, dtype), block, pairs(crops)));
    }
  });
});

describe('SpaceToBatchND', () => {
  test.each([
    [
      [1, 2, 2, 1],
      [2, 2],
      [0, 0, 0, 0],
    ],
    [
      [2, 4, 6, 3],
      [2, 3],
      [0, 0, 0, 0],
    ],
    [
      [2, 3, 5, 3],
      [2, 2],
      [1, 0, 2, 1],
    ],
    [
      [2, 3, 5],
      [4, 2],
      [0, 5, 1, 2],
    ],
    [[2, 3, 5, 2, 2], [3], [2, 4]],
    [[2, 0, 3], [2], [1, 1]],
    [
      [1, 100, 90, 8],
      [2, 2],
      [1, 1, 3, 3],
    ],
    // Phases that all have the same positions beside some that do not.
    [
      [2, 4, 5, 6, 3],
      [2, 2, 3],
      [2, 0, 0, 1, 3, 3],
    ],
    [
      [3, 5, 6, 2],
      [3, 2],
      [3, 4, 2, 4],
    ],
    // Whole lines, too much of them for small caches.
    [
      [2, 64, 66, 32],
      [2, 3],
      [0, 0, 0, 0],
    ],
  ])('%j, block %j, paddings %j', async (shape, block, paddings) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) =>
        t.spaceToBatchND(filled(t, shape, dtype), block, pairs(paddings)),
      );
    }
  });
});

describe('DepthToSpace', () => {
  test.each([
    [[1, 1, 1, 4], 2],
    [[2, 3, 5, 12], 2],
    [[2, 2, 3, 18], 3],
    [[0, 2, 3, 4], 2],
    [[1, 60, 70, 64], 4],
    [[1, 50, 46, 128], 2],
  ])('%j by %i', (shape, block) => expectSameAsCpu((t) => t.depthToSpace(random(t, shape), block)));

  test('NCHW', () => expectSameAsCpu((t) => t.depthToSpace(random(t, [2, 12, 3, 5]), 2, 'NCHW')));
});

describe('Diag', () => {
  test.each([[[3]], [[2, 3]], [[0]], [[2, 1, 3]], [[400]]])('%j', async (shape) => {
    for (const dtype of dtypes) await expectSameAsCpu((t) => t.diag(filled(t, shape, dtype)));
  });
});
