'use strict';

// Inputs of the kernels that are timed: descriptions, and the tensors that every contender makes of
// them, with the same values.

/**
 * @typedef {object} TensorSpec
 * @property {number[]} shape
 * @property {'float32' | 'int32' | 'bool' | 'complex64'} dtype
 * @property {(size: number) => Float32Array | Int32Array | Uint8Array} values Of complex64 its real
 *     and imaginary parts in turn.
 * @property {'float32'} [castTo] What tf.cast() makes of it.
 */

/** @param {number[]} shape */
const sizeOf = (shape) => shape.reduce((count, extent) => count * extent, 1);

/**
 * Values that are spread evenly over [0, 1), the same in every process.
 * @template {Float32Array | Int32Array | Uint8Array} T
 * @param {T} values @param {(unit: number) => number} map @returns {T}
 */
function fill(values, map) {
  let state = 12345;
  for (let i = 0; i < values.length; i++) {
    // A linear congruential generator; its lowest bits are poor.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = map((state >>> 8) / 2 ** 24);
  }
  return values;
}

/** @param {number[]} shape @returns {TensorSpec} */
const floats = (shape, low = -1, high = 1) => ({
  shape,
  dtype: 'float32',
  values: (size) => fill(new Float32Array(size), (unit) => low + unit * (high - low)),
});

/** Whole numbers in [low, high). @param {number[]} shape @returns {TensorSpec} */
const integers = (shape, low, high) => ({
  shape,
  dtype: 'int32',
  values: (size) => fill(new Int32Array(size), (unit) => Math.floor(low + unit * (high - low))),
});

/** The same cast to float32. @param {number[]} shape @returns {TensorSpec} */
const castIntegers = (shape, low, high) => ({ ...integers(shape, low, high), castTo: 'float32' });

/** Pixels. @param {number} size */
const bytes = (size) => fill(new Uint8Array(size), (unit) => Math.floor(unit * 256));

/** @param {number[]} shape @param {number} [share] Of those that are true. @returns {TensorSpec} */
const bools = (shape, share = 0.5) => ({
  shape,
  dtype: 'bool',
  values: (size) => fill(new Uint8Array(size), (unit) => Number(unit < share)),
});

/** @param {number[]} shape @returns {TensorSpec} */
const complex = (shape) => ({ ...floats(shape), dtype: 'complex64' });

/** Rows in ascending order. @param {number[]} shape @returns {TensorSpec} */
const sortedRows = (shape) => ({
  shape,
  dtype: 'float32',
  values: (size) => {
    const width = shape[shape.length - 1];
    return Float32Array.from({ length: size }, (_, i) => (2 * (i % width) + 1) / width - 1);
  },
});

/**
 * All of [0, limit) or, where there are fewer, different ones of them, in no order.
 * @param {number[]} shape @param {number} limit A power of two. @returns {TensorSpec}
 */
const distinct = (shape, limit) => counted(shape, (i) => Math.imul(i, 40503) & (limit - 1));

/** @param {number[]} shape @param {(i: number) => number} valueOf @returns {TensorSpec} */
const counted = (shape, valueOf) => ({
  shape,
  dtype: 'int32',
  values: (size) => Int32Array.from({ length: size }, (_, i) => valueOf(i)),
});

/** Every `step`th number, in order. @param {number[]} shape @returns {TensorSpec} */
const ascending = (shape, step) => counted(shape, (i) => i * step);

/** @param {number[]} shape @param {number[]} list @returns {TensorSpec} */
const exactly = (shape, list, dtype = /** @type {'float32' | 'int32'} */ ('float32')) => ({
  shape,
  dtype,
  values: () => (dtype === 'int32' ? Int32Array.from(list) : Float32Array.from(list)),
});

/** Corners of boxes, some of which overlap. @param {number} count @returns {TensorSpec} */
const boxes = (count) => ({
  shape: [count, 4],
  dtype: 'float32',
  values: (size) => {
    const values = fill(new Float32Array(size), (unit) => unit);
    for (let i = 0; i < size; i += 4) {
      values[i + 2] = values[i] + 0.02 + 0.1 * values[i + 2];
      values[i + 3] = values[i + 1] + 0.02 + 0.1 * values[i + 3];
    }
    return values;
  },
});

/** A tensor on the current backend. @param {any} tf @param {TensorSpec} spec */
function makeTensor(tf, { shape, dtype, values, castTo }) {
  const size = sizeOf(shape);
  if (castTo !== undefined)
    return tf.tidy(() => tf.tensor(values(size), shape, dtype).cast(castTo));
  if (dtype !== 'complex64') return tf.tensor(values(size), shape, dtype);
  const [real, imag] = [0, 1].map(() => tf.tensor(values(size), shape, 'float32'));
  const tensor = tf.complex(real, imag);
  tf.dispose([real, imag]);
  return tensor;
}

/** @param {{shape: number[], dtype: string}} tensor Or its description. */
function byteSize({ shape, dtype }) {
  const elementBytes = { bool: 1, complex64: 8 }[dtype] ?? 4;
  return sizeOf(shape) * elementBytes;
}

module.exports = {
  floats,
  integers,
  castIntegers,
  bytes,
  bools,
  complex,
  sortedRows,
  distinct,
  counted,
  ascending,
  exactly,
  boxes,
  makeTensor,
  byteSize,
  sizeOf,
};
