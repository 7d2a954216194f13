'use strict';

const { expectSameAsCpu, random, tf } = require('./oracle');

describe.each(['argMax', 'argMin'])('%s', (op) => {
  test.each([
    [[1], 0],
    [[9], 0],
    [[3, 5], 0],
    [[3, 5], -1],
    [[2, 3, 4], 1],
    [[2, 300, 4], 1],
    [[300, 5], 0],
    [[7, 400], 0],
    [[3, 1001], 1],
    [[1, 224, 3], 2],
    [[0, 3], 0],
    [[0, 3], 1],
    [[3, 0], 1],
  ])('%j over %j', (shape, axis) =>
    expectSameAsCpu((tf) => {
      const integers = Int32Array.from(random(tf, shape).dataSync(), (x) => x * 20);
      const flags = Array.from(integers, (x) => x > 0);
      return [
        tf[op](random(tf, shape), axis),
        tf[op](tf.tensor(integers, shape, 'int32'), axis),
        tf[op](tf.tensor(flags, shape, 'bool'), axis),
      ];
    }),
  );

  test.each([0, 1, 17, 40, 63])('a NaN at %i', (at) =>
    expectSameAsCpu((tf) => {
      const values = Array.from({ length: 64 }, (_, i) => (i === at ? NaN : (i * 37) % 11));
      return [
        tf[op](tf.tensor1d(values), 0),
        tf[op](tf.tensor2d(values, [8, 8]), 0),
        tf[op](tf.tensor2d(values, [2, 32]), 1),
      ];
    }),
  );

  // Rows longer than are looked at together, and columns of more rows than that.
  test.each([
    [[2, 9001], 1],
    [[9, 4096], 1],
    [[41, 4133], 0],
    [[2, 57, 129], 1],
  ])('%j over %j, with repetitions, NaN and infinities', (shape, axis) =>
    expectSameAsCpu((tf) => {
      const plain = Float32Array.from(random(tf, shape).dataSync(), (x) => Math.round(x * 100));
      const special = plain.map(
        (x, i) => [x, x, x, NaN, -Infinity, Infinity][(i * 7919) % 997] ?? x,
      );
      const noNumbers = plain.map((_, i) => (i % 3 === 0 ? -Infinity : NaN));
      return [
        tf[op](tf.tensor(plain, shape), axis),
        tf[op](tf.tensor(special, shape), axis),
        tf[op](tf.tensor(noNumbers, shape), axis),
        tf[op](tf.tensor(Int32Array.from(plain), shape, 'int32'), axis),
      ];
    }),
  );

  test('infinities', () =>
    expectSameAsCpu((tf) => [
      tf[op](tf.tensor1d(new Array(40).fill(Infinity)), 0),
      tf[op](tf.tensor1d(new Array(40).fill(-Infinity)), 0),
    ]));

  test('rejects what it cannot compute', async () => {
    await tf.setBackend('onednn');
    expect(() => tf[op](tf.zeros([2, 3]), 2)).toThrow(/axis/);
    const kernel = op[0].toUpperCase() + op.slice(1);
    const run = (axis) => () => tf.engine().runKernel(kernel, { x: random(tf, [2, 3]) }, { axis });
    expect(run([0, 1])).toThrow(/axis: expected one dimension of \[2,3\], got 2/);
  });
});
