'use strict';

const { tf, expectSameAsCpu, random, values } = require('./oracle');

/** @param {any} t @param {number[]} shape @param {number} [seed] */
const integers = (t, shape, seed = 1) =>
  t.tensor(Int32Array.from(values(t.util.sizeFromShape(shape), -50, 50, seed)), shape, 'int32');

const transposes = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
];

/** @param {number[]} shape @param {boolean} transpose */
const stored = (shape, transpose) =>
  transpose ? [...shape.slice(0, -2), shape[shape.length - 1], shape[shape.length - 2]] : shape;

/** Shapes of a and b before transposing. */
const products = [
  [
    [3, 4],
    [4, 5],
  ],
  [
    [1, 1],
    [1, 1],
  ],
  [
    [1, 300],
    [300, 70],
  ],
  [
    [65, 130],
    [130, 33],
  ],
  [
    [50, 3],
    [3, 1],
  ],
  [
    [0, 3],
    [3, 4],
  ],
  [
    [2, 0],
    [0, 4],
  ],
  [
    [2, 3],
    [3, 0],
  ],
  [
    [5, 3, 4],
    [5, 4, 2],
  ],
  [
    [5, 3, 4],
    [1, 4, 2],
  ],
  [
    [1, 3, 4],
    [5, 4, 2],
  ],
  [
    [0, 3, 4],
    [0, 4, 2],
  ],
  [
    [2, 3, 4, 5],
    [2, 3, 5, 6],
  ],
  [
    [2, 3, 4, 5],
    [3, 5, 6],
  ],
  [
    [7, 4, 5],
    [5, 6],
  ],
  [
    [4, 5],
    [7, 5, 6],
  ],
  [
    [1, 8, 20, 16],
    [1, 8, 16, 20],
  ],
];

describe('matMul', () => {
  const cases = products.flatMap(([a, b]) => transposes.map(([ta, tb]) => [a, b, ta, tb]));

  test.each(cases)('%j with %j, transposed %j %j', (a, b, ta, tb) =>
    expectSameAsCpu((t) => t.matMul(random(t, stored(a, ta)), random(t, stored(b, tb), 2), ta, tb)),
  );

  test.each(cases)('int32 %j with %j, transposed %j %j', (a, b, ta, tb) =>
    expectSameAsCpu((t) =>
      t.matMul(integers(t, stored(a, ta)), integers(t, stored(b, tb), 2), ta, tb),
    ),
  );

  test('int32 wraps', () =>
    expectSameAsCpu((t) =>
      t.matMul(
        t.tensor2d([[70000, 3]], undefined, 'int32'),
        t.tensor2d([[70000], [-1]], undefined, 'int32'),
      ),
    ));

  test('bool', () =>
    expectSameAsCpu((t) =>
      t.matMul(
        t.tensor2d([[1, 0, 1]], undefined, 'bool'),
        t.tensor2d([[1], [1], [1]], undefined, 'bool'),
      ),
    ));

  test('a weight is used again', () =>
    expectSameAsCpu((t) => {
      const b = random(t, [90, 80], 2);
      return [1, 2, 3, 3, 2].map((rows) => t.matMul(random(t, [rows, 90], rows), b));
    }));

  test('a weight is used again, in both orientations', () =>
    expectSameAsCpu((t) => {
      const b = random(t, [80, 80], 2);
      return [true, false, true, false, true].map((tb) =>
        t.matMul(random(t, [3, 80]), b, false, tb),
      );
    }));

  test('NaN and infinity stay in their rows', () =>
    expectSameAsCpu((t) =>
      t.matMul(
        t.tensor2d([
          [1, NaN],
          [2, 3],
          [Infinity, 1],
        ]),
        t.tensor2d([
          [1, 2],
          [3, 0],
        ]),
      ),
    ));

  test('batches that broadcast crosswise', () =>
    expectSameAsCpu((tf) => tf.matMul(random(tf, [2, 1, 3, 4]), random(tf, [1, 3, 4, 2], 2))));

  test('what does not fit is refused by name', async () => {
    await tf.setBackend('onednn');
    tf.tidy(() => {
      expect(() => tf.matMul(tf.ones([2, 3]), tf.ones([4, 5]))).toThrow(/BatchMatMul.*inner/);
      expect(() => tf.matMul(tf.ones([3]), tf.ones([3, 5]))).toThrow(/a: expected rank 2/);
      expect(() => tf.matMul(tf.ones([2, 2, 3]), tf.ones([3, 3, 5]))).toThrow(/BatchMatMul/);
    });
  });
});

const activations = ['linear', 'relu', 'relu6', 'elu', 'prelu', 'leakyrelu', 'sigmoid'];

describe('fused matMul', () => {
  const shapes = [
    [
      [7, 20],
      [20, 33],
    ],
    [
      [3, 7, 20],
      [3, 20, 33],
    ],
    [
      [3, 7, 20],
      [20, 33],
    ],
    [
      [7, 0],
      [0, 33],
    ],
    [
      [100, 80],
      [80, 90],
    ],
  ];
  const cases = shapes.flatMap(([a, b]) => activations.map((activation) => [activation, a, b]));

  test.each(cases)('%s %j with %j', (activation, a, b) =>
    expectSameAsCpu((t) => {
      const bias = random(t, [b[b.length - 1]], 3);
      const preluActivationWeights = activation === 'prelu' ? random(t, bias.shape, 4) : undefined;
      const y = random(t, b, 2);
      return [1, 2].map((seed) =>
        t.fused.matMul({ a: random(t, a, seed), b: y, bias, activation, preluActivationWeights }),
      );
    }),
  );

  test.each([[[]], [[1]], [[1, 6]], [[5, 1]], [[5, 6]]])('bias and prelu weights %j', (shape) =>
    expectSameAsCpu((t) =>
      t.fused.matMul({
        a: random(t, [5, 4]),
        b: random(t, [4, 6]),
        bias: random(t, shape, 3),
        activation: 'prelu',
        preluActivationWeights: random(t, shape, 4),
      }),
    ),
  );

  test.each(activations)('int32, %s', (activation) =>
    expectSameAsCpu((t) =>
      t.fused.matMul({
        a: integers(t, [3, 5]),
        b: integers(t, [5, 9]),
        bias: integers(t, [9], 3),
        activation,
        preluActivationWeights: activation === 'prelu' ? random(t, [9], 4) : undefined,
      }),
    ),
  );
});
