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

/** @type {Record<string, import('../exporter').Convert>} */
const matmulConverters = { MatMul: product, _FusedMatMul: product };

module.exports = { matmulConverters };
