'use strict';

/** @typedef {'float32' | 'int32' | 'bool' | 'complex64'} NativeDType */

/**
 * The numbers of dtypes in the call protocol (native/tensor/dtype.h).
 * @type {NativeDType[]}
 */
const dtypeNames = ['float32', 'int32', 'bool', 'complex64'];

/**
 * Without a prototype, whose names ("constructor") are no dtypes.
 * @type {Record<string, number>}
 */
const dtypeNumbers = Object.assign(
  Object.create(null),
  Object.fromEntries(dtypeNames.map((name, number) => [name, number])),
);

/** The number of the one dtype of bytes of images, which no tensor of tfjs has. */
const uint8Number = 5;

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

module.exports = { dtypeNames, dtypeNumbers, typedArray, uint8Number };
