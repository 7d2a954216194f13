'use strict';

const { matrix } = require('./shapes');
const { floats, bools } = require('./tensors');

/** @typedef {import('./shapes').MakeCall} MakeCall */
/** @typedef {(shape: number[]) => import('./tensors').TensorSpec} MakeSpec */

/** @param {MakeSpec} [make] @param {string} [attr] @returns {Record<string, MakeCall>} */
function reductions(make = floats, attr = 'axis') {
  const along = (/** @type {number[]} */ axes) => (/** @type {number} */ size) => ({
    inputs: { x: make(matrix(size)) },
    attrs: { [attr]: axes, keepDims: false },
  });
  return { 'of rows': along([1]), 'of columns': along([0]), 'of all': along([0, 1]) };
}

/** @param {MakeSpec} make @param {object} [attrs] @returns {Record<string, MakeCall>} */
function scans(make, attrs) {
  const along = (/** @type {number} */ axis) => (/** @type {number} */ size) => ({
    inputs: { x: make(matrix(size)) },
    attrs: { axis, ...attrs },
  });
  return { 'of rows': along(1), 'of columns': along(0) };
}

/** Factors of which many neither vanish nor overflow. @type {MakeSpec} */
const nearOne = (shape) => floats(shape, 0.999, 1.001);
const scanAttrs = { exclusive: false, reverse: false };

/** @type {import('./shapes').CallsByOperator} */
const memoryBound = {
  Sum: reductions(),
  Prod: reductions(nearOne),
  Mean: reductions(),
  Max: reductions(floats, 'reductionIndices'),
  Min: reductions(),
  // No value decides before the last one.
  All: reductions((shape) => bools(shape, 1)),
  Any: reductions((shape) => bools(shape, 0)),
  ArgMax: scans(floats),
  ArgMin: scans(floats),
  Softmax: (size) => ({ inputs: { logits: floats(matrix(size)) }, attrs: { dim: 1 } }),
  LogSoftmax: (size) => ({ inputs: { logits: floats(matrix(size)) }, attrs: { axis: 1 } }),
  Cumsum: scans(floats, scanAttrs),
  Cumprod: scans(nearOne, scanAttrs),
};

/** @type {import('./shapes').Family} */
module.exports = { memoryBound };
