'use strict';

// Convolutions and poolings.

const { flag, fusedOps, spatial, text } = require('../attributes');
const { permuted, transpose } = require('../layout');
const { numbers } = require('../known');
const { slidingWindows, transposedWindows } = require('../windows');
const { activateFused } = require('./activation');

/** @typedef {import('../layout').Value} Value */

/**
 * The image without the zeros that a Pad in front of it adds, and what they add to ONNX's pads.
 * @param {Value} x @returns {{source: Value, zeros: number[]}}
 */
function withoutPads(x) {
  const [batch, height, width, depth] = x.padded?.pads ?? [];
  if (x.padded === undefined || [...batch, ...depth].some((count) => count > 0)) {
    return { source: x, zeros: [0, 0, 0, 0] };
  }
  return { source: x.padded.of, zeros: [height[0], width[0], height[1], width[1]] };
}

/** @param {number[]} a @param {number[]} b */
const sums = (a, b) => a.map((value, i) => value + b[i]);

/** @param {any} node @param {Value} filter */
function windowOf(node, filter) {
  if (filter.constant === undefined)
    throw new Error(`ONNX export: ${node.op} with a variable filter`);
  return {
    filter: filter.shape.slice(0, 2),
    strides: spatial(node.attr.strides),
    dilations: spatial(node.attr.dilations),
  };
}

/** @param {boolean} isDepthwise @returns {import('../exporter').Convert} */
const convolution =
  (isDepthwise) =>
  (to, node, [x, filter, bias]) => {
    const window = windowOf(node, filter);
    const { out, pads } = slidingWindows(node, x.shape.slice(1, 3), window);
    const [height, width, depth, last] = filter.shape;
    // A depthwise filter's two last dimensions together are ONNX's output channels.
    const perm = isDepthwise ? [2, 3, 0, 1] : [3, 2, 0, 1];
    const outDepth = isDepthwise ? depth * last : last;
    const dims = [outDepth, isDepthwise ? 1 : depth, height, width];
    const weights = transpose(filter.constant, filter.shape, perm);
    const { source: image, zeros } = withoutPads(x);
    const { of: source, factor } = image.scaled ?? { of: image, factor: 1 };
    const inputs = [
      to.layout.image(source),
      to.onnx.floats(
        dims,
        weights.map((value) => value * factor),
      ),
    ];
    const fused = fusedOps(node);
    if (fused.length > 0) inputs.push(to.onnx.floats([outDepth], bias.constant));
    const name = to.onnx.node('Conv', inputs, {
      strides: window.strides,
      dilations: window.dilations,
      pads: sums(pads, zeros),
      // A grouped convolution's filter has the depth of one group.
      group: BigInt(isDepthwise ? depth : x.shape[3] / depth),
    });
    const value = { name, shape: [x.shape[0], ...out, outDepth], image: true };
    return activateFused(to, node, value, fused);
  };

/** @type {import('../exporter').Convert} */
function transposedConvolution(to, node, [sizes, filter, x]) {
  const window = windowOf(node, filter);
  const shape = numbers(sizes, node);
  const { pads, outputPadding } = transposedWindows(
    node,
    x.shape.slice(1, 3),
    shape.slice(1, 3),
    window,
  );
  const perm = [3, 2, 0, 1];
  const weights = transpose(filter.constant, filter.shape, perm);
  const name = to.onnx.node(
    'ConvTranspose',
    [to.layout.image(x), to.onnx.floats(permuted(filter.shape, perm), weights)],
    {
      strides: window.strides,
      dilations: window.dilations,
      pads,
      output_padding: outputPadding,
    },
  );
  return { name, shape, image: true };
}

/** Whether a node's values are known not to be negative. @param {any} node */
const isNatural = (node) =>
  ['Relu', 'Relu6', 'Sigmoid'].includes(fusedOps({ attr: {}, ...node }).at(-1) ?? node.op);

/**
 * A pooling of what lies behind a Pad where it has the pads itself: of a maximum these are no zeros,
 * which is the same where nothing is below zero and no window has nothing else.
 * @param {import('../exporter').Exporter} to @param {string} kind @param {any} node @param {Value} x
 * @param {number[]} filter
 */
function unpadded(to, kind, node, x, filter) {
  const { source, zeros } = withoutPads(x);
  const inPlace = { source: x, zeros: [0, 0, 0, 0] };
  const padded = to.producer(to.producer(node.input[0])?.input?.[0] ?? '');
  if (text(node.attr.padding) !== 'VALID' || zeros.every((count) => count === 0)) return inPlace;
  const isSame =
    zeros.every((count, i) => count < filter[i % 2]) &&
    (kind === 'AveragePool' || (padded !== undefined && isNatural(padded)));
  if (isSame) return { source, zeros };
  // onnxruntime makes one of Pad and MaxPool by itself, whether it is the same or not.
  if (kind === 'MaxPool') throw new Error(`ONNX export: ${node.op} ${node.name} of padded values`);
  return inPlace;
}

/** @param {string} kind @returns {import('../exporter').Convert} */
const pooling =
  (kind) =>
  (to, node, [x]) => {
    const window = { filter: spatial(node.attr.ksize), strides: spatial(node.attr.strides) };
    const extents = x.shape.slice(1, 3);
    const { out, pads } = slidingWindows(node, extents, window);
    const shape = [x.shape[0], ...out, x.shape[3]];
    const { source, zeros } = unpadded(to, kind, node, x, window.filter);
    const image = to.layout.image(source);
    const isGlobal =
      String(window.filter) === String(extents) && sums(pads, zeros).every((count) => count === 0);
    const name = isGlobal
      ? to.onnx.node(`Global${kind}`, [image])
      : to.onnx.node(kind, [image], {
          kernel_shape: window.filter,
          strides: window.strides,
          pads: sums(pads, zeros),
          // Zeros of a Pad count, TensorFlow's own do not.
          ...(kind === 'AveragePool' ? { count_include_pad: source === x ? 0n : 1n } : {}),
        });
    return { name, shape, image: true };
  };

/** @type {import('../exporter').Convert} */
function resizeBilinear(to, node, [x, size]) {
  const [height, width] = numbers(size, node);
  const mode = flag(node.attr.align_corners)
    ? 'align_corners'
    : flag(node.attr.half_pixel_centers)
      ? 'half_pixel'
      : 'asymmetric';
  const [batch, , , depth] = x.shape;
  const sizes = to.onnx.ints([batch, depth, height, width]);
  const name = to.onnx.node('Resize', [to.layout.image(x), '', '', sizes], {
    mode: 'linear',
    coordinate_transformation_mode: mode,
  });
  return { name, shape: [batch, height, width, depth], image: true };
}

/** @type {Record<string, import('../exporter').Convert>} */
const convolutionConverters = {
  Conv2D: convolution(false),
  _FusedConv2D: convolution(false),
  DepthwiseConv2dNative: convolution(true),
  FusedDepthwiseConv2dNative: convolution(true),
  Conv2DBackpropInput: transposedConvolution,
  MaxPool: pooling('MaxPool'),
  AvgPool: pooling('AveragePool'),
  ResizeBilinear: resizeBilinear,
};

module.exports = { convolutionConverters };
