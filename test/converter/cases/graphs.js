'use strict';

// What the graphs of this folder are put together from, and where they are kept.

const { node, ints, text, T } = require('../../capture/graph-models');

/**
 * @typedef {object} Value
 * @property {number[]} shape
 * @property {'float32' | 'int32' | 'bool' | 'string'} dtype
 * @property {any[]} [values] Drawn from the range where there are none.
 * @property {[number, number]} [range]
 * @property {boolean} [isFed] It is an input of the model, not one of its weights.
 */

/**
 * @typedef {object} GraphCase
 * @property {Record<string, Value>} values What the model is given.
 * @property {any[]} nodes
 * @property {string[]} outputs
 * @property {any[]} [functions]
 * @property {any[]} [initializer] Nodes of the graph that fills tables.
 * @property {string} [onlyShapes] Why values are not compared.
 * @property {boolean} [isAlone] Nothing else reads the inputs: the cpu backend's kernel writes them.
 */

/** An input of the model. @param {number[]} shape @param {[number, number]} [range] @returns {Value} */
const fed = (shape, range = [0.1, 0.9]) => ({ shape, dtype: 'float32', range, isFed: true });
/** @param {number[]} shape @param {any[]} values @param {Value['dtype']} [dtype] @returns {Value} */
const given = (shape, values, dtype = 'int32') => ({ shape, dtype, values, isFed: true });
/** A weight. @param {any[]} values @returns {Value} */
const list = (...values) => ({ shape: [values.length], dtype: 'int32', values });
/** @param {any} value @param {Value['dtype']} [dtype] @returns {Value} */
const scalar = (value, dtype = 'int32') => ({ shape: [], dtype, values: [value] });
/** @param {number[][]} rows @returns {Value} */
const table = (rows) => ({
  shape: [rows.length, rows[0].length],
  dtype: 'int32',
  values: rows.flat(),
});
/** @param {number[]} shape @param {[number, number]} [range] @returns {Value} */
const weight = (shape, range = [-1, 1]) => ({ shape, dtype: 'float32', range });

const bool = (/** @type {boolean} */ b) => ({ b });
const float = (/** @type {number} */ f) => ({ f });
const int = (/** @type {number} */ i) => ({ i: String(i) });
const texts = (/** @type {string[]} */ ...s) => ({ list: { s: s.map((one) => text(one).s) } });
const shapeOf = (/** @type {number[]} */ ...size) => ({
  shape: { dim: size.map((extent) => ({ size: String(extent) })) },
});

/**
 * One node over values.
 * @param {string} op @param {Value[]} values @param {any} [attr] @param {number} [outputs]
 * @returns {GraphCase}
 */
function single(op, values, attr = {}, outputs = 1) {
  const names = values.map((_, i) => `in${i}`);
  return {
    values: Object.fromEntries(names.map((name, i) => [name, values[i]])),
    nodes: [node('out', op, names, { ...T, ...attr })],
    outputs: Array.from({ length: outputs }, (_, i) => (i === 0 ? 'out' : `out:${i}`)),
  };
}

/** An operator on complex numbers. @param {string} op @param {Value[]} [more] @param {number} [width] @returns {GraphCase} */
function onComplex(op, more = [], width = 4) {
  const names = more.map((_, i) => `more${i}`);
  const isReal = ['Real', 'Imag', 'ComplexAbs', 'IRFFT'].includes(op);
  const parts = isReal ? ['out'] : ['real', 'imag'];
  return {
    values: {
      a: fed([2, width], [-1, 1]),
      b: fed([2, width], [-1, 1]),
      ...Object.fromEntries(names.map((name, i) => [name, more[i]])),
    },
    nodes: [
      node('z', 'Complex', ['a', 'b'], T),
      node('out', op, ['z', ...names], T),
      ...(isReal ? [] : [node('real', 'Real', ['out'], T), node('imag', 'Imag', ['out'], T)]),
    ],
    outputs: parts,
  };
}

const x = fed([2, 3]);
const signed = fed([2, 3], [-0.9, 0.9]);
const image = fed([1, 6, 5, 3], [-1, 1]);
const volume = fed([1, 4, 5, 4, 2], [-1, 1]);
const truth = given([2, 3], [1, 0, 1, 0, 0, 1], 'bool');
const numbers = given([2, 3], [5, 3, 6, 1, 7, 2]);
const window = { strides: ints(1, 2, 1, 1), ksize: ints(1, 2, 3, 1), padding: text('SAME') };
const window3d = {
  strides: ints(1, 1, 2, 1, 1),
  ksize: ints(1, 2, 2, 2, 1),
  padding: text('VALID'),
};
const conv = {
  strides: ints(1, 1, 2, 1),
  padding: text('SAME'),
  data_format: text('NHWC'),
  dilations: ints(1, 1, 1, 1),
};
const boxes = given([4, 4], [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 2, 1, 3, 0, 5, 1, 6], 'float32');
const scores = given([4], [0.9, 0.8, 0.3, 0.6], 'float32');
const normalized = [image, weight([3], [0.5, 1]), weight([3]), weight([3]), weight([3], [0.2, 1])];
const words = given([3], ['a b', '', 'c d e'], 'string');
const reduced = [x, list(1)];
const sorted = given([2, 4], [1, 3, 5, 7, 2, 4, 6, 8], 'float32');
const wanted = given([2, 3], [0, 3, 9, 4, 5, 1], 'float32');

/** @type {Record<string, GraphCase[]>} */
const graphCases = {};

/** @param {string} op @param {...GraphCase} cases */
function add(op, ...cases) {
  (graphCases[op] ??= []).push(...cases);
}

/** The same graph for all operators that it has nodes of. @param {string[]} ops @param {GraphCase} graph */
function addShared(ops, graph) {
  for (const op of ops) add(op, graph);
}

module.exports = {
  conv,
  add,
  addShared,
  bool,
  boxes,
  fed,
  float,
  given,
  graphCases,
  image,
  int,
  list,
  normalized,
  numbers,
  onComplex,
  reduced,
  scalar,
  scores,
  shapeOf,
  signed,
  single,
  sorted,
  table,
  texts,
  truth,
  volume,
  wanted,
  weight,
  window,
  window3d,
  words,
  x,
};
