'use strict';

// What a graph computes of constants alone is constant: tfjs computes it when the graph is exported.

const { io, tensor } = require('@tensorflow/tfjs-core');
const { loadGraphModelSync } = require('@tensorflow/tfjs-converter');
const { number } = require('./attributes');

/** @typedef {import('./layout').Value} Value */

/** tfjs's cpu backend leaves whole numbers as they lie where it makes floats of them. */
const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };
const graphTypes = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL' };

/** How many outputs a node has. @param {any} node @param {Value[]} inputs */
function outputCount({ op, attr }, inputs) {
  if (op === 'Split') return number(attr.num_split);
  if (op === 'SplitV') return inputs[1].shape[0];
  if (op === 'Unpack') return number(attr.num);
  return op === 'TopKV2' ? 2 : 1;
}

/**
 * The outputs of a node whose inputs are all known.
 * @param {any} node @param {Value[]} inputs
 * @returns {Value[]}
 */
function fold(node, inputs) {
  const names = inputs.map((_, i) => `input${i}`);
  const placeholders = inputs.map(({ shape, dtype = 'float32' }, i) => ({
    name: names[i],
    op: 'Placeholder',
    attr: {
      dtype: { type: graphTypes[dtype] },
      shape: { shape: { dim: shape.map((extent) => ({ size: String(extent) })) } },
    },
  }));
  const alone = { ...node, name: 'node', input: names };
  const modelTopology = { node: [...placeholders, alone], versions: {} };
  const weightData = new ArrayBuffer(0);
  const model = loadGraphModelSync(
    io.fromMemorySync({ modelTopology, weightSpecs: [], weightData }),
  );
  const tensors = Object.fromEntries(
    inputs.map(({ constant, shape, dtype }, i) => [
      names[i],
      tensor(/** @type {any} */ (constant), shape, dtype ?? 'float32'),
    ]),
  );
  const count = outputCount(node, inputs);
  const outputs = Array.from({ length: count }, (_, i) => `node:${i}`);
  const results = [model.execute(tensors, outputs)].flat();
  return results.map((result) => ({
    name: node.name,
    shape: result.shape,
    image: false,
    dtype: result.dtype,
    constant: arrays[result.dtype].from(result.dataSync()),
  }));
}

module.exports = { fold, outputCount };
