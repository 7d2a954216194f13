'use strict';

// Tensors of the calls, as plain descriptions that both backends make their own tensors of.

/**
 * @typedef {object} TensorSpec
 * @property {number[]} shape
 * @property {'float32' | 'int32' | 'bool' | 'complex64'} dtype
 * @property {Float32Array | Int32Array | Uint8Array} values Of complex64 all real parts, then all
 *     imaginary ones.
 */

/** @typedef {import('./random').Random} Random */

const SPECIAL_FLOATS = [
  NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -0.5, 1.5, -2.5, 1e-42, -1e-42, 1e-38, 3e38, -3e38,
  1e10, -1e10, 16777216, 2147483648, -2147483648, 88.9, -104, 6, 7,
]; // prettier-ignore

const SPECIAL_INTS = [
  0, 1, -1, 2, -2, 7, 255, 256, 65535, -65536, 16777217, 2147483647, -2147483648,
];

/**
 * How values are drawn. Kinds for sums stay within a range in which the order of the additions
 * makes no difference that counts.
 * @type {Record<string, (random: Random) => () => number>}
 */
const FLOATS = {
  unit: (random) => () => random.between(-1, 1),
  positive: (random) => () => random.between(0.1, 2),
  few: (random) => () => random.int(-3, 3),
  scaled: (random) => {
    const scale = 10 ** random.between(-12, 12);
    return () => random.between(-scale, scale);
  },
  wide: (random) => () => random.pick([-1, 1]) * 10 ** random.between(-12, 12),
  special: (random) => () => random.pick(SPECIAL_FLOATS),
  huge: (random) => () => random.between(-1, 1) * 1e30,
  zeros: () => () => 0,
  holes: (random) => () =>
    random.chance(0.03) ? random.pick([NaN, Infinity, -Infinity]) : random.between(-4, 4),
};
/** Kinds of operators that add up values. */
const SUMMABLE = ['unit', 'unit', 'few', 'scaled', 'holes'];
const ANY = ['unit', 'few', 'wide', 'special', 'special', 'holes'];

/** @type {Record<string, (random: Random) => () => number>} */
const INTS = {
  signs: (random) => () => random.pick([-1, 1, 1, 1, 1, 1, 2, -1, 1, 1]),
  tiny: (random) => () => random.int(-6, 6),
  small: (random) => () => random.int(-20, 20),
  positive: (random) => () => random.int(1, 20),
  medium: (random) => () => random.int(-30000, 30000),
  special: (random) => () => random.pick(SPECIAL_INTS),
};

/** @param {number[]} shape */
const sizeOf = (shape) => shape.reduce((count, extent) => count * extent, 1);

/** @param {Random} random @param {number} count @param {string | string[]} kinds */
function floats(random, count, kinds) {
  const draw = FLOATS[typeof kinds === 'string' ? kinds : random.pick(kinds)](random);
  return Float32Array.from({ length: count }, draw);
}

/**
 * @param {Random} random @param {number[]} shape @param {TensorSpec['dtype']} dtype
 * @param {{floats?: string | string[], ints?: string | string[]}} [kinds] How to draw values.
 * @returns {TensorSpec}
 */
function tensor(random, shape, dtype = 'float32', kinds = {}) {
  const count = sizeOf(shape);
  const floatKinds = kinds.floats ?? ANY;
  if (dtype === 'float32') return { shape, dtype, values: floats(random, count, floatKinds) };
  if (dtype === 'complex64') return { shape, dtype, values: floats(random, 2 * count, floatKinds) };
  if (dtype === 'bool') {
    const share = random.pick([0.5, 0.5, 0.02, 0.98]);
    return {
      shape,
      dtype,
      values: Uint8Array.from({ length: count }, () => +random.chance(share)),
    };
  }
  const intKinds = kinds.ints ?? ['small', 'medium', 'special'];
  const draw = INTS[typeof intKinds === 'string' ? intKinds : random.pick(intKinds)](random);
  return { shape, dtype, values: Int32Array.from({ length: count }, draw) };
}

/** For sums and products. @param {Random} random @param {number[]} shape @param {any} [dtype] */
const summable = (random, shape, dtype = 'float32') =>
  tensor(random, shape, dtype, { floats: SUMMABLE, ints: 'small' });

/** Likewise, without NaN and infinities. @param {Random} random @param {number[]} shape */
const finite = (random, shape, dtype = /** @type {any} */ ('float32')) =>
  tensor(random, shape, dtype, { floats: ['unit', 'few', 'scaled'], ints: 'small' });

/**
 * Whole numbers in [low, high], as int32.
 * @param {Random} random @param {number[]} shape @param {number} low @param {number} high
 * @returns {TensorSpec}
 */
function integers(random, shape, low, high) {
  const values = Int32Array.from({ length: sizeOf(shape) }, () => random.int(low, high));
  return { shape, dtype: 'int32', values };
}

/** The largest finite magnitude. @param {TensorSpec} spec */
function magnitudeOf({ values }) {
  let most = 0;
  for (const value of values) {
    const magnitude = Math.abs(value);
    if (magnitude > most && magnitude < Infinity) most = magnitude;
  }
  return most;
}

/** A tensor on the current backend. @param {any} tf @param {TensorSpec} spec */
function makeTensor(tf, { shape, dtype, values }) {
  if (dtype !== 'complex64') return tf.tensor(values, shape, dtype);
  const half = values.length / 2;
  const part = (/** @type {number} */ at) =>
    tf.tensor(values.subarray(at, at + half), shape, 'float32');
  return tf.complex(part(0), part(half));
}

module.exports = {
  tensor,
  summable,
  finite,
  integers,
  magnitudeOf,
  makeTensor,
  sizeOf,
  ANY,
  SUMMABLE,
};
