'use strict';

const { expectSameAsCpu, random, tf } = require('./oracle');

// [shape, filter, strides, pad, dimRoundingMode?]
const cases = [
  [[1, 4, 4, 1], 2, 2, 'valid'],
  [[2, 7, 5, 3], [3, 2], [2, 1], 'same'],
  [[2, 7, 5, 3], [3, 2], [2, 3], 'valid'],
  [[1, 8, 8, 4], 3, 2, 'same'],
  [[1, 9, 9, 6], 3, 2, 1],
  [[1, 9, 10, 7], 3, 2, 1, 'floor'],
  [[1, 9, 10, 7], 3, 2, 1, 'round'],
  [[1, 9, 10, 7], 3, 2, 1, 'ceil'],
  [
    [1, 5, 6, 20],
    [2, 3],
    1,
    [
      [0, 0],
      [1, 0],
      [0, 2],
      [0, 0],
    ],
  ],
  [
    [1, 5, 6, 20],
    [2, 3],
    [2, 2],
    [
      [0, 0],
      [1, 2],
      [2, 1],
      [0, 0],
    ],
    'ceil',
  ],
  [[1, 3, 3, 2], 5, 1, 'same'],
  [[1, 3, 3, 2], 2, 1, 3],
  [[1, 7, 7, 131], 7, 1, 'valid'],
  [[3, 1, 1, 5], 1, 1, 'same'],
  [[1, 5, 5, 3], 1, 2, 'same'],
  [[1, 5, 5, 3], 1, 1, 1],
  [[0, 4, 4, 2], 2, 2, 'valid'],
  [[1, 4, 4, 0], 2, 2, 'valid'],
  [[1, 0, 4, 2], 2, 2, 'same'],
  [[2, 56, 56, 48], 3, 2, 'same'],
  // Too much for small caches, and as many channels as vectors of every width leave some of.
  [[2, 29, 31, 175], [3, 2], [2, 3], 'same'],
];

describe.each(['MaxPool', 'AvgPool'])('%s', (kernel) => {
  /** @param {any} tf @param {any} x @param {any[]} rest */
  const pool = (tf, x, [filterSize, strides, pad, dimRoundingMode]) =>
    tf.engine().runKernel(kernel, { x }, { filterSize, strides, pad, dimRoundingMode });

  test.each(cases)('float32 %j filter %j strides %j pad %j %s', (shape, ...rest) =>
    expectSameAsCpu((tf) => pool(tf, random(tf, shape), rest), { tolerance: 1e-6 }),
  );

  test.each(cases)('int32 %j filter %j strides %j pad %j %s', (shape, ...rest) =>
    expectSameAsCpu((tf) => {
      const values = Int32Array.from(random(tf, shape).dataSync(), (x) => x * 50);
      return pool(tf, tf.tensor(values, shape, 'int32'), rest);
    }),
  );

  test.each([1, 2, 3])('special values, filter %i', (filter) =>
    expectSameAsCpu((tf) => {
      const values = [NaN, NaN, 1, -Infinity, -Infinity, 2, NaN, 3, Infinity];
      const infinite = tf.tensor(new Array(180).fill(-Infinity), [1, 3, 3, 20]);
      return [
        pool(tf, tf.tensor(values, [1, 3, 3, 1]), [filter, 1, 'valid']),
        pool(tf, tf.tensor(values, [1, 9, 1, 1]), [[filter, 1], 1, 'same']),
        pool(tf, infinite, [filter, 1, 'valid']),
      ];
    }),
  );

  test('rejects what it cannot compute', async () => {
    await tf.setBackend('onednn');
    const run = (shape, attrs) => () =>
      tf
        .engine()
        .runKernel(
          kernel,
          { x: random(tf, shape) },
          { filterSize: 2, strides: 1, pad: 'valid', ...attrs },
        );
    expect(run([3, 3], {})).toThrow(/x: expected rank 4, got shape \[3,3\]/);
    expect(run([1, 3, 3, 1], { filterSize: 0 })).toThrow(/filterSize: expected positive values/);
    expect(run([1, 3, 3, 1], { strides: 0 })).toThrow(/strides: expected positive values/);
    expect(run([1, 3, 3, 1], { pad: 'full' })).toThrow(/pad: expected/);
  });
});

test('maxPool and avgPool of one image', () =>
  expectSameAsCpu((tf) => [
    tf.maxPool(random(tf, [6, 5, 9]), 3, 2, 'same'),
    tf.avgPool(random(tf, [6, 5, 9]), 3, 2, 'same'),
  ]));

test('maxPool of bool', () =>
  expectSameAsCpu((tf) => {
    const values = Array.from(random(tf, [1, 5, 5, 3]).dataSync(), (x) => x > 0.5);
    return tf.maxPool(tf.tensor(values, [1, 5, 5, 3], 'bool'), 2, 1, 'same');
  }));
