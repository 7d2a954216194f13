'use strict';

// The implementations that are compared. Each runs in a process of its own, on the given number of
// threads.

const { inputShape } = require('./models');

/**
 * @typedef {object} Runner
 * @property {() => Promise<ArrayLike<number>[]>} predict Input given, values read back.
 * @property {number} loadMs What it took to make the model from what lies in memory.
 * @property {(outputs: any[]) => Float32Array[]} [restore] What `predict` gave, in TensorFlow's
 *   layout, where it is in another one.
 * @property {string} [note] For whoever reads the figures.
 */

/** Inputs that every contender gets. @param {number[]} shape */
function inputValues(shape) {
  const size = shape.reduce((a, b) => a * b, 1);
  return Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.37) * 0.8);
}

/** @param {any} tf @param {any} artifacts @returns {Promise<Runner>} */
async function tfjsRunner(tf, artifacts) {
  const shape = inputShape(artifacts.modelTopology);
  const begin = performance.now();
  const model = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const loadMs = performance.now() - begin;
  const x = tf.tensor(inputValues(shape), shape);
  const predict = async () => {
    const result = model.predict(x);
    const outputs = Array.isArray(result) ? result : [result];
    const values = [];
    for (const tensor of outputs) {
      values.push(await tensor.data());
      tensor.dispose();
    }
    return values;
  };
  return { predict, loadMs };
}

/** tfjs's own parts, as @tensorflow/tfjs puts them together. */
function plainTfjs() {
  const core = require('@tensorflow/tfjs-core');
  const { loadGraphModel } = require('@tensorflow/tfjs-converter');
  // Leaves out checks, and the advice to install tfjs-node.
  core.enableProdMode();
  return { ...core, loadGraphModel };
}

/** @type {Record<string, (artifacts: any, threads: number) => Promise<Runner>>} */
const contenders = {
  async native(artifacts, threads) {
    const tf = require('../../lib');
    await tf.setBackend('onednn');
    const actual = tf.native.threads();
    if (actual !== threads) throw new Error(`tfjs-native has ${actual} threads, not ${threads}`);
    return tfjsRunner(tf, artifacts);
  },

  async onnxruntime(artifacts, threads) {
    const { createOnnxModel } = require('./onnx/session');
    plainTfjs();
    const shape = inputShape(artifacts.modelTopology);
    return createOnnxModel(artifacts, shape, inputValues(shape), threads);
  },

  async wasm(artifacts, threads) {
    const { startWasm, countBusyThreads } = require('./wasm-threads');
    const tf = plainTfjs();
    const pool = await startWasm(tf, threads);
    const runner = await tfjsRunner(tf, artifacts);
    if (threads === 1) return runner;
    const busy = await countBusyThreads(pool, runner.predict);
    if (busy !== undefined && busy !== threads) {
      throw new Error(`tfjs wasm computes on ${busy} threads, not ${threads}`);
    }
    return { ...runner, note: `${busy ?? 'an unknown number of'} busy threads` };
  },

  async cpu(artifacts) {
    require('@tensorflow/tfjs-backend-cpu');
    const tf = plainTfjs();
    await tf.setBackend('cpu');
    return tfjsRunner(tf, artifacts);
  },
};

module.exports = { contenders, inputValues };
