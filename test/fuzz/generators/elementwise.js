'use strict';

const { tensor, sizeOf } = require('../tensors');

/** @typedef {import('../random').Random} Random */
/** @typedef {import('./index').Generator} Generator */

const REAL = /** @type {const} */ (['float32', 'float32', 'float32', 'int32', 'bool']);
const COMPLEX = /** @type {const} */ ([...REAL, 'complex64']);

/**
 * Drops leading extents of a shape and sets others to 1, so that it broadcasts to it.
 * @param {Random} random @param {number[]} shape
 */
function stretchable(random, shape) {
  if (random.chance(0.3)) return shape;
  const kept = shape.slice(random.chance(0.5) ? random.int(0, shape.length) : 0);
  return kept.map((extent) => (random.chance(0.3) ? 1 : extent));
}

/** Two shapes that broadcast with one another. @param {Random} random */
function broadcastable(random) {
  const shape = random.shape();
  const whole = random.chance(0.5) ? shape : stretchable(random, shape);
  return random.shuffled([whole, stretchable(random, shape)]);
}

/**
 * @param {readonly any[]} dtypes @param {object} [kinds] See tensor().
 * @returns {Generator}
 */
const binary =
  (dtypes, kinds = {}) =>
  (random) => {
    const dtype = random.pick(dtypes);
    const [a, b] = broadcastable(random);
    const inputs = { a: tensor(random, a, dtype, kinds), b: tensor(random, b, dtype, kinds) };
    // One tensor on both sides.
    if (random.chance(0.05)) inputs.b = inputs.a;
    return { inputs, attrs: {} };
  };

/**
 * @param {readonly any[]} dtypes @param {(random: Random) => object} [attrs]
 * @param {object} [kinds] See tensor().
 * @returns {Generator}
 */
const unary =
  (dtypes, attrs = () => ({}), kinds = {}) =>
  (random) => ({
    inputs: { x: tensor(random, random.shape(), random.pick(dtypes), kinds) },
    attrs: attrs(random),
  });

/** tfjs multiplies integers in double precision: beyond 2^53 it is not exact. */
const exactProducts = { ints: ['small', 'medium'] };

/** @type {Record<string, Generator>} */
const generators = {
  Add: binary(COMPLEX),
  Sub: binary(COMPLEX),
  // Not special: products of complex infinities depend on how they are written down.
  Multiply: (random) =>
    binary(COMPLEX, {
      ...exactProducts,
      floats: ['unit', 'few', 'holes'],
    })(random),
  RealDiv: binary(REAL),
  Mod: binary(REAL),
  // Powers beyond 2^53 depend on who rounds them.
  Pow: binary(REAL, { ints: 'tiny' }),
  Maximum: binary(REAL),
  Minimum: binary(REAL),
  SquaredDifference: binary(REAL, exactProducts),
  Atan2: binary(REAL),
  FloorDiv: binary(REAL),
  BitwiseAnd: binary(['int32']),
  LogicalAnd: binary(['bool']),
  LogicalOr: binary(['bool']),
  LogicalXor: binary(['bool']),
  LogicalNot: unary(['bool']),
  Complex: (random) => {
    const shape = random.shape();
    const part = () => tensor(random, shape, 'float32');
    return { inputs: { real: part(), imag: part() }, attrs: {}, scale: 'exact' };
  },
  ComplexAbs: unary(['complex64']),
  ClipByValue: unary(REAL, (random) => {
    const low = random.pick([-Infinity, -2.5, -1, 0, 0.25]);
    return { clipValueMin: low, clipValueMax: low + random.pick([0, 0.5, 1, 3, Infinity]) };
  }),
  LeakyRelu: unary(REAL, (random) => ({ alpha: random.pick([0, 0.1, 0.2, 1, 2, -0.5, NaN]) })),
  Step: unary(REAL, (random) => ({ alpha: random.pick([0, 0.5, -2, 3]) })),
  Prelu: (random) => {
    const x = random.shape();
    const inputs = {
      x: tensor(random, x, random.pick(REAL)),
      alpha: tensor(random, stretchable(random, x), random.pick(REAL)),
    };
    return { inputs, attrs: {} };
  },
  EluGrad: (random) => {
    const shape = random.shape();
    const inputs = { dy: tensor(random, shape), y: tensor(random, shape) };
    return { inputs, attrs: {} };
  },
  Select: (random) => {
    const shape = random.shape();
    const [t, e] = random.chance(0.7)
      ? random.list(2, () => random.pick(REAL)).fill(random.pick(REAL))
      : random.list(2, () => random.pick(REAL));
    const whole = random.chance(0.6) || shape.length === 0;
    return {
      inputs: {
        condition: tensor(random, whole ? shape : random.pick([[], [shape[0]]]), 'bool'),
        t: tensor(random, shape, t),
        e: tensor(random, shape, e),
      },
      attrs: {},
      scale: 'exact',
    };
  },
  AddN: (random) => {
    const shape = random.shape();
    const dtype = random.pick(REAL);
    const kinds = { floats: ['unit', 'few', 'holes'] };
    const inputs = random.list(random.int(1, 6), () => tensor(random, shape, dtype, kinds));
    return { inputs, attrs: {} };
  },
  Cast: unary(COMPLEX, (random) => ({ dtype: random.pick(COMPLEX) })),
  Identity: unary(COMPLEX),
  Reshape: (random) => {
    const x = tensor(random, random.shape(), random.pick(REAL));
    const count = sizeOf(x.shape);
    const shapes = [[count], [1, count, 1], [...x.shape].reverse(), [...x.shape, 1]];
    return { inputs: { x }, attrs: { shape: random.pick(shapes) }, scale: 'exact' };
  },
  ExpandDims: (random) => {
    const input = tensor(random, random.shape({ max: 5 }), random.pick(REAL));
    const rank = input.shape.length;
    return { inputs: { input }, attrs: { dim: random.int(-rank - 1, rank) }, scale: 'exact' };
  },
};

for (const op of ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual']) {
  generators[op] = binary(REAL, { floats: ['few', 'special', 'unit'], ints: ['small', 'special'] });
}
for (const op of ['Real', 'Imag']) {
  generators[op] = (random) => ({
    inputs: { input: tensor(random, random.shape(), 'complex64') },
    attrs: {},
    scale: 'exact',
  });
}
// prettier-ignore
const unaries = [
  'Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Ceil', 'Cos', 'Cosh', 'Elu', 'Erf',
  'Exp', 'Expm1', 'Floor', 'IsFinite', 'IsInf', 'IsNan', 'Log', 'Log1p', 'Neg', 'Reciprocal',
  'Relu', 'Relu6', 'Round', 'Rsqrt', 'Selu', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softplus', 'Sqrt',
  'Square', 'Tan', 'Tanh',
];
const GROWING = ['Cosh', 'Exp', 'Expm1', 'Sinh', 'Tan'];
// Integers go through float32 here and through double precision in tfjs, so that one is truncated
// to 0 where the other has got to -1.
for (const op of unaries) {
  // What leaves their range wraps, or has no digit in common.
  const kinds = GROWING.includes(op) ? { ints: 'small' } : {};
  generators[op] = (random) => ({ ...unary(REAL, undefined, kinds)(random), slack: 1 });
}
for (const op of ['ZerosLike', 'OnesLike']) generators[op] = unary(COMPLEX);

module.exports = { generators, stretchable, REAL };
