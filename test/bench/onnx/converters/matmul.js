'use strict';

// Matrix products.

const { flag, fusedOps } = require('../attributes');
const { activateFused } = require('./activation');

/** @type {import('../exporter').Convert} */
function product(to, node, [a, b, bias]) {
  if (a.shape.length !== 2 || b.shape.length !== 2) {
    throw new Error(`ONNX export: ${node.op} of [${a.shape}] and [${b.shape}]`);
  }
  const [transA, transB] = [flag(node.attr.transpose_a), flag(node.attr.transpose_b)];
  const fused = fusedOps(node);
  const inputs = [to.layout.plain(a), to.layout.plain(b)];
  if (fused.length > 0) inputs.push(to.layout.plain(bias));
  // onnxruntime itself joins a MatMul with an addition that follows, but not a Gemm.
  const name =
    fused.length > 0 || transA || transB
      ? to.onnx.node('Gemm', inputs, { transA: BigInt(transA), transB: BigInt(transB) })
      : to.onnx.node('MatMul', inputs);
  const shape = [a.shape[transA ? 1 : 0], b.shape[transB ? 0 : 1]];
  return activateFused(to, node, { name, shape, image: false }, fused);
}

/** Stacks of matrices of the same size. @type {import('../exporter').Convert} */
function stackedProduct(to, node, [a, b]) {
  const [adjA, adjB] = [flag(node.attr.adj_x), flag(node.attr.adj_y)];
  const rank = a.shape.length;
  if (b.shape.length !== rank || a.shape.slice(0, -2).join() !== b.shape.slice(0, -2).join()) {
    throw new Error(`ONNX export: ${node.op} of [${a.shape}] and [${b.shape}]`);
  }
  const axes = a.shape.map((_, i) => i);
  const turned = (/** @type {string} */ name) =>
    to.onnx.node('Transpose', [name], { perm: [...axes.slice(0, -2), rank - 1, rank - 2] });
  const [left, right] = [to.layout.plain(a), to.layout.plain(b)];
  const name = to.onnx.node('MatMul', [adjA ? turned(left) : left, adjB ? turned(right) : right]);
  const rows = a.shape[adjA ? rank - 1 : rank - 2];
  const columns = b.shape[adjB ? rank - 2 : rank - 1];
  return { name, shape: [...a.shape.slice(0, -2), rows, columns], image: false };
}

/** @type {Record<string, import('../exporter').Convert>} */
const matmulConverters = {
  MatMul: product,
  _FusedMatMul: product,
  BatchMatMul: stackedProduct,
  BatchMatMulV2: stackedProduct,
};

module.exports = { matmulConverters };
