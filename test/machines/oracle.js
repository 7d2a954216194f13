'use strict';

// What tfjs's cpu backend makes of a network, which takes it up to half a minute: computed once,
// and kept under build/ by the contents of weights and input.

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { networks } = require('../bench/networks');
const { inputShape } = require('../bench/models');
const { inputValues } = require('../bench/contenders');

const FOLDER = path.join(__dirname, '../../build/machines');

/**
 * @typedef {object} Prediction
 * @property {any} artifacts The graph model, as tfjs loads it from memory.
 * @property {number[]} shape
 * @property {Float32Array} input
 */

/** @param {string} network @param {number} [size] @returns {Prediction} */
function predictionOf(network, size) {
  const artifacts = networks[network](size);
  const shape = inputShape(artifacts.modelTopology);
  return { artifacts, shape, input: inputValues(shape) };
}

/** Loads the model on the current backend. @param {any} tf @param {Prediction} prediction */
async function loadPredict(tf, { artifacts, shape, input }) {
  const model = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const x = tf.tensor(input, shape);
  /** @returns {any[]} */
  return () => [model.predict(x)].flat();
}

/**
 * The outputs of the cpu backend; leaves tfjs on that backend where they are not known yet.
 * @param {any} tf @param {Prediction} prediction @returns {Promise<Float32Array[]>}
 */
async function expectedOutputs(tf, prediction) {
  const { artifacts, input } = prediction;
  const hash = crypto.createHash('sha256');
  hash.update(JSON.stringify([artifacts.modelTopology, tf.version.tfjs]));
  hash.update(new Uint8Array(artifacts.weightData)).update(input);
  const file = path.join(FOLDER, `${hash.digest('hex').slice(0, 32)}.json`);
  if (!fs.existsSync(file)) {
    await tf.setBackend('cpu');
    const predict = await loadPredict(tf, prediction);
    const outputs = predict().map((tensor) => Array.from(tensor.dataSync()));
    fs.mkdirSync(FOLDER, { recursive: true });
    // Renamed, so that another process never reads half of it.
    fs.writeFileSync(`${file}.${process.pid}`, JSON.stringify(outputs));
    fs.renameSync(`${file}.${process.pid}`, file);
  }
  return JSON.parse(fs.readFileSync(file, 'utf8')).map((values) => Float32Array.from(values));
}

module.exports = { predictionOf, loadPredict, expectedOutputs };
