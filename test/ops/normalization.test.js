'use strict';

const { expectSameAsCpu, random, tf, values } = require('./oracle');

/** Variances are positive. @param {any} tf @param {number[]} shape */
function positive(tf, shape) {
  return tf.tensor(values(tf.util.sizeFromShape(shape), 0.1, 2, 9), shape);
}

// [shape of x, shape of each parameter]
const cases = [
  [[2, 3, 4, 5], [5]],
  [[1, 14, 14, 96], [96]],
  [[2, 3], [3]],
  [[4], [4]],
  [[4], [1]],
  [[], [1]],
  [[3, 5, 7], [7]],
  [
    [2, 3, 4, 5],
    [2, 3, 4, 5],
  ],
  [
    [2, 3, 4, 5],
    [1, 1, 1, 5],
  ],
  [
    [2, 3, 4, 5],
    [4, 5],
  ],
  [[2, 3, 5, 7], [3]],
  [[0, 3, 4, 5], [5]],
  [[1, 200, 200, 3], [3]],
];

describe('batchNorm', () => {
  test.each(cases)('%j with %j', (shape, parameter) =>
    expectSameAsCpu((tf) => {
      const x = random(tf, shape);
      const mean = random(tf, parameter, 2);
      const variance = positive(tf, parameter);
      const offset = random(tf, parameter, 3);
      const scale = random(tf, parameter, 4);
      return [
        tf.batchNorm(x, mean, variance, offset, scale, 0.01),
        tf.batchNorm(x, mean, variance, undefined, scale),
        tf.batchNorm(x, mean, variance, offset),
        tf.batchNorm(x, mean, variance),
      ];
    }),
  );

  test('parameters of different lengths repeat', () =>
    expectSameAsCpu((tf) =>
      tf.batchNorm(
        random(tf, [5, 2, 3, 7]),
        random(tf, [3], 2),
        positive(tf, [7]),
        random(tf, [1], 3),
        random(tf, [2], 4),
      ),
    ));

  test('a mean far from zero', () =>
    expectSameAsCpu((tf) =>
      tf.batchNorm(
        tf.tensor2d([10000, 10001, 10002, 9999], [2, 2]),
        tf.tensor1d([10000, 10001]),
        tf.tensor1d([1e-4, 1e-6]),
        null,
        null,
        1e-8,
      ),
    ));

  test('NaN and negative variances', () =>
    expectSameAsCpu((tf) =>
      tf.batchNorm(
        tf.tensor2d([NaN, 1, 2, Infinity, 3, 4], [2, 3]),
        tf.tensor1d([0, NaN, 1]),
        tf.tensor1d([1, 1, -5]),
      ),
    ));

  test('int32 parameters', () =>
    expectSameAsCpu((tf) =>
      tf.batchNorm(
        random(tf, [2, 3]),
        tf.tensor1d([1, 2, 3], 'int32'),
        tf.tensor1d([4, 5, 6], 'int32'),
      ),
    ));

  test('rejects parameters that do not fit', async () => {
    await tf.setBackend('onednn');
    const run = (inputs) => () =>
      tf
        .engine()
        .runKernel(
          'FusedBatchNorm',
          { x: random(tf, [2, 3]), mean: random(tf, [3]), variance: random(tf, [3]), ...inputs },
          { varianceEpsilon: 0.1 },
        );
    expect(run({ variance: random(tf, [1, 3]) })).toThrow(
      /variance: expected the rank of mean \(1\), got shape \[1,3\]/,
    );
    expect(run({ scale: random(tf, [0]) })).toThrow(/scale: expected values/);
    expect(run({ mean: undefined })).toThrow(/mean: expected a tensor/);
  });
});
