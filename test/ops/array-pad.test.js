'use strict';

const { tf, expectSameAsCpu, random } = require('./oracle');
const { filled, pairs, onNative } = require('./array-support');

const dtypes = ['float32', 'int32', 'bool'];

describe('PadV2', () => {
  test.each([
    [[3], [1, 2], 0],
    [[3], [0, 0], 0],
    [[2, 3], [1, 0, 0, 2], 0],
    [[2, 3], [0, 0, 2, 1], 1],
    [[1, 4, 5, 3], [0, 0, 1, 1, 2, 2, 0, 0], 0],
    [[2, 4, 5, 3], [0, 0, 1, 1, 0, 1, 0, 0], 1],
    [[2, 4, 5, 3], [1, 0, 0, 0, 0, 0, 0, 4], 0],
    [[2, 3, 4], [0, 0, 0, 0, 2, 3], 1],
    [[2, 1, 3, 2, 2, 2], [1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1], 1],
    [[0, 3], [1, 1, 0, 1], 1],
    [[2, 0], [0, 0, 0, 2], 1],
    [[2, 0], [1, 1, 0, 0], 1],
    [[1, 200, 210, 5], [0, 0, 3, 3, 3, 3, 0, 0], 0],
  ])('%j by %j with %f', async (shape, paddings, constant) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) => t.pad(filled(t, shape, dtype), pairs(paddings), constant));
    }
  });

  test('constants of all kinds', () =>
    expectSameAsCpu((t) => [
      ...[-1.5, NaN, Infinity].map((value) =>
        t.pad(
          random(t, [2, 3]),
          [
            [1, 0],
            [0, 1],
          ],
          value,
        ),
      ),
      ...[-1.5, 3e9, 7].map((value) =>
        t.pad(
          filled(t, [2, 3], 'int32'),
          [
            [1, 0],
            [0, 1],
          ],
          value,
        ),
      ),
    ]));

  test.each([
    [[5], [-2, 0], 0],
    [[5], [0, -2], 0],
    [[5], [-2, -3], 0],
    [[5], [-1, 3], 1],
    [[5], [4, -2], 1],
    [[5], [-7, 4], 1],
    [[5], [4, -7], 1],
    [[4, 3], [-1, 0, 0, -1], 0],
    [[4, 3], [2, -3, 1, -2], 1],
    [[4, 3], [-4, 0, 0, 0], 0],
    [[4, 3], [-2, -2, 0, 2], 1],
    [[4, 3], [0, 0, 0, -3], 1],
    [[4, 3, 2], [-1, -2, 0, -1, 0, 0], 0],
  ])('%j cut by %j with %f', async (shape, paddings, constant) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) => t.pad(filled(t, shape, dtype), pairs(paddings), constant));
    }
  });

  test.each([
    [
      [4, 5],
      [0, 0, -2, 0],
    ],
    [
      [4, 5],
      [1, -2, -1, 3],
    ],
    [
      [4, 5],
      [-1, 0, -3, 1],
    ],
    [
      [3, 4, 5],
      [0, 0, -1, -1, 0, 0],
    ],
    [
      [3, 4, 5],
      [-1, 2, -2, 3, -3, -1],
    ],
    [
      [3, 4, 5],
      [0, -3, 7, -2, 1, 1],
    ],
    [
      [60, 50, 40],
      [-3, 5, 2, -1, 0, -7],
    ],
  ])('%j cut by %j', async (shape, paddings) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) => t.pad(filled(t, shape, dtype), pairs(paddings), 1));
    }
  });

  test('refuses to cut more than there is, and other ranks', () =>
    onNative(() => {
      expect(() => tf.pad(tf.ones([3]), [[-4, 0]])).toThrow(
        /\[PadV2\] paddings: expected to cut at most 3 values off dimension 0, got \[-4,0\]/,
      );
      expect(() => tf.pad(tf.ones([3, 2]), pairs([0, 0, -2, -1]))).toThrow(/off dimension 1/);
      expect(() => tf.pad(tf.ones([3]), [[1.5, 0]])).toThrow(/\[PadV2\] paddings/);
      expect(() => tf.pad(tf.ones([3]), pairs([1, 0, 0, 0]))).toThrow(/\[PadV2\] paddings/);
    }));

  test('the sums of huge paddings of both signs fit', () =>
    onNative(() => {
      const huge = 2 ** 52;
      const result = tf.pad(tf.ones([3, 1000]), pairs([-huge, huge, 0, 0]), 7);
      expect(Array.from(result.dataSync())).toEqual(new Array(3000).fill(7));
    }));
});

describe('MirrorPad', () => {
  test.each([
    [[3], [2, 1]],
    [
      [4, 3],
      [1, 2, 0, 2],
    ],
    [
      [4, 3],
      [3, 0, 0, 0],
    ],
    [
      [2, 3, 4],
      [1, 1, 0, 0, 2, 1],
    ],
    [
      [2, 4, 5, 3],
      [0, 0, 2, 1, 1, 3, 0, 0],
    ],
    [
      [2, 150, 160, 7],
      [0, 0, 20, 20, 20, 20, 0, 0],
    ],
  ])('%j by %j', async (shape, paddings) => {
    for (const dtype of dtypes) {
      for (const mode of ['reflect', 'symmetric']) {
        await expectSameAsCpu((t) => t.mirrorPad(filled(t, shape, dtype), pairs(paddings), mode));
      }
    }
  });

  test('an empty tensor', () =>
    expectSameAsCpu((t) => t.mirrorPad(t.zeros([0, 3]), pairs([0, 0, 1, 2]), 'symmetric')));

  test('the kernel refuses too much', () =>
    onNative(() => {
      const mirror = (/** @type {any} */ attrs) =>
        tf.engine().runKernel('MirrorPad', { x: tf.ones([3]) }, attrs);
      expect(() => mirror({ paddings: [[3, 0]], mode: 'reflect' })).toThrow(
        /\[MirrorPad\] paddings: expected at most 2/,
      );
      expect(() => mirror({ paddings: [[4, 0]], mode: 'symmetric' })).toThrow(/\[MirrorPad\]/);
      expect(() => mirror({ paddings: [[-1, 0]], mode: 'reflect' })).toThrow(
        /\[MirrorPad\] paddings: expected no negative value/,
      );
      expect(() => mirror({ paddings: [[1, 0]], mode: 'wrap' })).toThrow(/\[MirrorPad\] mode/);
    }));
});
