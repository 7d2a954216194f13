'use strict';

const { expectSameAsCpu, random, tf } = require('./oracle');

const shapes = [
  [[1], 0],
  [[9], 0],
  [[0], 0],
  [[3, 5], 0],
  [[3, 5], 1],
  [[2, 3, 4], 1],
  [[2, 3, 4], 2],
  [[2, 0, 4], 1],
  [[0, 3, 4], 1],
  [[5, 130], 0],
  [[4, 9000], 0],
  [[40, 900], 1],
  [[11, 37], 1],
  [[12, 4], 1],
  [[13, 3], 1],
  [[2, 2, 515], 2],
  // Too much for small caches, in rows that begin anywhere.
  [[27, 10007], 1],
];

describe.each(['cumsum', 'cumprod'])('%s', (op) => {
  describe.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('exclusive %p, reverse %p', (exclusive, reverse) => {
    test.each(shapes)('%j over %j', (shape, axis) =>
      expectSameAsCpu(
        (tf) => {
          const integers = Int32Array.from(random(tf, shape).dataSync(), (x) => x * 1e9);
          const flags = Array.from(random(tf, shape).dataSync(), (x) => x > -0.9);
          return [
            tf[op](random(tf, shape), axis, exclusive, reverse),
            tf[op](tf.tensor(integers, shape, 'int32'), axis, exclusive, reverse),
            tf[op](tf.tensor(flags, shape, 'bool'), axis, exclusive, reverse),
          ];
        },
        { tolerance: 0 },
      ),
    );
  });

  test('axis -1 is the last', () => expectSameAsCpu((tf) => tf[op](random(tf, [2, 3, 4]), -1)));

  test('special values', () =>
    expectSameAsCpu((tf) => {
      const values = [1, Infinity, 2, NaN, 3, -Infinity, 0, -0];
      return [tf[op](tf.tensor1d(values), 0), tf[op](tf.tile(tf.tensor2d([values]), [9, 3]), 1)];
    }));

  test('rejects axes that do not exist', async () => {
    await tf.setBackend('onednn');
    expect(() => tf[op](tf.tensor1d([1, 2]), 1)).toThrow(/axis/);
  });
});
