'use strict';

// tf.tensor() and its like for all typed arrays, of any realm. tfjs-core refuses those that it does not
// know, takes integers of another realm for floats, and converts in JavaScript before the backend copies;
// here the backend converts while it copies.

const tfc = require('@tensorflow/tfjs-core');
const { NativeBackend } = require('../backend');
const { NativeError } = require('../native-error');
const { inferredDtypes, isOfTfjs, kindOf, refuseBytes, toKnownArray } = require('./arrays');

/** @typedef {import('@tensorflow/tfjs-core').DataType} DataType */

/** Functions that make tensors of values, and the rank of those. */
const ranks = /** @type {const} */ ({
  tensor: null,
  tensor1d: 1,
  tensor2d: 2,
  tensor3d: 3,
  tensor4d: 4,
  tensor5d: 5,
  tensor6d: 6,
});

/**
 * @param {Function} original tfjs-core's. @param {string} op @param {number | null} rank
 * @returns {Function}
 */
function withAllArrays(original, op, rank) {
  /** @param {any} values @param {number[]} [shape] @param {DataType} [dtype] */
  function make(values, shape, dtype) {
    const kind = kindOf(values);
    if (kind === undefined) {
      refuseBytes(op, 'values', values);
      return call(Array.isArray(values) ? knownLeaves(values, dtype, op) : values, shape, dtype);
    }
    const type = dtype ?? inferredDtypes[kind];
    if (type !== 'float32' && type !== 'int32' && type !== 'bool')
      return call(values, shape, dtype);
    const { backend } = tfc.engine();
    if (!(backend instanceof NativeBackend) || tfc.env().getBool('DEBUG')) {
      return call(toKnownArray(values, kind, type, op), shape, type);
    }
    // tfjs-core's own error, which only asks how many there are.
    if (!fits(values.length, shape, rank)) return call(new Uint8Array(values.length), shape, type);
    try {
      return tfc.engine().makeTensor(values, shape ?? [values.length], type);
    } catch (error) {
      throw namedError(error, op);
    }
  }
  /** @param {any} values @param {number[]} [shape] @param {DataType} [dtype] */
  const call = (values, shape, dtype) =>
    rank === 1 ? original(values, dtype) : original(values, shape, dtype);
  return rank === 1
    ? /** @param {any} values @param {DataType} [dtype] */
      (values, dtype) =>
        isOfTfjs(values, dtype) ? original(values, dtype) : make(values, undefined, dtype)
    : /** @param {any} values @param {number[]} [shape] @param {DataType} [dtype] */
      (values, shape, dtype) =>
        isOfTfjs(values, dtype) ? original(values, shape, dtype) : make(values, shape, dtype);
}

/**
 * @param {number} length @param {number[] | undefined} shape @param {number | null} rank
 * @returns {boolean} Whether a flat array of this length has the values of such a tensor.
 */
function fits(length, shape, rank) {
  if (shape == null) return rank === null || rank === 1;
  if (!Array.isArray(shape) || (rank !== null && shape.length !== rank)) return false;
  const isShape = shape.every((extent) => Number.isInteger(extent) && extent >= 0);
  return isShape && tfc.util.sizeFromShape(shape) === length;
}

/**
 * Nested lists whose innermost are typed arrays which tfjs-core does not know, with some that it does.
 * @param {any[]} values @param {DataType | undefined} dtype @param {string} op
 * @returns {any[]} `values` themselves where their first is no such array.
 */
function knownLeaves(values, dtype, op) {
  let first = values[0];
  while (Array.isArray(first)) first = first[0];
  const kind = kindOf(first);
  if (kind === undefined || dtype === 'string' || isOfTfjs(first)) return values;
  const type = dtype === 'int32' || dtype === 'float32' ? dtype : inferredDtypes[kind];
  /** @param {any} part @param {string} name @returns {any} */
  const known = (part, name) => {
    if (Array.isArray(part)) return part.map((inner, i) => known(inner, `${name}[${i}]`));
    const partKind = kindOf(part);
    return partKind === undefined ? part : toKnownArray(part, partKind, type, op, name);
  };
  return known(values, 'values');
}

/** @param {any} error @param {string} op Of the function that the user called. */
function namedError(error, op) {
  if (!(error instanceof NativeError) || error.op !== 'write') return error;
  return new NativeError(error.code, op, error.message.replace('[write] ', ''), error.device);
}

const tensorMakers = Object.fromEntries(
  Object.entries(ranks).map(([name, rank]) => [
    name,
    (/** @type {Function} */ original) => withAllArrays(original, name, rank),
  ]),
);

module.exports = { tensorMakers };
