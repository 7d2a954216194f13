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

  test('refuses negative paddings and other ranks', () =>
    onNative(() => {
      expect(() => tf.pad(tf.ones([3]), [[-1, 0]])).toThrow(/\[PadV2\] paddings/);
      expect(() =>
        tf.pad(tf.ones([3]), [
          [1, 0],
          [0, 0],
        ]),
      ).toThrow(/\[PadV2\] paddings/);
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
      expect(() => mirror({ paddings: [[1, 0]], mode: 'wrap' })).toThrow(/\[MirrorPad\] mode/);
    }));
});
