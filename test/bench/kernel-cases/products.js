'use strict';

const { side } = require('./shapes');
const { floats, sizeOf } = require('./tensors');

/** @typedef {import('./shapes').MakeCall} MakeCall */

/**
 * Rows, or one of them, times a square matrix.
 * @param {{height?: number, transposeB?: boolean}} [options] @param {boolean} [isFused]
 * @returns {MakeCall}
 */
const product =
  ({ height, transposeB = false } = {}, isFused = false) =>
  (size) => {
    const width = side(size);
    const shape = [1, height ?? width, width];
    const operands = { a: floats(shape), b: floats([1, width, width]) };
    return {
      inputs: isFused ? { ...operands, bias: floats([width]) } : operands,
      attrs: { transposeA: false, transposeB, ...(isFused ? { activation: 'relu' } : {}) },
      products: sizeOf(shape) * width,
    };
  };

/** @type {import('./shapes').CallsByOperator} */
const others = {
  BatchMatMul: {
    '': product(),
    transposed: product({ transposeB: true }),
    'of a row': product({ height: 1 }),
  },
  Einsum: (size) => {
    const width = side(size) / 2;
    const shape = [4, width, width];
    return {
      inputs: [0, 1].map((low) => floats(shape, low - 1)),
      attrs: { equation: 'bij,bkj->bik' },
      products: sizeOf(shape) * width,
    };
  },
  _FusedMatMul: { '': product({}, true), 'of a row': product({ height: 1 }, true) },
};

/** @type {import('./shapes').Family} */
module.exports = { others };
