'use strict';

// Operators on two or more operands that are broadcast against each other.

/** @typedef {import('../layout').Value} Value */
/** @typedef {import('../exporter').Exporter} Exporter */

/** @param {number[]} a @param {number[]} b */
function broadcast(a, b) {
  const rank = Math.max(a.length, b.length);
  const extent = (shape, i) => shape[shape.length - rank + i] ?? 1;
  return Array.from({ length: rank }, (_, i) => Math.max(extent(a, i), extent(b, i)));
}

/** @param {Exporter} to @param {string} op @param {Value[]} values @returns {Value} */
function combine(to, op, values) {
  const image = values.some((value) => value.image);
  const shape = values.map((value) => value.shape).reduce(broadcast);
  const names = values.map((v) => (image ? to.layout.beside(v) : to.layout.plain(v)));
  return { name: to.onnx.node(op, names), shape, image };
}

/** The one value of a scalar constant. @param {Value | undefined} value */
const scalar = (value) => (value?.constant?.length === 1 ? value.constant[0] : undefined);

/** A producer's input that is not the scalar `constant`. */
function partner(to, name, op, constant) {
  const node = to.producer(name);
  if (node === undefined || !op.includes(node.op)) return undefined;
  const at = node.input.findIndex((input) => {
    const value = scalar(to.get(input));
    return value !== undefined && Math.abs(value - constant) < 1e-5;
  });
  return at < 0 ? undefined : node.input[1 - at];
}

/**
 * x * (1/6) * relu6(x + 3), which graphs spell out, is one operator in ONNX.
 * @param {Exporter} to @param {any} node @returns {Value | undefined}
 */
function hardSwish(to, node) {
  for (const [scaledName, clippedName] of [node.input, [...node.input].reverse()]) {
    const clipped = to.producer(clippedName);
    const x = partner(to, scaledName, ['Mul'], 1 / 6);
    if (x === undefined || clipped?.op !== 'Relu6') continue;
    if (partner(to, clipped.input[0], ['Add', 'AddV2'], 3) !== x) continue;
    const value = to.get(x);
    return { ...value, name: to.onnx.node('HardSwish', [value.name]) };
  }
  return undefined;
}

/** @param {string} op @returns {import('../exporter').Convert} */
const binary = (op) => (to, _node, values) => combine(to, op, values);

/** @type {Record<string, import('../exporter').Convert>} */
const elementwiseConverters = {
  Add: binary('Add'),
  AddV2: binary('Add'),
  BiasAdd: binary('Add'),
  AddN: (to, _node, values) => combine(to, values.length === 2 ? 'Add' : 'Sum', values),
  Sub: binary('Sub'),
  Mul: (to, node, values) => hardSwish(to, node) ?? combine(to, 'Mul', values),
  RealDiv: binary('Div'),
  SquaredDifference(to, _node, values) {
    const difference = combine(to, 'Sub', values);
    const { name } = difference;
    return { ...difference, name: to.onnx.node('Mul', [name, name]) };
  },
  Minimum: binary('Min'),
  Maximum: binary('Max'),
};

module.exports = { elementwiseConverters };
