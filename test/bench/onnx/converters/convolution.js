'use strict';

// Convolutions and poolings.

const { flag, fusedOps, spatial } = require('../attributes');
const { permuted, transpose } = require('../layout');
const { slidingWindows, transposedWindows } = require('../windows');
const { activateFused } = require('./activation');

/** @param {any} node @param {import('../layout').Value} filter */
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
    const inputs = [to.layout.image(x), to.onnx.floats(dims, weights)];
    const fused = fusedOps(node);
    if (fused.length > 0) inputs.push(to.onnx.floats([outDepth], bias.constant));
    const name = to.onnx.node('Conv', inputs, {
      strides: window.strides,
      dilations: window.dilations,
      pads,
      // A grouped convolution's filter has the depth of one group.
      group: BigInt(isDepthwise ? depth : x.shape[3] / depth),
    });
    const value = { name, shape: [x.shape[0], ...out, outDepth], image: true };
    return activateFused(to, node, value, fused);
  };

/** @type {import('../exporter').Convert} */
function transposedConvolution(to, node, [sizes, filter, x]) {
  const window = windowOf(node, filter);
  const shape = Array.from(sizes.constant, Number);
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

/** @param {string} kind @param {object} attrs @returns {import('../exporter').Convert} */
const pooling =
  (kind, attrs) =>
  (to, node, [x]) => {
    const window = { filter: spatial(node.attr.ksize), strides: spatial(node.attr.strides) };
    const extents = x.shape.slice(1, 3);
    const { out, pads } = slidingWindows(node, extents, window);
    const shape = [x.shape[0], ...out, x.shape[3]];
    const isGlobal = String(window.filter) === String(extents) && pads.every((pad) => pad === 0);
    const image = to.layout.image(x);
    const name = isGlobal
      ? to.onnx.node(`Global${kind}`, [image])
      : to.onnx.node(kind, [image], {
          kernel_shape: window.filter,
          strides: window.strides,
          pads,
          ...attrs,
        });
    return { name, shape, image: true };
  };

/** @type {import('../exporter').Convert} */
function mean(to, node, [x, axes]) {
  const keep = flag(node.attr.keep_dims);
  const rank = x.shape.length;
  const over = Array.from(axes.constant, (axis) => (Number(axis) + rank) % rank).sort();
  if (x.image && String(over) === '1,2') {
    const shape = [x.shape[0], 1, 1, x.shape[3]];
    const pooled = { name: to.onnx.node('GlobalAveragePool', [x.name]), shape, image: true };
    return keep ? pooled : to.reshape(pooled, [shape[0], shape[3]]);
  }
  const attrs = { axes: over, keepdims: keep ? 1n : 0n };
  const name = to.onnx.node('ReduceMean', [to.layout.plain(x)], attrs);
  const kept = x.shape.map((extent, d) => (over.includes(d) ? 1 : extent));
  const shape = keep ? kept : x.shape.filter((_, d) => !over.includes(d));
  return { name, shape, image: false };
}

/** @type {import('../exporter').Convert} */
function resizeBilinear(to, node, [x, size]) {
  const [height, width] = Array.from(size.constant, Number);
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
  MaxPool: pooling('MaxPool', {}),
  AvgPool: pooling('AveragePool', { count_include_pad: 0n }),
  Mean: mean,
  ResizeBilinear: resizeBilinear,
};

module.exports = { convolutionConverters };
