'use strict';

// Additions of constants, which belong to the product that they follow: onnxruntime has biases in its
// kernels, but finds them only where they come directly behind.

const { fusedOps } = require('../attributes');
const { combine } = require('./combine');
const { leakyRectifier } = require('./rectifiers');

/** @typedef {import('../layout').Value} Value */
/** @typedef {import('../exporter').Exporter} Exporter */

/** Whether a value is the whole result of a convolution, for this reader alone. */
function isBareConvolution(to, name) {
  const node = to.producer(name);
  const isConvolution = /^(_FusedConv2D|Conv2D|(Fused)?DepthwiseConv2dNative)$/.test(
    node?.op ?? '',
  );
  return isConvolution && fusedOps({ attr: {}, ...node }).length < 2 && to.readers(name) === 1;
}

/**
 * convolution + residual + bias is convolution + bias + residual.
 * @param {Exporter} to @param {string} name Of a sum. @param {Value} bias
 * @returns {Value | undefined}
 */
function beforeResidual(to, name, bias) {
  const sum = to.producer(name);
  if (!['Add', 'AddV2', 'AddN'].includes(sum?.op) || sum.input.length !== 2) return undefined;
  const at = sum.input.findIndex((input) => isBareConvolution(to, input));
  if (at < 0) return undefined;
  const biased = combine(to, 'Add', [to.get(sum.input[at]), bias]);
  return combine(to, 'Add', [biased, to.get(sum.input[1 - at])]);
}

/**
 * A scale and a shift of each channel of an image: in a convolution in front of it onnxruntime would
 * find these by themselves, elsewhere only as a batch normalisation.
 * @param {Exporter} to @param {string} name Of a product. @param {Value} bias
 * @returns {Value | undefined}
 */
function normalisation(to, name, bias) {
  const product = to.producer(name);
  if (product?.op !== 'Mul') return undefined;
  const inputs = product.input.map((input) => to.get(input));
  const at = inputs.findIndex(({ constant }) => constant !== undefined);
  const x = inputs[1 - at];
  const depth = x?.shape[3];
  const lists = [inputs[at]?.constant, bias.constant];
  if (!x?.image || lists.some((list) => list?.length !== depth)) return undefined;
  const [scale, shift] = lists.map((list) => to.onnx.floats([depth], [...(list ?? [])]));
  const [none, one] = [0, 1].map((value) => to.onnx.floats([depth], Array(depth).fill(value)));
  const operands = [x.name, scale, shift, none, one];
  const normalised = to.onnx.node('BatchNormalization', operands, { epsilon: 0 });
  return { name: normalised, shape: x.shape, image: true };
}

/** @type {import('../exporter').Convert} */
function addition(to, node, values) {
  const at = values.findIndex(({ constant }) => constant instanceof Float32Array);
  const bias = values[at];
  const name = node.input[1 - at];
  if (at >= 0 && to.readers(name) === 1 && bias.constant?.length === (bias.shape.at(-1) ?? 1)) {
    const { product, shape } = values[1 - at];
    if (product !== undefined && bias.shape.length === 1 && bias.shape[0] === shape.at(-1)) {
      const inputs = [...product.inputs, to.layout.plain(bias)];
      const biased = to.onnx.node('Gemm', inputs, product.attrs);
      return to.reshape({ name: biased, shape: product.shape, image: false }, shape);
    }
    const sum = beforeResidual(to, name, bias) ?? normalisation(to, name, bias);
    if (sum !== undefined && String(sum.shape) === String(shape)) return sum;
  }
  return leakyRectifier(to, node) ?? combine(to, 'Add', values);
}

module.exports = { addition };
