'use strict';

const { tf, expectSameAsCpu, random, values } = require('./oracle');

// Scalars, rows, columns, both stretched, squeeze-and-excitation, short rows of one operand again
// and again, and sizes that several threads share, in even and uneven parts.
const shapes = [
  [[], []],
  [[3], []],
  [[], [3]],
  [[1], [1, 1]],
  [[0], [1]],
  [
    [2, 0, 3],
    [1, 3],
  ],
  [
    [2, 3, 4],
    [3, 1],
  ],
  [
    [2, 1, 5],
    [1, 7, 1],
  ],
  [
    [2, 5, 3, 19],
    [2, 1, 1, 19],
  ],
  [[2, 5, 7, 3], [3]],
  [[3], [2, 50, 7, 3]],
  [
    [3, 41, 5],
    [3, 1, 5],
  ],
  [
    [2, 1, 3, 1, 5],
    [1, 4, 1, 2, 5],
  ],
  [[70001], [70001]],
  [[], [70001]],
  [[3, 30011], [30011]],
  [
    [30011, 3],
    [1, 3],
  ],
  [
    [30011, 3],
    [30011, 1],
  ],
  [
    [2, 300, 7, 33],
    [2, 1, 1, 33],
  ],
];

const special = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 2.5, -2.5, 3e38, -3e38, 1e-42, 7, -3, 0.5];

/** All pairs of the special values. @param {any} tf */
function specialPairs(tf) {
  const column = tf.tensor2d(special, [special.length, 1]);
  return [column, tf.tensor1d(special)];
}

/** @param {any} tf @param {number[]} list @param {number[]} [shape] */
const int32 = (tf, list, shape) => tf.tensor(list, shape, 'int32');
const extremes = [2147483647, -2147483648, -1, 0, 1, 7, -7, 65537, 3];
// Products of these are exact in double precision, where tfjs computes them.
const moderate = [1073741824, -94906265, -1, 0, 1, 7, -7, 65537, 3];

const arithmetic = [
  'add',
  'sub',
  'mul',
  'div',
  'floorDiv',
  'mod',
  'pow',
  'maximum',
  'minimum',
  'squaredDifference',
  'atan2',
];
const comparisons = ['equal', 'notEqual', 'greater', 'greaterEqual', 'less', 'lessEqual'];

describe.each([...arithmetic, ...comparisons, 'prelu'])('%s', (op) => {
  test.each(shapes)('%j with %j', (a, b) =>
    expectSameAsCpu((tf) => tf[op](random(tf, a, 1), random(tf, b, 2))),
  );

  test('NaN, infinities, zeros', () => expectSameAsCpu((tf) => tf[op](...specialPairs(tf))));

  test('int32', () => {
    const list = ['mul', 'squaredDifference'].includes(op) ? moderate : extremes;
    return expectSameAsCpu((tf) =>
      tf[op](int32(tf, list, [list.length, 1]), int32(tf, list.slice(0, 8), [8])),
    );
  });

  test('bool', () =>
    expectSameAsCpu((tf) =>
      tf[op](tf.tensor([0, 1, 1, 0], [4], 'bool'), tf.tensor([1, 0], [2, 1], 'bool')),
    ));

  test('complex64 is refused where tfjs refuses it', () => {
    if (['add', 'sub', 'mul'].includes(op)) return;
    tf.tidy(() => {
      const x = tf.complex([1], [2]);
      expect(() => tf[op](x, x)).toThrow(/complex64|Complex64|not supported/);
    });
  });
});

describe.each(['add', 'sub', 'mul'])('%s of complex64', (op) => {
  /** @param {any} tf @param {[any, any]} x Real and imaginary part. @param {[any, any]} y */
  function parts(tf, [xr, xi], [yr, yi]) {
    const z = tf[op](tf.complex(xr, xi), tf.complex(yr, yi));
    return [tf.real(z), tf.imag(z)];
  }

  test.each([
    [[], []],
    [[3], [3]],
    [[0], []],
    [[2, 3], []],
    [[2, 3], [3]],
    [
      [2, 1],
      [1, 40],
    ],
    [[57, 3], [3]],
    [[70001], [70001]],
  ])('%j with %j', (a, b) =>
    expectSameAsCpu((tf) =>
      parts(tf, [random(tf, a, 1), random(tf, a, 2)], [random(tf, b, 3), random(tf, b, 4)]),
    ),
  );

  test('with float32', () =>
    expectSameAsCpu((tf) => {
      const z = tf[op](tf.complex([1, 2], [3, 4]), tf.tensor1d([5, 6]));
      return [tf.real(z), tf.imag(z)];
    }));
});

describe.each(['logicalAnd', 'logicalOr', 'logicalXor'])('%s', (op) => {
  test.each([
    [[], []],
    [[0], [0]],
    [
      [4, 1],
      [1, 5],
    ],
    [[70001], [70001]],
  ])('%j with %j', (a, b) =>
    expectSameAsCpu((tf) => tf[op](random(tf, a, 1).greater(0), random(tf, b, 2).greater(0.3))),
  );
});

test('LogicalXor is a kernel of its own', async () => {
  await tf.setBackend('onednn');
  const bits = (/** @type {number[]} */ list) => tf.tensor1d(list, 'bool');
  const z = tf.engine().runKernel('LogicalXor', { a: bits([0, 0, 1, 1]), b: bits([0, 1, 0, 1]) });
  expect(Array.from(await z.data())).toEqual([0, 1, 1, 0]);
});

describe('bitwiseAnd', () => {
  test('int32', () =>
    expectSameAsCpu((tf) =>
      tf.bitwiseAnd(int32(tf, extremes), int32(tf, extremes.slice().reverse())),
    ));

  test('broadcasts', () =>
    expectSameAsCpu((tf) =>
      tf
        .engine()
        .runKernel('BitwiseAnd', { a: int32(tf, [1, 2, 3], [3, 1]), b: int32(tf, [3, 6]) }),
    ));
});

describe('pow', () => {
  test('large and small results keep their relative precision', () =>
    expectSameAsCpu(
      (tf) => tf.pow(tf.tensor1d(values(5000, 0.001, 1000)), tf.tensor1d(values(5000, -9, 9, 7))),
      { tolerance: 1e-6 },
    ));

  test('whole exponents of negative bases', () =>
    expectSameAsCpu((tf) =>
      tf.pow(tf.tensor2d([-2, -1.5, -0.25, -7], [4, 1]), tf.tensor1d([-3, -2, 0, 1, 2, 3, 10, 11])),
    ));
});

describe('mod', () => {
  test('large quotients', () =>
    expectSameAsCpu((tf) => tf.mod(tf.tensor1d([3e30, -3e30, 1e20, 16777216]), tf.scalar(7.25))));

  test('quotients near whole numbers', () =>
    expectSameAsCpu((tf) => {
      const b = tf.tensor1d(values(4000, 0.1, 3));
      return tf.mod(b.mul(tf.tensor1d(values(4000, -1000, 1000, 5)).round()), b);
    }));
});

describe('prelu', () => {
  test('int32 operands give float32', () =>
    expectSameAsCpu((tf) => tf.prelu(int32(tf, [-4, 3, -2]), tf.tensor1d([0.25, 0.5, 0.125]))));
});

describe('eluGrad', () => {
  test.each(['float32', 'int32'])('%s', (dtype) =>
    expectSameAsCpu((tf) =>
      tf.engine().runKernel('EluGrad', {
        dy: random(tf, [3, 5], 1),
        y: random(tf, [3, 5], 2).mul(3).cast(dtype),
      }),
    ),
  );

  test('does not broadcast', async () => {
    await tf.setBackend('onednn');
    const call = () => tf.engine().runKernel('EluGrad', { dy: tf.zeros([2]), y: tf.zeros([3]) });
    expect(call).toThrow('[EluGrad] dy: expected the shape of y, [3], got [2]');
  });
});

describe('addN', () => {
  test.each([[[]], [[0]], [[3, 5]], [[70001]]])('%j', (shape) =>
    expectSameAsCpu((tf) => tf.addN([1, 2, 3, 4].map((seed) => random(tf, shape, seed)))),
  );

  test('one tensor', () => expectSameAsCpu((tf) => tf.addN([random(tf, [3])])));

  test('int32 wraps', () =>
    expectSameAsCpu((tf) => tf.addN([int32(tf, extremes), int32(tf, extremes)])));

  test('bool', () =>
    expectSameAsCpu((tf) => {
      const x = tf.tensor1d([1, 0, 1], 'bool');
      return tf.addN([x, x, x]);
    }));
});

describe('errors', () => {
  beforeAll(() => tf.setBackend('onednn'));
  const run = (/** @type {string} */ op, /** @type {any} */ inputs) => () =>
    tf.tidy(() => tf.engine().runKernel(op, inputs()));

  test('shapes that do not broadcast', () => {
    expect(() => tf.add(tf.zeros([2]), tf.zeros([3]))).toThrow(/\[Add\].*\[2\].*\[3\]/);
  });

  test('dtypes that differ', () => {
    expect(run('Add', () => ({ a: tf.scalar(1), b: tf.scalar(1, 'int32') }))).toThrow(
      '[Add] b: expected the dtype of a (float32), got int32',
    );
  });

  test('operands of another type', () => {
    expect(run('LogicalAnd', () => ({ a: tf.scalar(1), b: tf.scalar(true) }))).toThrow(
      '[LogicalAnd] a: expected bool, got float32',
    );
    expect(run('Real', () => ({ input: tf.scalar(1) }))).toThrow(
      '[Real] input: expected complex64, got float32',
    );
  });
});
