'use strict';

// Operators that keep all elements, and those that compute shapes, which are known here: the batch is.

const { list, number, text } = require('../attributes');
const { known, numbers } = require('../known');
const { permuted, toNchw } = require('../layout');
const { scalar } = require('./rectifiers');

/** @typedef {import('../layout').Value} Value */

/** @type {import('../exporter').Convert} */
function pad(to, node, [x, paddings, fill]) {
  const flat = numbers(paddings, node);
  const pads = x.shape.map((_, d) => [flat[2 * d], flat[2 * d + 1]]);
  const ordered = x.image ? permuted(pads, toNchw) : pads;
  const value = fill === undefined ? 0 : Number(scalar(fill));
  const both = [0, 1].flatMap((side) => ordered.map((sides) => sides[side]));
  const name = to.onnx.node('Pad', [x.name, to.onnx.ints(both), to.onnx.floats([], [value])]);
  const shape = x.shape.map((extent, d) => extent + pads[d][0] + pads[d][1]);
  return { name, shape, image: x.image, padded: value === 0 ? { of: x, pads } : undefined };
}

/** @type {import('../exporter').Convert} */
function reshape(to, node, [x, target]) {
  const dims = numbers(target, node);
  const size = x.shape.reduce((a, b) => a * b, 1);
  const rest = dims.filter((d) => d >= 0).reduce((a, b) => a * b, 1);
  const shape = dims.map((d) => (d < 0 ? size / rest : d));
  const isSameDepth = shape.at(-1) === x.shape.at(-1) && to.readers(node.input[0]) === 1;
  return { ...to.reshape(x, shape), product: isSameDepth ? x.product : undefined };
}

/** @type {import('../exporter').Convert} */
function squeeze(to, node, [x]) {
  const { shape } = x;
  const named = list(node.attr.squeeze_dims ?? node.attr.axis);
  const axes = named.map((axis) => (axis + shape.length) % shape.length);
  const goes = (d) => shape[d] === 1 && (axes.length === 0 || axes.includes(d));
  return to.reshape(
    x,
    shape.filter((_, d) => !goes(d)),
  );
}

/** @type {import('../exporter').Convert} */
function expandDims(to, node, [x, axis]) {
  const [at] = numbers(axis, node);
  return to.reshape(x, x.shape.toSpliced(at < 0 ? at + x.shape.length + 1 : at, 0, 1));
}

/**
 * What turns an image to NCHW, or what is NCHW to an image, moves nothing.
 * @param {import('../exporter').Exporter} to @param {Value} x @param {number[]} order
 * @returns {Value}
 */
function turned(to, x, order) {
  const { dtype, name } = x;
  const shape = permuted(x.shape, order);
  // The result's dimensions in the order in which they lie already.
  const stored = (x.image ? toNchw : x.shape.map((_, d) => d)).map((axis) => order.indexOf(axis));
  const isImage = String(stored) === String(toNchw);
  if (isImage || stored.every((axis, d) => axis === d)) {
    const padded = x.padded && {
      of: turned(to, x.padded.of, order),
      pads: permuted(x.padded.pads, order),
    };
    return { name, shape, image: isImage, dtype, padded };
  }
  const perm = order;
  return {
    name: to.onnx.node('Transpose', [to.layout.plain(x)], { perm }),
    shape,
    image: false,
    dtype,
  };
}

const onnxTypes = { DT_FLOAT: 1n, DT_INT32: 7n, DT_INT64: 7n, DT_BOOL: 9n };
const graphTypes = { DT_FLOAT: 'float32', DT_INT32: 'int32', DT_INT64: 'int32', DT_BOOL: 'bool' };

/** @type {import('../exporter').Convert} */
function cast(to, node, [x]) {
  const { type } = node.attr.DstT;
  if (onnxTypes[type] === undefined) throw new Error(`ONNX export: Cast to ${type}`);
  const { shape, image, isNatural, isNarrow = false } = x;
  const dtype = graphTypes[type];
  if (dtype === (x.dtype ?? 'float32') && !isNarrow) return x;
  const name = to.onnx.node('Cast', [x.name], { to: onnxTypes[type] });
  return { name, shape, image, dtype, isNatural: isNatural || x.dtype === 'bool' };
}

/** @type {import('../exporter').Convert} */
function depthToSpace(to, node, [x]) {
  if (!['', 'NHWC'].includes(text(node.attr.data_format))) {
    throw new Error(`ONNX export: ${node.op} of ${text(node.attr.data_format)}`);
  }
  const size = number(node.attr.block_size);
  const [batch, height, width, depth] = x.shape;
  const shape = [batch, height * size, width * size, depth / size ** 2];
  const name = to.onnx.node('DepthToSpace', [to.layout.image(x)], { blocksize: BigInt(size) });
  return { name, shape, image: true };
}

/** @param {number} value @returns {import('../exporter').Convert} */
const filled =
  (value) =>
  (_to, node, [{ shape, dtype = 'float32' }]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const array = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype];
    return { name: node.name, shape, image: false, dtype, constant: new array(size).fill(value) };
  };

/** @type {import('../exporter').Convert} */
function fill(to, node, [dims, value]) {
  const shape = numbers(dims, node);
  const name = to.onnx.node('Expand', [to.layout.plain(value), to.onnx.ints(shape)]);
  return { name, shape, image: false, dtype: value.dtype };
}

/** @type {Record<string, import('../exporter').Convert>} */
const shapeConverters = {
  Cast: cast,
  DepthToSpace: depthToSpace,
  ExpandDims: expandDims,
  Fill: fill,
  Identity: (_to, _node, [x]) => x,
  OnesLike: filled(1),
  Pad: pad,
  PadV2: pad,
  Reshape: reshape,
  Shape: (_to, _node, [x]) => known([x.shape.length], x.shape),
  Size: (_to, _node, [x]) => known([], [x.shape.reduce((a, b) => a * b, 1)]),
  Squeeze: squeeze,
  Transpose: (to, node, [x, perm]) => turned(to, x, numbers(perm, node)),
  ZerosLike: filled(0),
};

module.exports = { shapeConverters };
