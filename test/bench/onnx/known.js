'use strict';

// What must be known when a graph is exported.

/** @param {import('./layout').Value} value @param {any} node What needs it. @returns {number[]} */
function numbers(value, node) {
  if (value.constant === undefined) {
    throw new Error(`ONNX export: ${node.op} of ${value.name}, which is not known before the run`);
  }
  return Array.from(value.constant, Number);
}

/** @param {number[]} shape @param {number[]} values @returns {import('./layout').Value} */
const known = (shape, values) => ({
  name: 'shape',
  shape,
  image: false,
  dtype: 'int32',
  constant: Int32Array.from(values),
});

module.exports = { known, numbers };
