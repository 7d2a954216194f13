'use strict';

const { tf, expectSameAsCpu, random, values } = require('./oracle');

const shapes = [[[]], [[0]], [[3]], [[2, 3, 0]], [[2, 3, 5, 7]], [[70001]]];

const special = [
  NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 6, 6.5, 1e-42, -1e-42,
  1e-30, 3e38, -3e38, 88.7, 89.3, -88, -103.5, 1e10, -1e10, 16777216, 2147483648,
]; // prettier-ignore

/** What each operator takes besides x. @type {Record<string, any[]>} */
const parameters = { leakyRelu: [0.3], step: [-0.75], clipByValue: [-0.4, 0.7] };

// tf's functions that also take int32 and bool.
const anyDtype = [
  'abs',
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atanh',
  'exp',
  'expm1',
  'isFinite',
  'isInf',
  'isNaN',
  'leakyRelu',
  'log1p',
  'neg',
  'onesLike',
  'reciprocal',
  'relu',
  'relu6',
  'round',
  'selu',
  'sign',
  'sinh',
  'softplus',
  'square',
  'step',
  'clipByValue',
  'zerosLike',
];
const onlyFloat = [
  'ceil',
  'cos',
  'cosh',
  'elu',
  'erf',
  'floor',
  'log',
  'rsqrt',
  'sigmoid',
  'sin',
  'sqrt',
  'tan',
  'tanh',
];

// Where tfjs's own approximation is the coarser one.
const tolerances = /** @type {Record<string, number>} */ ({ erf: 3e-7 });

describe.each([...anyDtype, ...onlyFloat])('%s', (op) => {
  const more = parameters[op] ?? [];
  const tolerance = tolerances[op] ?? 2e-6;

  test.each(shapes)('shape %j', (shape) =>
    expectSameAsCpu((tf) => tf[op](random(tf, shape).mul(0.999), ...more), { tolerance }),
  );

  test('a wide range', () =>
    expectSameAsCpu((tf) => tf[op](tf.tensor1d(values(3001, -60, 60)), ...more), { tolerance }));

  test('NaN, infinities, zeros, denormals', () =>
    expectSameAsCpu((tf) => tf[op](tf.tensor1d(special), ...more), { tolerance }));
});

describe.each(anyDtype)('%s of integers', (op) => {
  const more = parameters[op] ?? [];
  const list = [-2147483648, -65537, -7, -2, -1, 0, 1, 2, 3, 7, 20, 65537, 16777217, 2147483520];

  test('int32', () => expectSameAsCpu((tf) => tf[op](tf.tensor1d(list, 'int32'), ...more)));

  test('bool', () => expectSameAsCpu((tf) => tf[op](tf.tensor1d([0, 1, 1], 'bool'), ...more)));
});

test('integers stay exact beyond 2^24', async () => {
  await tf.setBackend('onednn');
  const x = tf.tensor1d([-16777217, 16777219], 'int32');
  expect(Array.from(await tf.abs(x).data())).toEqual([16777217, 16777219]);
  expect(Array.from(await tf.square(tf.tensor1d([46339], 'int32')).data())).toEqual([2147302921]);
});

test('elu and softplus of large integers', () =>
  expectSameAsCpu((tf) => {
    const x = tf.tensor1d([2147483647, 16777217, -2147483648, -1, 0, 90], 'int32');
    return ['Elu', 'Softplus'].map((op) => tf.engine().runKernel(op, { x }));
  }));

test('elu and sigmoid of integers, whose fraction is cut off', () =>
  expectSameAsCpu((tf) => {
    const x = tf.tensor1d([-60, -38, -37, -20, -1, 0, 1, 17, 36, 37, 60], 'int32');
    return ['Elu', 'Sigmoid'].map((op) => tf.engine().runKernel(op, { x }));
  }));

describe('round', () => {
  test('halves to even', () =>
    expectSameAsCpu((tf) => tf.round(tf.tensor1d([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.4999998]))));
});

describe('sin, cos, tan', () => {
  test.each(['sin', 'cos', 'tan'])('%s of large arguments', (op) =>
    expectSameAsCpu((tf) =>
      tf[op](tf.tensor1d([...values(2000, -1e6, 1e6), ...values(600, -1e30, 1e30, 3), 3e38])),
    ),
  );
});

describe('clipByValue', () => {
  test('bounds that are not whole, int32', () =>
    expectSameAsCpu((tf) => tf.clipByValue(tf.tensor1d([-5, 0, 1, 2, 9], 'int32'), -1.5, 1.5)));

  test('one-sided', () =>
    expectSameAsCpu((tf) => tf.clipByValue(random(tf, [40]), -Infinity, 0.25)));
});

describe('logicalNot', () => {
  test.each(shapes)('%j', (shape) =>
    expectSameAsCpu((tf) => tf.logicalNot(random(tf, shape).greater(0))),
  );
});

describe('complex64', () => {
  const complex = (/** @type {any} */ tf, /** @type {number[]} */ shape) =>
    tf.complex(random(tf, shape, 1), random(tf, shape, 2));

  test.each([[[]], [[0]], [[3, 5]], [[70001]]])('real, imag, abs %j', (shape) =>
    expectSameAsCpu((tf) => {
      const x = complex(tf, shape);
      return [tf.real(x), tf.imag(x), tf.abs(x)];
    }),
  );

  test('parts that are int32', () =>
    expectSameAsCpu((tf) => {
      const x = tf.complex(tf.tensor1d([1, 2], 'int32'), tf.tensor1d([3, -4], 'int32'));
      return [tf.real(x), tf.imag(x)];
    }));

  test('abs of infinities, NaN and what overflows in float32', () =>
    expectSameAsCpu((tf) =>
      tf.abs(tf.complex([Infinity, NaN, 3e38, 1e-30, 3], [NaN, 1, 3e38, 1e-30, 4])),
    ));

  test('zerosLike and onesLike', () =>
    expectSameAsCpu((tf) => [tf.zerosLike(complex(tf, [2, 3])), tf.onesLike(complex(tf, [2, 3]))]));

  test('other operators refuse it', async () => {
    await tf.setBackend('onednn');
    expect(() => tf.tidy(() => tf.exp(tf.complex([1], [1])))).toThrow(
      '[Exp] x: expected float32, int32 or bool, got complex64',
    );
  });
});
