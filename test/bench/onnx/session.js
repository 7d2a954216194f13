'use strict';

// onnxruntime on a graph model, behind the interface that the bench gives to every contender.

const { modelInputs } = require('../models');
const { exportOnnx } = require('./export');
const { dimsOf, transpose, toNchw, toNhwc } = require('./layout');

/** @typedef {ReturnType<typeof import('../contenders').filledInputs>} FilledInputs */

/**
 * Makes an ONNX model of a graph model, for a batch of 1.
 * @param {any} artifacts As tfjs loads it from memory.
 */
function exportArtifacts(artifacts) {
  const { decodeWeights } = require('@tensorflow/tfjs-core').io;
  require('@tensorflow/tfjs-backend-cpu');
  const tensors = decodeWeights(artifacts.weightData, artifacts.weightSpecs);
  /** @type {Record<string, any>} */
  const weights = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    weights[name] = { shape: tensor.shape, dtype: tensor.dtype, values: tensor.dataSync() };
  }
  return exportOnnx(artifacts, weights, modelInputs(artifacts));
}

/**
 * @param {any} artifacts Of a graph model, as tfjs loads it from memory.
 * @param {FilledInputs} inputs In TensorFlow's layout; images reach onnxruntime in its own.
 * @param {number} threads
 * @param {object} [options] More of onnxruntime's for the session.
 * @returns {Promise<{session: any, feeds: Record<string, any>, outputs: any[], operators: string[],
 *   loadMs: number}>}
 */
async function openSession(artifacts, inputs, threads, options = {}) {
  const ort = require('onnxruntime-node');
  const { bytes, inputs: ports, outputs, operators } = exportArtifacts(artifacts);
  const begin = performance.now();
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    ...options,
  });
  const loadMs = performance.now() - begin;
  /** @type {Record<string, any>} */
  const feeds = {};
  for (const port of ports) {
    const values = inputs.find(({ name }) => name === port.name)?.values;
    const ordered = port.image ? transpose(values, port.shape, toNchw) : values;
    feeds[port.name] = new ort.Tensor(/** @type {any} */ (port.dtype), ordered, dimsOf(port));
  }
  return { session, feeds, outputs, operators, loadMs };
}

/**
 * @param {any} artifacts @param {FilledInputs} inputs @param {number} threads As openSession() takes
 *   them.
 * @returns {Promise<{predict: () => Promise<any[]>, loadMs: number, operators: string[],
 *   restore: (outputs: any[]) => any[]}>} What `predict` gives is in onnxruntime's layout and types;
 *   `restore` gives it in TensorFlow's layout, as numbers.
 */
async function createOnnxModel(artifacts, inputs, threads) {
  const { session, feeds, outputs, operators, loadMs } = await openSession(
    artifacts,
    inputs,
    threads,
  );
  const predict = async () => {
    const results = await session.run(feeds);
    return outputs.map(({ name }) => results[name].data);
  };
  const restore = (data) =>
    outputs.map((port, i) => {
      const values =
        data[i] instanceof BigInt64Array ? Float64Array.from(data[i], Number) : data[i];
      return port.image ? transpose(values, dimsOf(port), toNhwc) : values;
    });
  return { predict, loadMs, operators, restore };
}

module.exports = { createOnnxModel, exportArtifacts, openSession };
