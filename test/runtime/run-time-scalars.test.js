'use strict';

// Attributes that change from call to call are planned once.

const tf = require('../..');

const calls = 1000;

/** How many plans a thousand calls of `f` make beyond those of the first. */
function plansOf(f) {
  f(0).dispose();
  const before = tf.native.memory().plans;
  for (let i = 1; i <= calls; i++) f(i).dispose();
  return tf.native.memory().plans - before;
}

const image = tf.randomUniform([1, 8, 8, 3]);
const matrix = tf.range(0, 4000).reshape([1000, 4]);

test.each([
  ['fill', (i) => tf.fill([2, 3], i)],
  ['clipByValue', (i) => tf.clipByValue(matrix, -i - 1, i + 1)],
  ['leakyRelu', (i) => tf.leakyRelu(matrix, i / calls)],
  ['slice along rows', (i) => matrix.slice([i % 990, 0], [5, 4])],
  ['slice along columns', (i) => matrix.slice([i % 990, 1], [5, 2])],
  ['stridedSlice', (i) => matrix.stridedSlice([i % 900, 0], [(i % 900) + 20, 4], [2, 1])],
  ['rotateWithOffset', (i) => tf.image.rotateWithOffset(image, i / 100, i % 255, [0.5, i / calls])],
  [
    'pad',
    (i) =>
      tf.pad(
        matrix,
        [
          [1, 1],
          [0, 0],
        ],
        i,
      ),
  ],
  ['range', (i) => tf.range(i, i + 5)],
  ['multinomial', (i) => tf.multinomial(matrix.slice([0, 0], [5, 4]), 3, i + 1)],
  ['linspace', (i) => tf.linspace(i, 2 * i + 1, 7)],
])('%s', (name, f) => {
  expect(plansOf(f)).toBe(0);
});

test('values are those of the call', () => {
  for (const i of [3, -7, 0.5, NaN, Infinity]) {
    expect(tf.fill([2], i).arraySync()).toEqual([i, i]);
  }
  expect(tf.fill([2], 7, 'int32').arraySync()).toEqual([7, 7]);
  expect(tf.range(5, 8).arraySync()).toEqual([5, 6, 7]);
  expect(tf.range(1, 4).arraySync()).toEqual([1, 2, 3]);
  expect(matrix.stridedSlice([-2, 1], [0, 3], [1, 1], 0, 1).arraySync()).toEqual([
    [3993, 3994],
    [3997, 3998],
  ]);
});
