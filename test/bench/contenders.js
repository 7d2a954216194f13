'use strict';

// The implementations that are compared. Each runs in a process of its own, on the given number of
// threads.

const { backends, plainTfjs, checkWasmThreads } = require('./backends');
const { modelInputs } = require('./models');

/**
 * @typedef {object} Runner
 * @property {() => Promise<ArrayLike<number>[]>} predict Input given, values read back.
 * @property {number} loadMs What it took to make the model from what lies in memory.
 * @property {(outputs: any[]) => Float32Array[]} [restore] What `predict` gave, in TensorFlow's
 *   layout, where it is in another one.
 * @property {string} [note] For whoever reads the figures.
 */

/** Values that every contender gets. @param {number[]} shape */
function inputValues(shape) {
  const size = shape.reduce((a, b) => a * b, 1);
  return Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.37) * 0.8);
}

/**
 * A model's inputs with the values that every contender gets; whole numbers are those of pixels.
 * @param {any} artifacts
 * @returns {(import('./models').ModelInput & {values: Float32Array | Int32Array})[]}
 */
function filledInputs(artifacts) {
  return modelInputs(artifacts).map((input) => {
    const values = inputValues(input.shape);
    if (input.dtype === 'float32') return { ...input, values };
    return { ...input, values: Int32Array.from(values, (value) => Math.round(127 * (1 + value))) };
  });
}

/**
 * The inputs as predict() takes them.
 * @param {any} tf @param {ReturnType<typeof filledInputs>} inputs
 */
function tensorsOf(tf, inputs) {
  const tensors = inputs.map(({ values, shape, dtype }) => tf.tensor(values, shape, dtype));
  if (tensors.length === 1) return tensors[0];
  return Object.fromEntries(inputs.map(({ name }, i) => [name, tensors[i]]));
}

/** @param {any} tf @param {any} artifacts @returns {Promise<Runner>} */
async function tfjsRunner(tf, artifacts) {
  const begin = performance.now();
  const model = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const loadMs = performance.now() - begin;
  const x = tensorsOf(tf, filledInputs(artifacts));
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

/** @type {Record<string, (artifacts: any, threads: number) => Promise<Runner>>} */
const contenders = {
  async native(artifacts, threads) {
    const { tf } = await backends.native(threads);
    return tfjsRunner(tf, artifacts);
  },

  async onnxruntime(artifacts, threads) {
    const { createOnnxModel } = require('./onnx/session');
    plainTfjs();
    return createOnnxModel(artifacts, filledInputs(artifacts), threads);
  },

  async wasm(artifacts, threads) {
    const { tf, pool = [] } = await backends.wasm(threads);
    const runner = await tfjsRunner(tf, artifacts);
    if (threads === 1) return runner;
    return { ...runner, note: await checkWasmThreads(pool, threads, runner.predict) };
  },

  async cpu(artifacts) {
    const { tf } = await backends.cpu(1);
    return tfjsRunner(tf, artifacts);
  },
};

module.exports = { contenders, filledInputs, inputValues, tensorsOf };
