'use strict';

const { tf, expectSameAsCpu, random } = require('./oracle');
const { filled, onNative } = require('./array-support');

const dtypes = ['float32', 'int32', 'bool'];

describe('Concat', () => {
  test.each([
    [[[3], [4], [1]], 0],
    [
      [
        [2, 3],
        [2, 5],
      ],
      1,
    ],
    [
      [
        [2, 3],
        [2, 5],
      ],
      -1,
    ],
    [
      [
        [2, 3, 4],
        [5, 3, 4],
      ],
      0,
    ],
    [
      [
        [2, 3, 4],
        [2, 1, 4],
        [2, 7, 4],
      ],
      1,
    ],
    [
      [
        [50, 40, 1],
        [50, 40, 3],
      ],
      2,
    ],
    [
      [
        [3, 1, 2, 5],
        [3, 1, 2, 5],
      ],
      2,
    ],
    [
      [
        [0, 3],
        [2, 3],
        [0, 3],
      ],
      0,
    ],
    [
      [
        [2, 0],
        [2, 3],
        [2, 4],
      ],
      1,
    ],
    [
      [
        [0, 3],
        [0, 3],
      ],
      1,
    ],
    [[[100000], [70000]], 0],
    [
      [
        [2, 300, 301],
        [2, 300, 7],
      ],
      2,
    ],
    [
      [
        [1, 2, 1, 2, 1, 2, 3],
        [1, 2, 1, 2, 5, 2, 3],
      ],
      4,
    ],
  ])('%j along %i', async (shapes, axis) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) =>
        t.concat(
          shapes.map((shape, i) => filled(t, shape, dtype, i)),
          axis,
        ),
      );
    }
  });

  test('complex64', () =>
    expectSameAsCpu((t) => {
      const parts = [3, 2].map((n) => t.complex(random(t, [4, n], 1), random(t, [4, n], 2)));
      const joined = t.concat(parts, 1);
      return [t.real(joined), t.imag(joined)];
    }));

  test('takes the dtype of the first tensor, and converts', () =>
    expectSameAsCpu((t) => {
      const floats = t.tensor2d([[1.7], [-2.9], [NaN], [3e9], [-Infinity]]);
      const ints = filled(t, [5, 2], 'int32', 1);
      const bools = filled(t, [5, 1], 'bool', 2);
      return [
        t.concat([ints, floats, bools], 1),
        t.concat([floats, ints, bools], 1),
        t.concat([bools, bools, t.cast(bools, 'int32')], 1),
        t.concat([bools, floats, ints], 1),
      ];
    }));

  test('a single tensor with elements keeps its dtype', () =>
    expectSameAsCpu((t) => [
      t.concat([t.tensor([], [0, 2], 'int32'), random(t, [3, 2])]),
      t.concat([t.tensor([], [0, 2], 'int32'), t.tensor([], [0, 2], 'bool')]),
    ]));

  test('refuses shapes that do not fit', () =>
    onNative(() => {
      expect(() => tf.concat([tf.ones([2, 3]), tf.ones([3, 2])], 1)).toThrow(
        /\[Concat\] input 1: expected shape \[2,3\]/,
      );
      expect(() => tf.concat([tf.ones([2]), tf.ones([2])], 1)).toThrow(/\[Concat\] axis/);
    }));
});

describe('Pack', () => {
  test.each([
    [[], 3, 0],
    [[], 1, 0],
    [[4], 3, 1],
    [[4], 2, -1],
    [[2, 3], 5, 1],
    [[2, 3], 1, 2],
    [[0, 3], 4, 1],
    [[30, 50, 60], 3, 3],
    [[37], 2, 1],
    [[5, 9], 4, 2],
    [[70001], 4, 1],
    [[0], 2, 1],
  ])('shape %j, %i tensors, axis %i', async (shape, count, axis) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) =>
        t.stack(
          Array.from({ length: count }, (_, i) => filled(t, shape, dtype, i)),
          axis,
        ),
      );
    }
  });

  test('refuses other shapes and dtypes', () =>
    onNative(() => {
      expect(() => tf.stack([tf.ones([2]), tf.ones([3])])).toThrow(/\[Pack\] input 1/);
      expect(() => tf.stack([tf.ones([2]), tf.ones([2], 'int32')])).toThrow(
        /\[Pack\] input 1: expected float32, got int32/,
      );
    }));
});

describe('Unpack', () => {
  test.each([
    [[3], 0],
    [[1, 4], 0],
    [[2, 3, 4], 1],
    [[2, 3, 4], -1],
    [[5, 0], 0],
    [[3, 200, 300], 0],
    [[200, 300, 3], 2],
    [[37, 2], 1],
    [[5, 9, 4], 2],
    [[0, 3], 1],
  ])('shape %j, axis %i', async (shape, axis) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) => t.unstack(filled(t, shape, dtype), axis));
    }
  });

  test('an axis of one element gives a list, an empty axis an empty one', () =>
    onNative(() => {
      expect(tf.unstack(tf.ones([1, 2]))).toHaveLength(1);
      expect(tf.unstack(tf.ones([0, 2]))).toHaveLength(0);
    }));

  test('more outputs than a call frame holds', () =>
    expectSameAsCpu((t) => t.unstack(random(t, [3000, 2]))));
});

describe('SplitV', () => {
  test.each([
    [[6], 3, 0],
    [[6, 4], 2, 1],
    [[3, 5], [3], 0],
    [[3, 5], 3, 0],
    [[5, 7], [2, 4, 1], 1],
    [[5, 7], [2, -1, 1], -1],
    [[5, 4], [0, 5], 0],
    [[0, 4], 2, 0],
    [[2, 301, 200], [100, 1, 200], 1],
  ])('shape %j into %j along %i', async (shape, sizes, axis) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) =>
        t.split(filled(t, shape, dtype), Array.isArray(sizes) ? [...sizes] : sizes, axis),
      );
    }
  });

  test('refuses sizes that do not add up', () =>
    onNative(() => {
      expect(() => tf.split(tf.ones([5]), 2)).toThrow(/\[SplitV\] numOrSizeSplits/);
      expect(() => tf.split(tf.ones([5]), [2, 2])).toThrow(/\[SplitV\] numOrSizeSplits/);
      expect(() => tf.split(tf.ones([5]), [6, -1])).toThrow(/\[SplitV\] numOrSizeSplits/);
      expect(() => tf.split(tf.ones([5]), [-1, -1])).toThrow(/\[SplitV\] numOrSizeSplits/);
    }));
});
