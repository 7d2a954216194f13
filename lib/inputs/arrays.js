'use strict';

const { NativeError } = require('../native-error');

/** @typedef {'float32' | 'int32'} InferredDType */

/**
 * Typed arrays of numbers and the dtype of the tensors that are made of them where none is asked for.
 * tfjs-core itself knows Float32Array, Int32Array, Uint8Array and Uint8ClampedArray.
 * @type {Record<string, InferredDType>}
 */
const inferredDtypes = Object.assign(Object.create(null), {
  Int8Array: 'int32',
  Uint8Array: 'int32',
  Uint8ClampedArray: 'int32',
  Int16Array: 'int32',
  Uint16Array: 'int32',
  Int32Array: 'int32',
  Uint32Array: 'int32',
  BigInt64Array: 'int32',
  BigUint64Array: 'int32',
  Float16Array: 'float32',
  Float32Array: 'float32',
  Float64Array: 'float32',
});

/** The kinds that may have integers which no int32 is. */
const wideKinds = new Set(['Uint32Array', 'BigInt64Array', 'BigUint64Array']);

const typedArrayTag = /** @type {{get: () => string | undefined}} */ (
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
);

/**
 * @param {unknown} value
 * @returns {string | undefined} "Float32Array", whichever realm it comes from, and also of a class
 *     that extends it, as Buffer does; undefined for what is no typed array.
 */
function kindOf(value) {
  return typeof value === 'object' && value !== null ? typedArrayTag.get.call(value) : undefined;
}

/**
 * Whether tfjs-core takes an array as it is for a tensor of a dtype.
 * @param {unknown} values @param {string} [dtype]
 */
function isOfTfjs(values, dtype) {
  if (values instanceof Float32Array) return dtype === undefined || dtype === 'float32';
  if (values instanceof Int32Array) return dtype === undefined || dtype === 'int32';
  return values instanceof Uint8Array && dtype === 'bool';
}

/**
 * What has bytes, but does not say what they are.
 * @param {string} op @param {string} name Of the argument. @param {unknown} value
 * @throws {NativeError} BAD_DTYPE
 */
function refuseBytes(op, name, value) {
  if (typeof value !== 'object' || value === null) return;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag !== 'DataView' && tag !== 'ArrayBuffer' && tag !== 'SharedArrayBuffer') return;
  const what = tag === 'DataView' ? 'its buffer' : 'it';
  const message = `${name}: expected a typed array, got ${tag}: wrap ${what} in one that says what the bytes are`;
  throw new NativeError('BAD_DTYPE', op, message);
}

/**
 * The numbers of an array as one that tfjs-core knows.
 * @param {any} values A typed array. @param {string} kind @param {string} dtype
 * @param {string} op To name in errors.
 * @param {string} [name] Of the argument.
 * @returns {Float32Array | Int32Array | Uint8Array}
 * @throws {NativeError} BAD_ATTR for an integer that no int32 is.
 */
function toKnownArray(values, kind, dtype, op, name = 'values') {
  if (dtype === 'int32' && wideKinds.has(kind)) {
    for (let i = 0; i < values.length; i++) {
      if (values[i] >= -(2 ** 31) && values[i] < 2 ** 31) continue;
      const range = `integers from ${-(2 ** 31)} to ${2 ** 31 - 1} for an int32 tensor`;
      const message = `${name}: expected ${range}, got ${values[i]} at index ${i}`;
      throw new NativeError('BAD_ATTR', op, message);
    }
  }
  if (dtype === 'bool' && kind !== 'Uint8Array') {
    return Uint8Array.from(values, (value) => (Math.round(Number(value)) === 0 ? 0 : 1));
  }
  const numbers = kind.startsWith('Big') ? Array.from(values, Number) : values;
  if (dtype === 'bool') return new Uint8Array(numbers);
  return dtype === 'int32' ? new Int32Array(numbers) : new Float32Array(numbers);
}

module.exports = { inferredDtypes, isOfTfjs, kindOf, refuseBytes, toKnownArray };
