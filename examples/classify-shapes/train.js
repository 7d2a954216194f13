'use strict';

/**
 * Trains the classifier on pictures that draw.js draws, exports it to model/ and draws the
 * pictures in samples/.
 *
 *   node train.js [--backend wasm|cpu|onednn] [--steps 800] [--seed 1]
 */

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const tf = require('@tensorflow/tfjs-core');
const { loadGraphModel } = require('@tensorflow/tfjs-converter');
require('@tensorflow/tfjs-backend-cpu');
const { CHANNELS, CLASSES, Random, SIZE, drawShape } = require('./draw');
const { exportGraph } = require('./export-graph');
const { buildNetwork } = require('./network');
const { encodePng } = require('./png');

const BATCH = 32;
const PEAK_LEARNING_RATE = 3e-3;
const HELD_OUT = 1000;
const MIN_ACCURACY = 0.97;
/** Seeds of the pictures: none that is tested or shipped is one that was trained on. */
const HELD_OUT_SEED = 1_000_000;
const SAMPLES_SEED = 2_000_000;
const SAMPLES = 12;
/** The exported graph may differ from the layers model by rounding only. */
const MAX_EXPORT_DIFFERENCE = 1e-5;

const MODEL_FOLDER = path.join(__dirname, 'model');
const SAMPLES_FOLDER = path.join(__dirname, 'samples');

/**
 * @param {string} name `wasm`, `cpu`, or `onednn` (this project, which must be built for that)
 * @throws {Error} when there is no such backend
 */
async function selectBackend(name) {
  if (name === 'wasm') {
    const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(`${path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
    require('./wasm-gradients').registerWasmGradients();
  } else if (name === 'onednn') {
    require('../../lib');
  }
  if (!(await tf.setBackend(name))) throw new Error(`--backend ${name}: it did not start`);
}

/**
 * Draws a batch of pictures, all classes in turn.
 * @param {InstanceType<typeof Random>} random
 * @param {number} count
 * @returns {{images: tf.Tensor4D, labels: number[]}} images are [count, SIZE, SIZE, CHANNELS],
 *   float32 from 0 to 1
 */
function drawBatch(random, count) {
  const pictureSize = SIZE * SIZE * CHANNELS;
  const values = new Float32Array(count * pictureSize);
  const labels = Array.from({ length: count }, () => random.below(CLASSES.length));
  labels.forEach((label, i) => {
    const pixels = drawShape(label, random);
    for (let j = 0; j < pictureSize; j++) values[i * pictureSize + j] = pixels[j] / 255;
  });
  return { images: tf.tensor4d(values, [count, SIZE, SIZE, CHANNELS]), labels };
}

/**
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @param {number} steps
 * @param {number} seed
 */
async function train(model, steps, seed) {
  const optimizer = tf.train.adam(PEAK_LEARNING_RATE);
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  const random = new Random(seed);
  const warmUpSteps = Math.ceil(steps / 20);
  let sums = [0, 0];
  for (let step = 0; step < steps; step++) {
    const decay = 0.5 + 0.5 * Math.cos((Math.PI * step) / steps);
    const rate = PEAK_LEARNING_RATE * Math.min(1, (step + 1) / warmUpSteps) * decay;
    Object.assign(optimizer, { learningRate: rate });
    const { images, labels } = drawBatch(random, BATCH);
    const targets = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES.length));
    const result = /** @type {number[]} */ (await model.trainOnBatch(images, targets));
    tf.dispose([images, targets]);
    sums = sums.map((sum, i) => sum + result[i]);
    if ((step + 1) % 20 === 0) {
      const [loss, accuracy] = sums.map((sum) => sum / 20);
      const seconds = process.uptime().toFixed(0);
      console.log(
        `step ${step + 1}/${steps}: loss ${loss.toFixed(4)}, ` +
          `accuracy ${(100 * accuracy).toFixed(1)}%, ${seconds} s`,
      );
      sums = [0, 0];
    }
  }
}

/**
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @returns {number} the part of HELD_OUT new pictures that the model names correctly
 */
function measureAccuracy(model) {
  const random = new Random(HELD_OUT_SEED);
  let correct = 0;
  for (let done = 0; done < HELD_OUT; done += 100) {
    tf.tidy(() => {
      const { images, labels } = drawBatch(random, 100);
      const output = /** @type {tf.Tensor2D} */ (model.predict(images));
      const predicted = tf.argMax(output, 1).dataSync();
      correct += labels.filter((label, i) => predicted[i] === label).length;
    });
  }
  return correct / HELD_OUT;
}

/**
 * Loads the exported files and compares their outputs with the layers model's, both on tfjs's
 * plain cpu backend.
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @returns {Promise<number>} largest difference of a probability
 * @throws {Error} when they differ by more than rounding
 */
async function checkExport(model) {
  await tf.setBackend('cpu');
  const json = JSON.parse(fs.readFileSync(path.join(MODEL_FOLDER, 'model.json'), 'utf8'));
  const { buffer } = new Uint8Array(fs.readFileSync(path.join(MODEL_FOLDER, 'weights.bin')));
  const graph = await loadGraphModel(
    tf.io.fromMemory({
      ...json,
      weightSpecs: json.weightsManifest[0].weights,
      weightData: buffer,
    }),
  );
  const difference = tf.tidy(() => {
    const { images } = drawBatch(new Random(HELD_OUT_SEED), 16);
    const expected = /** @type {tf.Tensor} */ (model.predict(images));
    const actual = /** @type {tf.Tensor} */ (graph.predict(images));
    return tf.max(tf.abs(tf.sub(expected, actual))).dataSync()[0];
  });
  graph.dispose();
  if (!(difference <= MAX_EXPORT_DIFFERENCE)) {
    throw new Error(`the exported graph differs from the layers model by ${difference}`);
  }
  return difference;
}

/** Draws the sample pictures, named after their labels, in place of those that are there. */
function drawSamples() {
  fs.rmSync(SAMPLES_FOLDER, { recursive: true, force: true });
  fs.mkdirSync(SAMPLES_FOLDER);
  const random = new Random(SAMPLES_SEED);
  for (let i = 0; i < SAMPLES; i++) {
    const label = i % CLASSES.length;
    const pixels = drawShape(label, random);
    const file = `${CLASSES[label]}-${Math.floor(i / CLASSES.length) + 1}.png`;
    const png = encodePng({ width: SIZE, height: SIZE, channels: CHANNELS, pixels });
    fs.writeFileSync(path.join(SAMPLES_FOLDER, file), png);
  }
}

/**
 * @param {string} flag
 * @param {string} text
 * @returns {number} a positive integer below HELD_OUT_SEED
 */
function parseCount(flag, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value >= HELD_OUT_SEED) {
    throw new Error(`--${flag}: expected an integer from 1 to ${HELD_OUT_SEED - 1}, got ${text}`);
  }
  return value;
}

async function main() {
  const { values } = parseArgs({
    options: {
      backend: { type: 'string', default: 'wasm' },
      steps: { type: 'string', default: '800' },
      seed: { type: 'string', default: '1' },
    },
  });
  const steps = parseCount('steps', values.steps);
  const seed = parseCount('seed', values.seed);
  // Release builds skip tfjs's development checks and its advice on the console.
  tf.enableProdMode();
  await selectBackend(values.backend);

  const model = buildNetwork(seed);
  console.log(
    `training ${model.countParams()} parameters on ${steps * BATCH} pictures, ` +
      `backend ${values.backend}, seed ${seed}`,
  );
  await train(model, steps, seed);
  const accuracy = measureAccuracy(model);
  console.log(`held-out accuracy ${(100 * accuracy).toFixed(1)}% of ${HELD_OUT} pictures`);
  if (accuracy < MIN_ACCURACY) {
    throw new Error(`expected at least ${100 * MIN_ACCURACY}%; nothing was exported`);
  }
  exportGraph(model, MODEL_FOLDER, { labels: CLASSES });
  const difference = await checkExport(model);
  console.log(`exported graph differs from the layers model by ${difference.toExponential(1)}`);
  drawSamples();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
