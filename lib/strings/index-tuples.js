'use strict';

const { NativeError } = require('../native-error');

/** @typedef {import('@tensorflow/tfjs-core').TensorInfo} TensorInfo */

/**
 * Operators whose indices are tuples, each of which names a place in a tensor of `shape`.
 * @type {Record<string, (inputs: Record<string, TensorInfo>, attrs: any) =>
 *     {indices: TensorInfo, shape: number[]}>}
 */
const targets = {
  SparseToDense: ({ sparseIndices }, { outputShape }) => ({
    indices: sparseIndices,
    shape: outputShape,
  }),
  TensorScatterUpdate: ({ tensor, indices }) => ({ indices, shape: tensor.shape }),
};

/**
 * The cpu backend's kernels check only the place that the indices of a tuple name together.
 * @param {string} op @param {Record<string, TensorInfo>} inputs @param {any} attrs
 * @param {import('../backend').NativeBackend} backend
 * @throws {NativeError} BAD_ATTR where an index is outside of its dimension.
 */
function checkTuples(op, inputs, attrs, backend) {
  const target = targets[op]?.(inputs, attrs);
  if (target === undefined) return;
  const { indices, shape } = target;
  const depth = indices.shape.length <= 1 ? 1 : (indices.shape.at(-1) ?? 1);
  const values = backend.readSync(indices.dataId);
  for (let i = 0; i < values.length; i++) {
    if (values[i] >= 0 && values[i] < shape[i % depth]) continue;
    // More indices than dimensions are the kernel's to refuse.
    if (i % depth >= shape.length) return;
    const start = i - (i % depth);
    const tuple = `[${Array.from(values.slice(start, start + depth))}]`;
    const message = `indices: ${tuple} is outside of shape [${shape}]`;
    throw new NativeError('BAD_ATTR', op, message, backend.device);
  }
}

module.exports = { checkTuples };
