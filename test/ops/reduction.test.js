'use strict';

const { expectSameAsCpu, random, tf } = require('./oracle');

const cases = [
  { shape: [], axis: undefined },
  { shape: [], axis: [] },
  { shape: [7], axis: 0 },
  { shape: [7], axis: [] },
  { shape: [1, 1, 1], axis: [1] },
  { shape: [3, 5], axis: 0 },
  { shape: [3, 5], axis: -1 },
  { shape: [3, 5], axis: [1, 0] },
  { shape: [2, 3, 4, 5], axis: [0, 2] },
  { shape: [2, 3, 4, 5], axis: [1, 3] },
  { shape: [2, 3, 4, 5], axis: [-2, 0] },
  { shape: [2, 3, 2, 3, 2, 3], axis: [0, 2, 4] },
  { shape: [2, 3, 2, 3, 2, 3], axis: [1, 3, 5] },
  { shape: [2, 7, 7, 83], axis: [1, 2] },
  { shape: [1, 7, 7, 1030], axis: [1, 2] },
  { shape: [5, 1001], axis: 1 },
  { shape: [21, 9], axis: 1 },
  { shape: [0], axis: 0 },
  { shape: [0, 3], axis: 0 },
  { shape: [3, 0], axis: 1 },
  { shape: [3, 0], axis: 0 },
  { shape: [0, 3], axis: 1 },
];

// Large enough for several threads, along outputs or along what is reduced.
const largeCases = [
  { shape: [300, 401], axis: 0 },
  { shape: [200000], axis: 0 },
  { shape: [3, 50000], axis: [0, 1] },
  { shape: [50000, 3], axis: 0 },
  { shape: [2, 40000, 3], axis: 1 },
  { shape: [2, 3, 30000], axis: [0, 2] },
  // More columns than are folded at a time, and numbers of rows with every remainder.
  { shape: [37, 5003], axis: 0 },
  { shape: [2, 23, 2, 4100], axis: [1, 2] },
];

/** @param {any} tf @param {number[]} shape @param {number} bound */
function booleans(tf, shape, bound) {
  const values = Array.from(random(tf, shape).dataSync(), (x) => x > bound);
  return tf.tensor(values, shape, 'bool');
}

/** @param {any} tf @param {number} count @param {number} value @param {string} dtype */
function filled(tf, count, value, dtype = 'float32') {
  return tf.tensor1d(new Array(count).fill(value), dtype);
}

describe.each(['sum', 'mean', 'prod', 'max', 'min'])('%s', (op) => {
  test.each(cases)('float32 %j', ({ shape, axis }) =>
    expectSameAsCpu((tf) => tf[op](random(tf, shape), axis), { tolerance: 1e-6 }),
  );

  test.each(cases)('int32 %j', ({ shape, axis }) =>
    expectSameAsCpu((tf) => {
      const values = Int32Array.from(random(tf, shape).dataSync(), (x) => x * 50);
      return tf[op](tf.tensor(values, shape, 'int32'), axis, true);
    }),
  );

  test('keepDims', () => expectSameAsCpu((tf) => tf[op](random(tf, [2, 3, 4]), [2, 0], true)));

  test('rejects complex numbers or averages their real parts', async () => {
    await tf.setBackend('cpu');
    const x = tf.complex([1, 2, 6], [3, 4, 5]);
    await tf.setBackend('onednn');
    if (op === 'mean') {
      expect(Array.from(tf.mean(x).dataSync())).toEqual([3]);
    } else {
      expect(() => tf[op](x)).toThrow(/x: expected float32, int32 or bool, got complex64/);
    }
  });

  test('rejects axes that do not exist', async () => {
    await tf.setBackend('onednn');
    expect(() => tf[op](tf.zeros([2, 3]), 2)).toThrow();
    expect(() => tf[op](tf.zeros([2, 3]), [0, -2])).toThrow(/named twice/);
  });
});

test.each(largeCases)('large tensors %j', ({ shape, axis }) =>
  expectSameAsCpu(
    (tf) => {
      const x = random(tf, shape);
      const integers = tf.tensor(
        x.dataSync().map((value) => value * 50),
        shape,
        'int32',
      );
      return [
        tf.sum(x, axis),
        tf.max(x, axis),
        tf.prod(tf.tensor(x.dataSync().map(Math.sign), shape), axis),
        tf.sum(integers, axis),
        tf.any(booleans(tf, shape, 0.99), axis),
      ];
    },
    { tolerance: 1e-6 },
  ),
);

describe.each(['sum', 'mean', 'max', 'min'])('%s of special values', (op) => {
  const values = [NaN, 1, -Infinity, Infinity, 3, NaN, 0, -0, 5];
  test.each(values.map((_, i) => i))('starting at %i', (start) =>
    expectSameAsCpu((tf) => {
      const row = values.slice(start);
      const long = Array.from({ length: 100 }, (_, i) => (i === 40 ? values[start] : i));
      return [
        tf[op](tf.tensor1d(row)),
        tf[op](tf.tensor1d(long)),
        tf[op](tf.tensor2d(long, [10, 10]), 0),
        tf[op](tf.tensor2d(long, [2, 50]), 0),
      ];
    }),
  );
});

describe.each(['max', 'min'])('%s where the quick way and the exact one meet', (op) => {
  test.each([
    [[3, 3001], 1],
    [[53, 421], 0],
    [[2, 17, 33], 1],
  ])('%j over %j', (shape, axis) =>
    expectSameAsCpu((tf) => {
      const values = random(tf, shape).dataSync();
      const some = (/** @type {number[]} */ ...special) =>
        tf[op](
          tf.tensor(
            values.map((x, i) => special[(i * 7919) % 1999] ?? x),
            shape,
          ),
          axis,
        );
      return [
        some(),
        some(NaN),
        some(-Infinity, Infinity),
        some(3e38, -3e38),
        some(NaN, -Infinity, Infinity, 3e38),
      ];
    }),
  );
});

describe.each(['sum', 'mean', 'prod', 'max', 'min'])('%s of bool', (op) => {
  test.each([
    [[100], 0],
    [[3, 100], 0],
    [[3, 100], 1],
    [[0], 0],
  ])('%j over %j', (shape, axis) =>
    expectSameAsCpu((tf) =>
      tf
        .engine()
        .runKernel(
          op[0].toUpperCase() + op.slice(1),
          { x: booleans(tf, shape, -0.9) },
          { [op === 'max' ? 'reductionIndices' : 'axis']: axis, keepDims: false },
        ),
    ),
  );
});

describe.each(['all', 'any'])('%s', (op) => {
  test.each(cases)('%j', ({ shape, axis }) =>
    expectSameAsCpu((tf) => tf[op](booleans(tf, shape, op === 'all' ? -0.9 : 0.9), axis)),
  );

  test('rejects numbers', async () => {
    await tf.setBackend('onednn');
    const kernel = op === 'all' ? 'All' : 'Any';
    const inputs = { x: tf.tensor1d([1, 2]) };
    expect(() => tf.engine().runKernel(kernel, inputs, { axis: 0 })).toThrow(
      /x: expected bool, got float32/,
    );
  });
});

test('int32 sums wrap', () =>
  expectSameAsCpu((tf) => tf.sum(filled(tf, 2500, 2147483647, 'int32'))));

test('int32 products are rounded before they wrap', () =>
  expectSameAsCpu((tf) =>
    tf.prod(
      tf.tensor2d(
        [
          [65537, 65539, 77],
          [-3, 7, 11],
          [2147483647, 2147483646, 3],
        ],
        [3, 3],
        'int32',
      ),
      1,
    ),
  ));

test('a float32 sum of many equal values is exact to the last bit', () =>
  expectSameAsCpu((tf) => tf.sum(filled(tf, 1000003, 0.1)), { tolerance: 1e-7 }));

test('a mean does not overflow', () => expectSameAsCpu((tf) => tf.mean(filled(tf, 1000, 3e38))));

describe('products', () => {
  /** @param {number[]} factors They repeat. @param {number} count @param {string=} dtype */
  const product = (factors, count, dtype) =>
    expectSameAsCpu(
      (tf) => {
        const values = Array.from({ length: count }, (_, i) => factors[i % factors.length]);
        return [tf.prod(tf.tensor1d(values, dtype)), tf.prod(tf.tensor2d(values, [1, count]), 1)];
      },
      { tolerance: 1e-6 },
    );

  test.each([
    ['that leave the range and come back', [...Array(40).fill(1e30), ...Array(40).fill(1e-30)]],
    ['that vanish and come back', [...Array(40).fill(1e-30), ...Array(40).fill(1e30)]],
    ['that stay in it', [3, 0.25, -1.5, 1.1, 0.9, -0.7]],
    ['with a 0', [...Array(299).fill(1.5), 0]],
    ['with a NaN', [...Array(299).fill(1.01), NaN]],
    ['with a 0 behind what is too large', [...Array(100).fill(1e30), 0, ...Array(100).fill(2)]],
    ['with a 0 in front of what is too large', [0, ...Array(100).fill(-1e30), 3]],
    ['that vanish, with an infinity', [...Array(100).fill(1e-30), Infinity]],
    ['with a 0 and an infinity', [...Array(150).fill(1), 0, ...Array(149).fill(2), Infinity]],
  ])('of factors %s', (_, factors) => product(factors, 777));

  test('of many integers', async () => {
    await product([1, -1, 2, 1], 120, 'int32');
    // Beyond 2^53 every step rounds, before the last one wraps.
    await product([3, 7, -5, 11], 60, 'int32');
    await product([7, 0, 3], 900, 'int32');
  });
});
