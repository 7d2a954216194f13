'use strict';

// Operators that reduce dimensions, and those that choose along one.

const { flag } = require('../attributes');
const { axisOf } = require('../layout');
const { numbers } = require('../known');

/** @typedef {import('../layout').Value} Value */

/** Axes from the first on, in order. @param {Value} x @param {Value} axes @param {any} node */
function axesOf(x, axes, node) {
  const rank = x.shape.length;
  return numbers(axes, node)
    .map((axis) => (axis + rank) % rank)
    .sort();
}

/** Whether the dimensions that are left of an image are in the same order in both layouts. */
const staysInOrder = (over) => over.includes(3) || (over.includes(1) && over.includes(2));

/** @param {string} op @returns {import('../exporter').Convert} */
const reduction =
  (op) =>
  (to, node, [x, axes]) => {
    const over = axesOf(x, axes, node);
    const keep = flag(node.attr.keep_dims);
    if (over.length === 0) return x;
    const kept = x.shape.map((extent, d) => (over.includes(d) ? 1 : extent));
    const shape = keep ? kept : x.shape.filter((_, d) => !over.includes(d));
    const isGlobal = x.image && String(over) === '1,2';
    const pooling = { Mean: 'GlobalAveragePool', Max: 'GlobalMaxPool' }[op];
    if (isGlobal && pooling !== undefined) {
      const pooled = { name: to.onnx.node(pooling, [x.name]), shape: kept, image: true };
      return to.reshape(pooled, shape);
    }
    const inImage = x.image && (keep || staysInOrder(over));
    const source = inImage ? x : { ...x, name: to.layout.plain(x), image: false };
    const dims = over.map((axis) => axisOf(source, axis)).sort();
    const keepdims = keep ? 1n : 0n;
    // Only Sum takes its axes as an input in this version.
    const name =
      op === 'Sum'
        ? to.onnx.node('ReduceSum', [source.name, to.onnx.ints(dims)], { keepdims })
        : to.onnx.node(`Reduce${op}`, [source.name], { axes: dims, keepdims });
    return { name, shape, image: inImage && keep, dtype: x.dtype };
  };

/** @param {string} op @returns {import('../exporter').Convert} */
const indexOfExtreme =
  (op) =>
  (to, node, [x, axis]) => {
    const [along] = axesOf(x, axis, node);
    const source =
      x.image && staysInOrder([along]) ? x : { ...x, name: to.layout.plain(x), image: false };
    const attrs = { axis: BigInt(axisOf(source, along)), keepdims: 0n };
    const name = to.onnx.node(op, [source.name], attrs);
    const shape = x.shape.filter((_, d) => d !== along);
    return { name, shape, image: false, dtype: 'int32', isNatural: true };
  };

/** @type {import('../exporter').Convert} */
function topK(to, node, [x, count]) {
  const [k] = numbers(count, node);
  const [values, indices] = to.onnx.nodes(
    'TopK',
    [to.layout.plain(x), to.onnx.ints([k])],
    { axis: -1n, sorted: 1n },
    2,
  );
  const shape = [...x.shape.slice(0, -1), k];
  return [
    { name: values, shape, image: false, dtype: x.dtype },
    { name: indices, shape, image: false, dtype: 'int32', isNatural: true },
  ];
}

/** @type {Record<string, import('../exporter').Convert>} */
const reductionConverters = {
  ...Object.fromEntries(['Max', 'Mean', 'Min', 'Prod', 'Sum'].map((op) => [op, reduction(op)])),
  ArgMax: indexOfExtreme('ArgMax'),
  ArgMin: indexOfExtreme('ArgMin'),
  TopKV2: topK,
};

module.exports = { reductionConverters };
