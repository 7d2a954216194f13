'use strict';

const tfc = require('@tensorflow/tfjs-core');

/**
 * Whether a value is a tensor of real numbers that is still there. Whatever else an operator may be
 * called with tfjs's own code takes, or refuses.
 * @param {unknown} value
 * @returns {boolean}
 */
function isReal(value) {
  return (
    value instanceof tfc.Tensor &&
    !value.isDisposed &&
    value.dtype !== 'string' &&
    value.dtype !== 'complex64'
  );
}

module.exports = { isReal };
