'use strict';

// onnxruntime on a graph model, behind the interface that the bench gives to every contender.

const { exportOnnx } = require('./export');
const { permuted, transpose, toNchw, toNhwc } = require('./layout');

/**
 * Makes an ONNX model of a graph model.
 * @param {any} artifacts As tfjs loads it from memory.
 * @param {number[]} shape Of the input.
 */
function exportArtifacts(artifacts, shape) {
  const { decodeWeights } = require('@tensorflow/tfjs-core').io;
  require('@tensorflow/tfjs-backend-cpu');
  const tensors = decodeWeights(artifacts.weightData, artifacts.weightSpecs);
  /** @type {Record<string, any>} */
  const weights = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    weights[name] = { shape: tensor.shape, values: tensor.dataSync() };
  }
  return exportOnnx(artifacts, weights, shape);
}

/**
 * @param {any} artifacts Of a graph model, as tfjs loads it from memory.
 * @param {number[]} shape Of the input.
 * @param {ArrayLike<number>} inputValues In TensorFlow's layout; images reach onnxruntime in its own.
 * @param {number} threads
 * @param {object} [options] More of onnxruntime's for the session.
 * @returns {Promise<{session: any, feeds: Record<string, any>, outputs: any[], loadMs: number}>}
 */
async function openSession(artifacts, shape, inputValues, threads, options = {}) {
  const ort = require('onnxruntime-node');
  const { bytes, input, outputs } = exportArtifacts(artifacts, shape);
  const begin = performance.now();
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    ...options,
  });
  const loadMs = performance.now() - begin;
  const values = Float32Array.from(inputValues);
  const tensor = input.image
    ? new ort.Tensor('float32', transpose(values, shape, toNchw), permuted(shape, toNchw))
    : new ort.Tensor('float32', values, shape);
  return { session, feeds: { [input.name]: tensor }, outputs, loadMs };
}

/**
 * @param {any} artifacts @param {number[]} shape @param {ArrayLike<number>} inputValues
 * @param {number} threads As openSession() takes them.
 * @returns {Promise<{predict: () => Promise<Float32Array[]>, loadMs: number,
 *   restore: (outputs: Float32Array[]) => Float32Array[]}>} What `predict` gives is in onnxruntime's
 *   layout; `restore` gives it in TensorFlow's.
 */
async function createOnnxModel(artifacts, shape, inputValues, threads) {
  const { session, feeds, outputs, loadMs } = await openSession(
    artifacts,
    shape,
    inputValues,
    threads,
  );
  const predict = async () => {
    const results = await session.run(feeds);
    return outputs.map(({ name }) => /** @type {Float32Array} */ (results[name].data));
  };
  const restore = (data) =>
    outputs.map((port, i) =>
      port.image ? transpose(data[i], permuted(port.shape, toNchw), toNhwc) : data[i],
    );
  return { predict, loadMs, restore };
}

module.exports = { createOnnxModel, exportArtifacts, openSession };
