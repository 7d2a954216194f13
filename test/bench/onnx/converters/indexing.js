'use strict';

// Operators that take parts of values, and those that put them together.

const { slice_util } = require('@tensorflow/tfjs-core');
const { number } = require('../attributes');
const { numbers } = require('../known');
const { axisOf } = require('../layout');

/** @typedef {import('../layout').Value} Value */
/** @typedef {import('../exporter').Exporter} Exporter */

/** @param {number} axis @param {number} rank */
const fromStart = (axis, rank) => (axis < 0 ? axis + rank : axis);

/** In ONNX this is before the first element, where a stride goes backwards. */
const beforeFirst = -(2 ** 31);

/**
 * @param {Exporter} to @param {Value} x @param {number[]} begin @param {number[]} end
 * @param {number[]} strides For every dimension. @param {number[]} shape Of the result.
 * @returns {Value}
 */
function boxOf(to, x, begin, end, strides, shape) {
  const cut = shape.map((_, d) => d).filter((d) => shape[d] !== x.shape[d] || strides[d] !== 1);
  if (cut.length === 0) return x;
  const ends = end.map((at, d) => (strides[d] < 0 && at < 0 ? beforeFirst : at));
  const inputs = [begin, ends].map((list) => to.onnx.ints(cut.map((d) => list[d])));
  const axes = to.onnx.ints(cut.map((d) => axisOf(x, d)));
  const steps = to.onnx.ints(cut.map((d) => strides[d]));
  const name = to.onnx.node('Slice', [x.name, ...inputs, axes, steps]);
  return { name, shape, image: x.image, dtype: x.dtype };
}

/** @type {import('../exporter').Convert} */
function stridedSlice(to, node, [x, ...bounds]) {
  const masks = ['begin', 'end', 'ellipsis', 'new_axis', 'shrink_axis'];
  const [beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] = masks.map((name) =>
    number(node.attr[`${name}_mask`]),
  );
  const [begin, end, strides] = bounds.map((value) => numbers(value, node));
  const info = slice_util.sliceInfo(
    ...[x.shape, begin, end, strides],
    ...[beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask],
  );
  const shape = slice_util.computeOutShape(info.begin, info.end, info.strides);
  return to.reshape(boxOf(to, x, info.begin, info.end, info.strides, shape), info.finalShape);
}

/** @type {import('../exporter').Convert} */
function slice(to, node, [x, begin, size]) {
  const from = numbers(begin, node);
  const shape = numbers(size, node).map((n, d) => (n < 0 ? x.shape[d] - from[d] : n));
  const end = shape.map((n, d) => from[d] + n);
  return boxOf(
    to,
    x,
    from,
    end,
    shape.map(() => 1),
    shape,
  );
}

/** @param {Exporter} to @param {Value} x @param {number} axis @param {number[]} sizes */
function pieces(to, x, axis, sizes) {
  const names = to.onnx.nodes(
    'Split',
    [x.name, to.onnx.ints(sizes)],
    { axis: BigInt(axisOf(x, axis)) },
    sizes.length,
  );
  return names.map((name, i) => {
    const shape = x.shape.with(axis, sizes[i]);
    return { name, shape, image: x.image, dtype: x.dtype };
  });
}

/** @type {import('../exporter').Convert} */
function split(to, node, [axis, x]) {
  const at = fromStart(numbers(axis, node)[0], x.shape.length);
  const count = number(node.attr.num_split);
  return pieces(to, x, at, Array(count).fill(x.shape[at] / count));
}

/** @type {import('../exporter').Convert} */
function splitUnevenly(to, node, [x, sizes, axis]) {
  const at = fromStart(numbers(axis, node)[0], x.shape.length);
  const given = numbers(sizes, node);
  const sum = given.filter((n) => n >= 0).reduce((a, b) => a + b, 0);
  return pieces(
    to,
    x,
    at,
    given.map((n) => (n < 0 ? x.shape[at] - sum : n)),
  );
}

/** @type {import('../exporter').Convert} */
function unpack(to, node, [x]) {
  const axis = fromStart(number(node.attr.axis), x.shape.length);
  const shape = x.shape.toSpliced(axis, 1);
  // Of an image only its depth leaves the others in TensorFlow's order.
  const source = x.image && axis !== 3 ? { ...x, name: to.layout.plain(x), image: false } : x;
  return pieces(to, source, axis, Array(x.shape[axis]).fill(1)).map(({ name, dtype }) =>
    to.reshape({ name, shape: x.shape.with(axis, 1), image: false, dtype }, shape),
  );
}

/** @param {Exporter} to @param {Value[]} parts @param {number} axis @returns {Value} */
function joined(to, parts, axis) {
  const image = parts.some((part) => part.image);
  const names = parts.map((part) => (image ? to.layout.image(part) : to.layout.plain(part)));
  const [{ shape, dtype }] = parts;
  const extent = parts.reduce((sum, part) => sum + part.shape[axis], 0);
  const value = { name: '', shape: shape.with(axis, extent), image, dtype };
  return { ...value, name: to.onnx.node('Concat', names, { axis: BigInt(axisOf(value, axis)) }) };
}

/** @type {import('../exporter').Convert} */
function concat(to, node, inputs) {
  const parts = inputs.slice(0, -1);
  const [axis] = numbers(inputs[inputs.length - 1], node);
  return joined(to, parts, fromStart(axis, parts[0].shape.length));
}

/** @type {import('../exporter').Convert} */
function pack(to, node, parts) {
  const { shape } = parts[0];
  const axis = fromStart(number(node.attr.axis), shape.length + 1);
  const wide = shape.toSpliced(axis, 0, 1);
  const widened = parts.map((part) =>
    part.constant === undefined ? to.reshape(part, wide) : { ...part, shape: wide },
  );
  return joined(to, widened, axis);
}

/** @type {import('../exporter').Convert} */
function gather(to, node, [x, indices, axis]) {
  if (number(node.attr.batch_dims) !== 0) throw new Error('ONNX export: GatherV2 of batches');
  const at = fromStart(numbers(axis, node)[0], x.shape.length);
  const shape = [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)];
  const isInPlace = x.image && indices.shape.length === 1;
  const source = isInPlace ? x.name : to.layout.plain(x);
  const along = BigInt(isInPlace ? axisOf(x, at) : at);
  const name = to.onnx.node('Gather', [source, to.layout.plain(indices)], { axis: along });
  return { name, shape, image: isInPlace, dtype: x.dtype };
}

/** @type {import('../exporter').Convert} */
function gatherPoints(to, _node, [x, indices]) {
  const name = to.onnx.node('GatherND', [to.layout.plain(x), to.layout.plain(indices)]);
  const depth = /** @type {number} */ (indices.shape.at(-1));
  const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(depth)];
  return { name, shape, image: false, dtype: x.dtype };
}

/** @type {import('../exporter').Convert} */
function tile(to, node, [x, repeats]) {
  const counts = numbers(repeats, node);
  const shape = x.shape.map((extent, d) => extent * counts[d]);
  const name = to.onnx.node('Tile', [to.layout.plain(x), to.onnx.ints(counts)]);
  return { name, shape, image: false, dtype: x.dtype };
}

/** @type {Record<string, import('../exporter').Convert>} */
const indexingConverters = {
  ConcatV2: concat,
  GatherNd: gatherPoints,
  GatherV2: gather,
  Pack: pack,
  Slice: slice,
  Split: split,
  SplitV: splitUnevenly,
  StridedSlice: stridedSlice,
  Tile: tile,
  Unpack: unpack,
};

module.exports = { indexingConverters };
