'use strict';

/** @typedef {'float32' | 'int32' | 'bool' | 'complex64'} NativeDType */

/**
 * The numbers of dtypes in the call protocol (native/tensor/dtype.h).
 * @type {NativeDType[]}
 */
const dtypeNames = ['float32', 'int32', 'bool', 'complex64'];

/** @type {Record<string, number>} */
const dtypeNumbers = Object.assign(
  Object.create(null), // No dtype is called 'constructor'.
  Object.fromEntries(dtypeNames.map((name, number) => [name, number])),
);

/**
 * A new typed array of the caller's realm for `elements` values of a dtype; complex64 takes two
 * floats an element.
 * @param {string} dtype
 * @param {number | ArrayLike<number>} elements A count, or values to convert as typed arrays do.
 * @returns {Float32Array | Int32Array | Uint8Array}
 */
function typedArray(dtype, elements) {
  const complexFactor = dtype === 'complex64' && typeof elements === 'number' ? 2 : 1;
  const source = typeof elements === 'number' ? elements * complexFactor : elements;
  switch (dtype) {
    case 'int32':
      return new Int32Array(/** @type {any} */ (source));
    case 'bool':
      return new Uint8Array(/** @type {any} */ (source));
    default:
      return new Float32Array(/** @type {any} */ (source));
  }
}

module.exports = { dtypeNames, dtypeNumbers, typedArray };
