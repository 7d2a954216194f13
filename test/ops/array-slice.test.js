'use strict';

const { tf, expectSameAsCpu, random } = require('./oracle');
const { filled, onNative } = require('./array-support');

const dtypes = ['float32', 'int32', 'bool'];

describe('Slice', () => {
  test.each([
    [[5], [1], [3]],
    [[5], 2, undefined],
    [[5], [5], [0]],
    [
      [4, 5],
      [1, 2],
      [2, -1],
    ],
    [[4, 5], [1], [2]],
    [[4, 5], 1, 2],
    [
      [3, 4, 5],
      [0, 1, 2],
      [3, 2, 1],
    ],
    [
      [3, 4, 5],
      [0, 0, 0],
      [3, 4, 5],
    ],
    [
      [2, 3, 4, 5],
      [1, 0, 2, 1],
      [1, 3, 2, 3],
    ],
    [
      [2, 2, 3, 2, 2],
      [0, 1, 1, 0, 1],
      [2, 1, 2, 2, 1],
    ],
    [
      [2, 1, 2, 3, 2, 2],
      [0, 0, 1, 1, 0, 1],
      [-1, -1, -1, -1, -1, -1],
    ],
    [
      [0, 3],
      [0, 1],
      [0, 2],
    ],
    [
      [600, 700],
      [10, 20],
      [500, 600],
    ],
  ])('%j from %j, size %j', async (shape, begin, size) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) => t.slice(filled(t, shape, dtype), begin, size));
    }
  });

  test('refuses what leaves the tensor', () =>
    onNative(() => {
      expect(() => tf.slice(tf.ones([3]), [1], [3])).toThrow(/\[Slice\] begin, size/);
      expect(() => tf.slice(tf.ones([3]), [-2], [1])).toThrow(/\[Slice\] begin: slice/);
      expect(() => tf.slice(tf.ones([3]), [4], [-1])).toThrow(/\[Slice\] begin, size/);
      expect(() => tf.slice(tf.ones([3]), [0, 0], [1, 1])).toThrow(/\[Slice\] begin, size/);
      expect(() => tf.slice(tf.ones([3]), [0.5], [1])).toThrow(/\[Slice\] begin: expected whole/);
    }));
});

describe('StridedSlice', () => {
  const none = { begin: 0, end: 0, ellipsis: 0, newAxis: 0, shrink: 0 };
  test.each([
    [[10], [1], [8], [3], none],
    [[10], [8], [1], [-3], none],
    [[10], [-1], [-11], [-1], none],
    [[10], [-3], [20], [1], none],
    [[10], [3], [3], [1], none],
    [[10], [0], [0], [-1], { ...none, begin: 1, end: 1 }],
    [[4, 5], [1, 1], [3, 5], [2, 2], none],
    [[4, 5], [1], [3], [1], none],
    [[4, 5], [0, 4], [4, 0], [1, -2], { ...none, begin: 1 }],
    [[4, 5, 6], [1, 2, 3], [2, 3, 4], [1, 1, 1], { ...none, shrink: 5 }],
    [[4, 5, 6], [-1, 0, 1], [0, 0, 5], [1, 1, 1], { ...none, shrink: 1, end: 2 }],
    [[4, 5, 6], [0, 0, 2], [0, 0, 5], [1, 1, 1], { ...none, ellipsis: 2, shrink: 1 }],
    [[4, 5, 6], [0, 2], [0, 5], [1, 1], { ...none, ellipsis: 1 }],
    [[4, 5, 6], [0, 1, 0], [0, 3, 0], [1, 1, 1], { ...none, newAxis: 5 }],
    [[4, 5, 6], [0, 0, 0, 1], [0, 0, 0, 4], [1, 1, 1, 2], { ...none, ellipsis: 1, newAxis: 4 }],
    [[4, 5, 6], [0, 0, 0], [0, 0, 0], [1, 1, 1], { ...none, ellipsis: 2, newAxis: 1, shrink: 4 }],
    [[2, 3, 4, 5], [0, 2, 0, 4], [2, 0, 4, 0], [1, -1, 3, -2], none],
    [[0, 4], [0, 1], [0, 3], [1, 1], none],
    [[3, 0], [0, 0], [3, 0], [2, 1], none],
    [[700, 600], [1, 599], [700, 0], [2, -3], none],
    [[16], [0], [4], [1], { ...none, shrink: 1 }],
  ])('%j [%j:%j:%j] %j', async (shape, begin, end, strides, masks) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) =>
        t.stridedSlice(
          filled(t, shape, dtype),
          begin,
          end,
          strides,
          masks.begin,
          masks.end,
          masks.ellipsis,
          masks.newAxis,
          masks.shrink,
        ),
      );
    }
  });

  test('without strides', () =>
    expectSameAsCpu((t) => t.stridedSlice(random(t, [4, 5]), [1, 0], [3, 2])));

  test('an axis that vanishes beside a step of two', () =>
    expectSameAsCpu((t) =>
      t.stridedSlice(random(t, [4, 5, 6]), [-1, 0, 1], [0, 0, 5], [1, 1, 2], 0, 2, 0, 0, 1),
    ));

  test('a range that runs the wrong way is empty', () =>
    onNative(() => {
      const result = tf.stridedSlice(tf.ones([5, 2]), [3], [1], [1]);
      expect(result.shape).toEqual([0, 2]);
      expect(result.dataSync()).toHaveLength(0);
    }));

  test('refuses bad indices', () =>
    onNative(() => {
      const x = tf.ones([3, 4]);
      expect(() => tf.stridedSlice(x, [3], [4], [1], 0, 0, 0, 0, 1)).toThrow(
        /\[StridedSlice\] begin: index 3 leaves dimension 0 of extent 3/,
      );
      expect(() => tf.stridedSlice(x, [0], [1], [0])).toThrow(/\[StridedSlice\] strides/);
      expect(() => tf.stridedSlice(x, [0], [1], [-1], 0, 0, 0, 0, 1)).toThrow(/\[StridedSlice\]/);
      expect(() => tf.stridedSlice(x, [0, 0, 0], [1, 1, 1], [1, 1, 1])).toThrow(/\[StridedSlice\]/);
      expect(() => tf.stridedSlice(x, [0, 0], [1, 1], [1, 1], 0, 0, 3)).toThrow(/one ellipsis/);
    }));
});

describe('Reverse', () => {
  test.each([
    [[], undefined],
    [[7], [0]],
    [[3, 4], undefined],
    [[3, 4], [-1]],
    [
      [2, 3, 4],
      [0, 2],
    ],
    [
      [2, 3, 4, 5],
      [1, 3],
    ],
    [
      [2, 3],
      [0, 0],
    ],
    [[2, 3], []],
    [[0, 3], [1]],
    [
      [300, 400],
      [0, 1],
    ],
    [[2, 500, 300], [1]],
    // Too much for small caches.
    [[530, 501], [1]],
  ])('%j along %j', async (shape, dims) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) => t.reverse(filled(t, shape, dtype), dims));
    }
  });

  test('lines of any length', () =>
    expectSameAsCpu((t) =>
      Array.from({ length: 40 }, (_, i) => i + 1).flatMap((length) => [
        ...['float32', 'bool'].map((dtype) => t.reverse(filled(t, [3, length], dtype), [1])),
        t.reverse(filled(t, [3, length, 2], 'float32'), [1]),
      ]),
    ));
});

test.each([NaN, 1e19, -Infinity])('a mask of %p is refused', async (ellipsisMask) => {
  await tf.setBackend('onednn');
  const call = () =>
    tf.engine().runKernel(
      'StridedSlice',
      { x: tf.ones([2, 3]) },
      {
        begin: [0, 0],
        end: [1, 1],
        strides: [1, 1],
        beginMask: 0,
        endMask: 0,
        ellipsisMask,
        newAxisMask: 0,
        shrinkAxisMask: 0,
      },
    );
  expect(() => tf.tidy(call)).toThrow('[StridedSlice] ellipsisMask: expected a 32-bit integer');
});
