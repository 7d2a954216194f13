'use strict';

// Matrix products.

const { flag, fusedOps } = require('../attributes');
const { permuted, transpose } = require('../layout');
const { activateFused } = require('./activation');
const { broadcast } = require('./combine');

/** @type {import('../exporter').Convert} */
function product(to, node, [a, b, bias]) {
  if (a.shape.length !== 2 || b.shape.length !== 2) {
    throw new Error(`ONNX export: ${node.op} of [${a.shape}] and [${b.shape}]`);
  }
  const [transA, transB] = [flag(node.attr.transpose_a), flag(node.attr.transpose_b)];
  const fused = fusedOps(node);
  const inputs = [to.layout.plain(a), to.layout.plain(b)];
  const attrs = { transA: BigInt(transA), transB: BigInt(transB) };
  const shape = [a.shape[transA ? 1 : 0], b.shape[transB ? 0 : 1]];
  if (fused.length === 0) {
    const name =
      transA || transB ? to.onnx.node('Gemm', inputs, attrs) : to.onnx.node('MatMul', inputs);
    return { name, shape, image: false, product: { inputs, attrs, shape } };
  }
  const name = to.onnx.node('Gemm', [...inputs, to.layout.plain(bias)], attrs);
  return activateFused(to, node, { name, shape, image: false }, fused);
}

/** With its two last dimensions exchanged. @param {import('../layout').Value} value */
function turned(to, value) {
  const rank = value.shape.length;
  const axes = value.shape.map((_, i) => i);
  const perm = [...axes.slice(0, -2), rank - 1, rank - 2];
  const shape = permuted(value.shape, perm);
  if (value.constant !== undefined) {
    return { ...value, shape, constant: transpose(value.constant, value.shape, perm) };
  }
  const name = to.onnx.node('Transpose', [to.layout.plain(value)], { perm });
  return { name, shape, image: false, dtype: value.dtype };
}

/** Stacks of matrices; their leading dimensions are broadcast. @type {import('../exporter').Convert} */
function stackedProduct(to, node, [a, b]) {
  const left = flag(node.attr.adj_x) ? turned(to, a) : a;
  const right = flag(node.attr.adj_y) ? turned(to, b) : b;
  const name = to.onnx.node('MatMul', [to.layout.plain(left), to.layout.plain(right)]);
  const stacks = broadcast(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const shape = [...stacks, left.shape.at(-2), right.shape.at(-1)];
  return { name, shape, image: false };
}

/** @type {Record<string, import('../exporter').Convert>} */
const matmulConverters = {
  MatMul: product,
  _FusedMatMul: product,
  BatchMatMul: stackedProduct,
  BatchMatMulV2: stackedProduct,
};

module.exports = { matmulConverters };
