'use strict';

/**
 * Names the shapes in samples/ with the trained model, then runs the same model on tfjs's plain
 * JavaScript backend, its wasm backend and ours, and compares time and outputs. Exits with 1 if
 * a shape is named wrongly, the outputs differ, or the package's self test finds a difference.
 */

const fs = require('node:fs');
const path = require('node:path');
const { performance } = require('node:perf_hooks');
const tf = require('../../lib');
const { decodePng } = require('./png');

const MODEL_URL = `file://${path.join(__dirname, 'model', 'model.json')}`;
const SAMPLES_FOLDER = path.join(__dirname, 'samples');
/** Outputs may differ from the cpu backend's by this part of their largest value. */
const TOLERANCE = 1e-4;
/** Rounds of the comparison: as many as fit into the time, within these limits. */
const ROUNDS = { min: 5, max: 60, seconds: 6 };

/**
 * @typedef {import('@tensorflow/tfjs-converter').GraphModel} GraphModel
 * @typedef {{file: string, label: string, pixels: Float32Array, shape: [number, number, number,
 *   number]}} Sample pixels from 0 to 1, shape [1, height, width, channels]
 * @typedef {{name: string, backend: string, threads: number, model: GraphModel,
 *   times: number[], difference: number}} Contender times in milliseconds
 */

/**
 * @param {string} file
 * @throws {Error} that names the file
 */
function readPng(file) {
  try {
    return decodePng(fs.readFileSync(file));
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/**
 * Reads samples/<label>-<number>.png.
 * @returns {Sample[]}
 */
function readSamples() {
  const files = fs.readdirSync(SAMPLES_FOLDER).filter((file) => file.endsWith('.png'));
  return files.sort().map((file) => {
    const image = readPng(path.join(SAMPLES_FOLDER, file));
    const pixels = Float32Array.from(image.pixels, (value) => value / 255);
    const label = file.slice(0, file.lastIndexOf('-'));
    return { file, label, pixels, shape: [1, image.height, image.width, image.channels] };
  });
}

/**
 * @param {GraphModel} model
 * @param {Sample} sample
 * @returns {Float32Array} the probability of each label
 */
function classify(model, { pixels, shape }) {
  return tf.tidy(() => {
    const output = /** @type {import('@tensorflow/tfjs-core').Tensor} */ (
      model.predict(tf.tensor4d(pixels, shape))
    );
    return /** @type {Float32Array} */ (output.dataSync());
  });
}

/**
 * @param {string} name
 * @throws {Error} when the backend does not start
 */
async function useBackend(name) {
  if (!(await tf.setBackend(name))) throw new Error(`the backend ${name} did not start`);
}

/**
 * Classifies all samples with our backend and prints what it says.
 * @param {Sample[]} samples
 * @returns {Promise<number>} how many are wrong
 */
async function showPredictions(samples) {
  await useBackend('onednn');
  const model = await tf.loadGraphModel(MODEL_URL);
  const { labels } = /** @type {{labels: string[]}} */ (/** @type {unknown} */ (model.metadata));
  let wrong = 0;
  for (const sample of samples) {
    const probabilities = classify(model, sample);
    const ranking = Array.from(labels.keys()).sort((a, b) => probabilities[b] - probabilities[a]);
    const [first, second] = ranking.map(
      (label) =>
        `${labels[label].padEnd(9)} ${(100 * probabilities[label]).toFixed(1).padStart(5)}%`,
    );
    const isRight = labels[ranking[0]] === sample.label;
    if (!isRight) wrong++;
    const verdict = isRight ? 'ok   ' : 'WRONG';
    console.log(`  ${verdict} ${sample.file.padEnd(16)} ${first}   then ${second}`);
  }
  model.dispose();
  return wrong;
}

/** @returns {boolean} whether the wasm backend is installed; it is set up if so */
function setUpWasm() {
  let entry;
  try {
    entry = require.resolve('@tensorflow/tfjs-backend-wasm');
  } catch {
    return false;
  }
  const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${path.dirname(entry)}/`);
  return true;
}

/**
 * Loads the model once for each backend, so that none has to fetch weights from another.
 * @param {number} threads of our thread pool
 * @returns {Promise<Contender[]>} tfjs's cpu backend first
 */
async function loadContenders(threads) {
  /** @type {Contender[]} */
  const contenders = [];
  const add = async (/** @type {string} */ name, /** @type {string} */ backend, count = 1) => {
    await useBackend(backend);
    const model = await tf.loadGraphModel(MODEL_URL);
    contenders.push({ name, backend, threads: count, model, times: [], difference: 0 });
  };
  await add('plain JavaScript', 'cpu');
  if (setUpWasm()) {
    const isSimd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
    await add(isSimd ? 'WebAssembly, SIMD' : 'WebAssembly, no SIMD', 'wasm');
  } else {
    console.log('skipped: the wasm backend (@tensorflow/tfjs-backend-wasm is not installed)');
  }
  await add('tfjs-native', 'onednn');
  if (threads > 1) await add('tfjs-native', 'onednn', threads);
  return contenders;
}

/** @param {Contender} contender Makes its backend and number of threads the current ones. */
async function select({ backend, threads }) {
  await useBackend(backend);
  if (backend === 'onednn') tf.native.setThreads(threads);
}

/**
 * Compares every contender's outputs with those of the first one.
 * @param {Contender[]} contenders their `difference` becomes the largest difference of a
 *   probability, relative to the largest probability of that sample
 * @param {Sample[]} samples
 */
async function compareOutputs(contenders, samples) {
  /** @type {Float32Array[]} */
  let expected = [];
  for (const contender of contenders) {
    await select(contender);
    const outputs = samples.map((sample) => classify(contender.model, sample));
    if (contender === contenders[0]) expected = outputs;
    // Math.max keeps a NaN, which then fails the check.
    contender.difference = Math.max(
      ...outputs.map((output, i) => {
        const differences = expected[i].map((value, j) => Math.abs(value - output[j]));
        return Math.max(...differences) / Math.max(...expected[i]);
      }),
    );
  }
}

/**
 * Times one picture from pixels to probabilities, the contenders taking turns so that a busy
 * moment of the machine hits all of them.
 * @param {Contender[]} contenders
 * @param {Sample[]} samples
 */
async function measure(contenders, samples) {
  const end = performance.now() + 1000 * ROUNDS.seconds;
  for (let round = 0; round < ROUNDS.max; round++) {
    if (round >= ROUNDS.min && performance.now() > end) break;
    for (const contender of contenders) {
      await select(contender);
      // The first run after a change of backend finds cold caches: it does not count.
      for (let run = 0; run < 4; run++) {
        const sample = samples[(3 * round + run) % samples.length];
        const start = performance.now();
        classify(contender.model, sample);
        if (run > 0) contender.times.push(performance.now() - start);
      }
    }
  }
}

/**
 * @param {number[]} values not empty
 * @returns {number}
 */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {Contender[]} contenders */
function printTable(contenders) {
  const baseline = median(contenders[0].times);
  const rows = contenders.map(({ name, backend, threads, times, difference }) => [
    `${name} (${backend})`,
    String(threads),
    median(times).toFixed(3),
    (baseline / median(times)).toFixed(1),
    backend === 'cpu' ? '-' : difference.toExponential(1),
  ]);
  const head = ['backend', 'threads', 'ms, median', 'times faster', 'max. difference'];
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i].length)),
  );
  const print = (/** @type {string[]} */ cells) => {
    const padded = cells.map((cell, i) =>
      i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]),
    );
    console.log(`| ${padded.join(' | ')} |`);
  };
  print(head);
  print(widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)));
  rows.forEach(print);
}

/**
 * Lets the package check this machine, and prints what it says.
 * @returns {Promise<boolean>} whether it computes rightly
 */
async function showSelfTest() {
  const { ok, checks, seconds, differences } = await tf.native.selfTest();
  const verdict = ok ? 'all right' : `${differences.length} WRONG`;
  console.log(`self test: ${checks} checks in ${seconds.toFixed(1)} s, ${verdict}`);
  for (const { op, what, expected, got, error } of differences) {
    console.error(`  ${op} ${what}: ${error ?? `expected ${expected}, got ${got}`}`);
  }
  return ok;
}

async function main() {
  // What a server would use: it skips tfjs's development checks, on every backend.
  tf.enableProdMode();
  const samples = readSamples();
  if (samples.length === 0) throw new Error(`no samples in ${SAMPLES_FOLDER}`);

  const isRight = await showSelfTest();
  console.log(`${samples.length} pictures, classified by tfjs-native:`);
  const wrong = await showPredictions(samples);
  console.log(`${samples.length - wrong} of ${samples.length} right\n`);

  const threads = tf.native.threads();
  const contenders = await loadContenders(threads);
  await compareOutputs(contenders, samples);
  await measure(contenders, samples);
  console.log('one picture at a time, from pixels to probabilities:');
  printTable(contenders);

  const differing = contenders.filter(({ difference }) => !(difference <= TOLERANCE));
  for (const { backend, difference } of differing) {
    console.error(`outputs of ${backend} differ from cpu's by ${difference} (limit ${TOLERANCE})`);
  }
  if (wrong > 0) console.error(`${wrong} pictures were named wrongly`);
  if (!isRight) console.error('this machine computes wrongly: see the self test');
  if (wrong > 0 || differing.length > 0 || !isRight) process.exitCode = 1;
  else console.log('all outputs agree');
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
