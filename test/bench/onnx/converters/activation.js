'use strict';

// Activations, as operators of their own and fused into others.

/** @typedef {import('../layout').Value} Value */
/** @typedef {import('../exporter').Exporter} Exporter */

const sameName = ['Relu', 'Elu', 'Sigmoid', 'Tanh', 'Exp', 'Erf'];

/**
 * @param {Exporter} to @param {string} activation TensorFlow's name. @param {Value} x
 * @param {{slope?: Value, alpha?: number}} [options]
 * @returns {Value}
 */
function activate(to, activation, x, { slope, alpha = 0.2 } = {}) {
  const made = (op, inputs = [], attrs = {}) => ({
    ...x,
    name: to.onnx.node(op, [x.name, ...inputs], attrs),
  });
  if (sameName.includes(activation)) return made(activation);
  if (activation === 'Relu6') {
    return made('Clip', [to.onnx.floats([], [0]), to.onnx.floats([], [6])]);
  }
  if (activation === 'LeakyRelu') return made('LeakyRelu', [], { alpha });
  if (activation === 'Prelu' && slope !== undefined) {
    return made('PRelu', [x.image ? to.layout.beside(slope) : to.layout.plain(slope)]);
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
    [...sameName, 'Relu6'].map((op) => [op, (to, _node, [x]) => activate(to, op, x)]),
  ),
  LeakyRelu: (to, node, [x]) => activate(to, 'LeakyRelu', x, { alpha: node.attr.alpha?.f }),
  Prelu: (to, _node, [x, slope]) => activate(to, 'Prelu', x, { slope }),
  Rsqrt: (to, _node, [x]) => {
    const root = to.onnx.node('Sqrt', [x.name]);
    return { ...x, name: to.onnx.node('Reciprocal', [root]) };
  },
  Softmax(to, _node, [x]) {
    // The depth of an image is its dimension 1 in ONNX.
    return { ...x, name: to.onnx.node('Softmax', [x.name], { axis: x.image ? 1n : -1n }) };
  },
};

module.exports = { activateFused, activationConverters };
