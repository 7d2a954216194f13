'use strict';

// Operators that move elements, and those that compute shapes, which are known here: the batch is.

const { number } = require('../attributes');
const { permuted, toNchw } = require('../layout');

/** @param {number[]} shape @param {Iterable<number>} values @returns {import('../layout').Value} */
const known = (shape, values) => ({
  name: 'shape',
  shape,
  image: false,
  constant: Int32Array.from(values),
});

/** @param {import('../layout').Value} value @param {any} node @returns {number[]} */
function numbers(value, node) {
  if (value.constant === undefined) throw new Error(`ONNX export: ${node.op} of a variable shape`);
  return Array.from(value.constant, Number);
}

/** @type {import('../exporter').Convert} */
function pad(to, node, [x, paddings]) {
  const pads = numbers(paddings, node);
  const order = x.image ? toNchw : x.shape.map((_, i) => i);
  const flat = [...order.map((d) => pads[2 * d]), ...order.map((d) => pads[2 * d + 1])];
  const name = to.onnx.node('Pad', [x.name, to.onnx.ints(flat), to.onnx.floats([], [0])]);
  const shape = x.shape.map((extent, d) => extent + pads[2 * d] + pads[2 * d + 1]);
  return { name, shape, image: x.image };
}

/** @type {import('../exporter').Convert} */
function reshape(to, node, [x, target]) {
  const dims = numbers(target, node);
  const size = x.shape.reduce((a, b) => a * b, 1);
  const rest = dims.filter((d) => d >= 0).reduce((a, b) => a * b, 1);
  return to.reshape(
    x,
    dims.map((d) => (d < 0 ? size / rest : d)),
  );
}

/** @type {import('../exporter').Convert} */
function concat(to, _node, inputs) {
  const parts = inputs.slice(0, -1);
  const axis = Number(inputs[inputs.length - 1].constant[0]);
  const at = axis < 0 ? axis + parts[0].shape.length : axis;
  const image = parts.some((part) => part.image);
  const names = parts.map((part) => (image ? to.layout.image(part) : to.layout.plain(part)));
  const name = to.onnx.node('Concat', names, { axis: BigInt(image ? toNchw.indexOf(at) : at) });
  const shape = parts[0].shape.slice();
  shape[at] = parts.reduce((sum, part) => sum + part.shape[at], 0);
  return { name, shape, image };
}

/** @type {import('../exporter').Convert} */
function transposeOf(to, node, [x, perm]) {
  const order = numbers(perm, node);
  const name = to.onnx.node('Transpose', [to.layout.plain(x)], { perm: order });
  return { name, shape: permuted(x.shape, order), image: false };
}

/** One element or a range of a known shape. @type {import('../exporter').Convert} */
function stridedSlice(_to, node, [x, begin, end, strides]) {
  const values = numbers(x, node);
  const masks = ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask'];
  const isPlain = masks.every((mask) => number(node.attr[mask]) === 0);
  if (x.shape.length !== 1 || !isPlain || numbers(strides, node)[0] !== 1) {
    throw new Error(`ONNX export: StridedSlice ${node.name} of a shape in an unusual form`);
  }
  const [from] = numbers(begin, node);
  if (number(node.attr.shrink_axis_mask) === 1) return known([], [values.at(from)]);
  const range = values.slice(from, numbers(end, node)[0]);
  return known([range.length], range);
}

/** @type {import('../exporter').Convert} */
function pack(_to, node, parts) {
  if (parts.some((part) => part.shape.length > 0)) {
    throw new Error(`ONNX export: Pack ${node.name} of other than scalars`);
  }
  const values = parts.flatMap((part) => numbers(part, node));
  return known([values.length], values);
}

/** @type {Record<string, import('../exporter').Convert>} */
const shapeConverters = {
  Identity: (_to, _node, [x]) => x,
  Pad: pad,
  Reshape: reshape,
  ConcatV2: concat,
  Transpose: transposeOf,
  Shape: (_to, _node, [x]) => known([x.shape.length], x.shape),
  StridedSlice: stridedSlice,
  Pack: pack,
};

module.exports = { shapeConverters };
