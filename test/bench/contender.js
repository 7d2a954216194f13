'use strict';

// One implementation of one model in a process of its own: `contender.js <kind> <model> <threads>`.
// It answers each message {rounds} with {times: ms[]}, and first of all with {ready, output} or
// {refused: reason}.

const { inputShape, loadArtifacts } = require('./models');

const [kind, modelName, threadsText] = process.argv.slice(2);
const threads = Number(threadsText);

/** Inputs that every contender gets. @param {number[]} shape */
function inputValues(shape) {
  const size = shape.reduce((a, b) => a * b, 1);
  return Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.37) * 0.8);
}

/** @param {any} tf @param {any} artifacts */
async function tfjsModel(tf, artifacts) {
  const shape = inputShape(artifacts.modelTopology);
  const model = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const x = tf.tensor(inputValues(shape), shape);
  return async () => {
    const result = model.predict(x);
    const outputs = Array.isArray(result) ? result : [result];
    const values = [];
    for (const tensor of outputs) {
      values.push(await tensor.data());
      tensor.dispose();
    }
    return values;
  };
}

async function native(artifacts) {
  process.env.TFJS_NATIVE_THREADS = String(threads);
  const tf = require('../../lib');
  await tf.setBackend('onednn');
  return tfjsModel(tf, artifacts);
}

/** tfjs's own parts, as @tensorflow/tfjs puts them together. */
function plainTfjs() {
  const core = require('@tensorflow/tfjs-core');
  const { loadGraphModel } = require('@tensorflow/tfjs-converter');
  return { ...core, loadGraphModel };
}

async function cpu(artifacts) {
  require('@tensorflow/tfjs-backend-cpu');
  const tf = plainTfjs();
  await tf.setBackend('cpu');
  return tfjsModel(tf, artifacts);
}

async function wasm(artifacts) {
  const path = require('node:path');
  const backend = require('@tensorflow/tfjs-backend-wasm');
  const tf = plainTfjs();
  if (threads > 1) require('./wasm-threads').enableWasmThreads();
  backend.setWasmPaths(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + path.sep);
  tf.env().set('WASM_HAS_SIMD_SUPPORT', true);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', threads > 1);
  backend.setThreadsCount(threads);
  await tf.setBackend('wasm');
  if (tf.getBackend() !== 'wasm') throw new Error('the wasm backend did not start');
  return tfjsModel(tf, artifacts);
}

async function onnxruntime(artifacts) {
  const { decodeWeights } = require('@tensorflow/tfjs-core').io;
  require('@tensorflow/tfjs-backend-cpu');
  const ort = require('onnxruntime-node');
  const { exportOnnx } = require('./onnx/export');
  const tensors = decodeWeights(artifacts.weightData, artifacts.weightSpecs);
  /** @type {Record<string, any>} */
  const weights = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    weights[name] = { shape: tensor.shape, values: tensor.dataSync() };
  }
  const shape = inputShape(artifacts.modelTopology);
  const session = await ort.InferenceSession.create(exportOnnx(artifacts, weights, shape), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const feeds = { [session.inputNames[0]]: new ort.Tensor('float32', inputValues(shape), shape) };
  return async () => {
    const results = await session.run(feeds);
    return session.outputNames.map((name) => results[name].data);
  };
}

async function main() {
  const start = { native, cpu, wasm, onnxruntime }[kind];
  const predict = await start(loadArtifacts(modelName));
  const output = await predict();
  process.send?.({
    ready: true,
    output: output.map((values) => Array.from(values.slice(0, 4096))),
  });
  process.on('message', async ({ rounds }) => {
    const times = [];
    for (let i = 0; i < rounds; i++) {
      const begin = performance.now();
      await predict();
      times.push(performance.now() - begin);
    }
    process.send?.({ times });
  });
}

main().catch((error) => {
  process.send?.({ refused: String(error.message).split('\n')[0] });
  process.disconnect();
});
