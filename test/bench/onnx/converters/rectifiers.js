'use strict';

// Clips and leaky rectifiers that graphs spell out in several operators, as the networks that these
// graphs were made of have them: one operator.

const { activate } = require('./activation');

/** @typedef {import('../layout').Value} Value */
/** @typedef {import('../exporter').Exporter} Exporter */

/** The one value of a scalar constant. @param {Value | undefined} value */
const scalar = (value) => (value?.constant?.length === 1 ? Number(value.constant[0]) : undefined);

/**
 * What a value is clipped from, and to which bounds: steps of relu, minimum and maximum with scalars
 * come to one.
 * @param {Exporter} to @param {string} name
 * @returns {{x: string, low: number, high: number}} The value itself, where it is not clipped.
 */
function clippingOf(to, name) {
  const node = to.producer(name);
  const inputs = node?.input ?? [];
  if (node?.op === 'Relu') {
    const { x, low, high } = clippingOf(to, inputs[0]);
    return { x, low: Math.max(low, 0), high: Math.max(high, 0) };
  }
  const at = inputs.findIndex((input) => scalar(to.get(input)) !== undefined);
  if (!['Minimum', 'Maximum'].includes(node?.op) || at < 0) {
    return { x: name, low: -Infinity, high: Infinity };
  }
  const bound = Number(scalar(to.get(inputs[at])));
  const { x, low, high } = clippingOf(to, inputs[1 - at]);
  const nearest = node.op === 'Minimum' ? Math.min : Math.max;
  return { x, low: nearest(low, bound), high: nearest(high, bound) };
}

/**
 * @param {Exporter} to @param {any} node A Minimum or Maximum. @param {number[]} shape Its result's.
 * @returns {Value | undefined} Where it is the last step of a clip between two bounds, or of a relu.
 */
function clip(to, node, shape) {
  const { x, low, high } = clippingOf(to, node.name);
  if (x === node.name || low === -Infinity || (high === Infinity && low !== 0)) return undefined;
  const { name, image, dtype, shape: before } = to.get(x);
  if (dtype === 'int32' || String(before) !== String(shape)) return undefined;
  if (high === Infinity) return { name: to.onnx.node('Relu', [name]), shape, image };
  const bounds = [low, high].map((bound) => to.onnx.floats([], [bound]));
  return { name: to.onnx.node('Clip', [name, ...bounds]), shape, image };
}

/** The x of max(x, 0). @param {Exporter} to @param {string} name */
function positivePart(to, name) {
  const { x, low, high } = clippingOf(to, name);
  return low === 0 && high === Infinity ? x : undefined;
}

/**
 * The x of min(x, 0), which may also be spelled (x - |x|) / 2, and what it is multiplied with.
 * @param {Exporter} to @param {string} name
 * @returns {{x: string, factor: number} | undefined}
 */
function negativePart(to, name) {
  const { x, low, high } = clippingOf(to, name);
  if (low === -Infinity && high === 0) return { x, factor: 1 };
  const node = to.producer(name);
  if (node?.op !== 'Sub') return undefined;
  const [whole, size] = node.input;
  const isSame = to.producer(size)?.op === 'Abs' && to.producer(size).input[0] === whole;
  return isSame ? { x: whole, factor: 2 } : undefined;
}

/**
 * max(x, 0) + slope * min(x, 0), with a constant slope.
 * @param {Exporter} to @param {any} node An addition.
 * @returns {Value | undefined}
 */
function leakyRectifier(to, node) {
  for (const [first, second] of [node.input, node.input.toReversed()]) {
    const x = positivePart(to, first);
    const product = to.producer(second);
    if (x === undefined || product?.op !== 'Mul') continue;
    for (const [slopeName, part] of [product.input, product.input.toReversed()]) {
      const { constant, shape } = to.get(slopeName);
      const negative = negativePart(to, part);
      if (negative?.x !== x || !(constant instanceof Float32Array)) continue;
      const slope = constant.map((value) => value * negative.factor);
      const value = to.get(x);
      if (shape.length > value.shape.length) continue;
      return activate(to, 'Prelu', value, {
        slope: { name: '', shape, image: false, constant: slope },
      });
    }
  }
  return undefined;
}

module.exports = { clip, leakyRectifier, scalar };
