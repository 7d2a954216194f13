'use strict';

const { tensor, sizeOf } = require('../tensors');

/** @typedef {import('../random').Random} Random */
/** @typedef {import('../draft').Generator} Generator */
/** @typedef {import('../draft').Draft} Draft */

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
    const inputs = broadcastable(random).map((shape) => tensor(random, shape, dtype, kinds));
    // One tensor on both sides.
    if (random.chance(0.05)) inputs[1] = inputs[0];
    return { inputs };
  };

/**
 * @param {readonly any[]} dtypes
 * @param {(random: Random, op: import('../operators').Operator) => Draft['attrs']} [attrs]
 * @param {object} [kinds] See tensor().
 * @returns {Generator}
 */
const unary =
  (dtypes, attrs = () => ({}), kinds = {}) =>
  (random, op) => ({
    inputs: [tensor(random, random.shape(), random.pick(dtypes), kinds)],
    attrs: attrs(random, op),
  });

/**
 * A function of real numbers.
 * @param {object} [kinds] See tensor(). @returns {Generator}
 */
const real = (kinds) => (random, op) => ({
  ...unary(REAL, undefined, kinds)(random, op),
  // Integers go through float32 here and through double precision in tfjs, so that one is truncated
  // to 0 where the other has got to -1.
  slack: 1,
});

/** Of integers that are not small it wraps, or has no digit in common. */
const growing = real({ ints: 'small' });

const comparison = binary(REAL, { floats: ['few', 'special', 'unit'], ints: ['small', 'special'] });

/** One of the parts of complex numbers. @type {Generator} */
const part = (random) => ({
  inputs: [tensor(random, random.shape(), 'complex64')],
  scale: 'exact',
});

/** tfjs multiplies integers in double precision: beyond 2^53 it is not exact. */
const exactProducts = { ints: ['small', 'medium'] };

/** @type {Record<string, Generator>} */
const generators = {
  Add: binary(COMPLEX),
  Sub: binary(COMPLEX),
  // Not special: products of complex infinities depend on how they are written down.
  Multiply: binary(COMPLEX, { ...exactProducts, floats: ['unit', 'few', 'holes'] }),
  // Powers beyond 2^53 depend on who rounds them.
  Pow: binary(REAL, { ints: 'tiny' }),
  SquaredDifference: binary(REAL, exactProducts),
  BitwiseAnd: binary(['int32']),
  Equal: comparison,
  NotEqual: comparison,
  Greater: comparison,
  GreaterEqual: comparison,
  Less: comparison,
  LessEqual: comparison,
  LogicalAnd: binary(['bool']),
  LogicalOr: binary(['bool']),
  LogicalXor: binary(['bool']),
  LogicalNot: unary(['bool']),
  Cosh: growing,
  Exp: growing,
  Expm1: growing,
  Sinh: growing,
  Tan: growing,
  Complex: (random) => {
    const shape = random.shape();
    return { inputs: random.list(2, () => tensor(random, shape, 'float32')), scale: 'exact' };
  },
  ComplexAbs: unary(['complex64']),
  Real: part,
  Imag: part,
  ClipByValue: unary(REAL, (random) => {
    const low = random.pick([-Infinity, -2.5, -1, 0, 0.25]);
    return { clipValueMin: low, clipValueMax: low + random.pick([0, 0.5, 1, 3, Infinity]) };
  }),
  LeakyRelu: unary(REAL, (random) => ({ alpha: random.pick([0, 0.1, 0.2, 1, 2, -0.5, NaN]) })),
  Step: unary(REAL, (random) => ({ alpha: random.pick([0, 0.5, -2, 3]) })),
  Prelu: (random) => {
    const x = random.shape();
    const shapes = [x, stretchable(random, x)];
    return { inputs: shapes.map((shape) => tensor(random, shape, random.pick(REAL))) };
  },
  EluGrad: (random) => {
    const shape = random.shape();
    return { inputs: random.list(2, () => tensor(random, shape)) };
  },
  Select: (random) => {
    const shape = random.shape();
    const dtypes = random.chance(0.7)
      ? random.list(2, () => random.pick(REAL)).fill(random.pick(REAL))
      : random.list(2, () => random.pick(REAL));
    const whole = random.chance(0.6) || shape.length === 0;
    const condition = tensor(random, whole ? shape : random.pick([[], [shape[0]]]), 'bool');
    const sides = dtypes.map((dtype) => tensor(random, shape, dtype));
    return { inputs: [condition, ...sides], scale: 'exact' };
  },
  AddN: (random) => {
    const shape = random.shape();
    const dtype = random.pick(REAL);
    const kinds = { floats: ['unit', 'few', 'holes'] };
    return { inputs: random.list(random.int(1, 6), () => tensor(random, shape, dtype, kinds)) };
  },
  Cast: unary(COMPLEX, (random, op) => ({ [op.attrOf('dtype')]: random.pick(COMPLEX) })),
  Identity: unary(COMPLEX),
  ZerosLike: unary(COMPLEX),
  OnesLike: unary(COMPLEX),
  Reshape: (random) => {
    const x = tensor(random, random.shape(), random.pick(REAL));
    const count = sizeOf(x.shape);
    const shapes = [[count], [1, count, 1], [...x.shape].reverse(), [...x.shape, 1]];
    return { inputs: [x], attrs: { shape: random.pick(shapes) }, scale: 'exact' };
  },
  ExpandDims: (random) => {
    const input = tensor(random, random.shape({ max: 5 }), random.pick(REAL));
    const rank = input.shape.length;
    return { inputs: [input], attrs: { dim: random.int(-rank - 1, rank) }, scale: 'exact' };
  },
};

module.exports = { generators, real, binary, stretchable, REAL };
