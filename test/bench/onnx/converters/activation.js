'use strict';

// Operators on one operand: activations, as operators of their own and fused into others, and the
// like.

/** @typedef {import('../layout').Value} Value */
/** @typedef {import('../exporter').Exporter} Exporter */

/** Of TensorFlow's operators, by their names in ONNX where these are others. */
const renamed = { LogicalNot: 'Not', Inv: 'Reciprocal' };
const sameName = [
  ...['Relu', 'Elu', 'Selu', 'Sigmoid', 'Tanh', 'Softplus', 'Erf'],
  ...['Abs', 'Ceil', 'Cos', 'Exp', 'Floor', 'Log', 'Neg', 'Reciprocal', 'Round', 'Sign', 'Sin'],
  ...['Sqrt', 'Atan'],
];

/**
 * @param {Exporter} to @param {string} activation TensorFlow's name. @param {Value} x
 * @param {{slope?: Value, alpha?: number}} [options]
 * @returns {Value}
 */
function activate(to, activation, x, { slope, alpha = 0.2 } = {}) {
  const { shape, image, dtype } = x;
  const made = (op, inputs = [], attrs = {}) => ({
    shape,
    image,
    dtype,
    name: to.onnx.node(op, [x.name, ...inputs], attrs),
  });
  const op = renamed[activation] ?? (sameName.includes(activation) ? activation : undefined);
  if (op !== undefined) return made(op);
  if (activation === 'Relu6') {
    return made('Clip', [to.onnx.floats([], [0]), to.onnx.floats([], [6])]);
  }
  if (activation === 'LeakyRelu') return made('LeakyRelu', [], { alpha });
  if (activation === 'Prelu' && slope !== undefined) {
    return made('PRelu', [image ? to.layout.beside(slope) : to.layout.plain(slope)]);
  }
  throw new Error(`ONNX export: activation ${activation}`);
}

/**
 * The activation that is fused into a node behind its bias.
 * @param {Exporter} to @param {any} node @param {Value} value @param {string[]} fused
 */
function activateFused(to, node, value, fused) {
  if (fused.length > 2 || (fused.length > 0 && fused[0] !== 'BiasAdd')) {
    throw new Error(`ONNX export: ${node.op} with ${fused.join(', ')}`);
  }
  if (fused.length < 2) return value;
  const slope = fused[1] === 'Prelu' ? to.get(node.input[3]) : undefined;
  return activate(to, fused[1], value, { slope, alpha: node.attr.leakyrelu_alpha?.f });
}

/** @type {Record<string, import('../exporter').Convert>} */
const activationConverters = {
  ...Object.fromEntries(
    [...sameName, ...Object.keys(renamed), 'Relu6'].map((op) => [
      op,
      (to, _node, [x]) => activate(to, op, x),
    ]),
  ),
  LeakyRelu: (to, node, [x]) => activate(to, 'LeakyRelu', x, { alpha: node.attr.alpha?.f }),
  Prelu: (to, _node, [x, slope]) => activate(to, 'Prelu', x, { slope }),
  Rsqrt: (to, _node, [x]) => activate(to, 'Reciprocal', activate(to, 'Sqrt', x)),
  Square: (to, _node, [{ shape, image, dtype, name }]) => ({
    ...{ shape, image, dtype },
    name: to.onnx.node('Mul', [name, name]),
  }),
  Softmax(to, _node, [{ shape, image, name }]) {
    // The depth of an image is its dimension 1 in ONNX.
    const axis = image ? 1n : -1n;
    return { shape, image, name: to.onnx.node('Softmax', [name], { axis }) };
  },
};

module.exports = { activate, activateFused, activationConverters };
