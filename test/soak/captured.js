'use strict';

// Loads models, predicts with captured graphs of several shapes, many predictions at once, and
// disposes the models, again and again; prints what memory that took.
//
// usage: node --expose-gc captured.js rounds

const tf = require('../../lib');
const fixtures = require('../models/fixtures');
const { loadModel } = require('../models/package-under-test');

/** Graph models that take any batch. */
const MODELS = ['emotion', 'face-detection-short'];
const BATCHES = [1, 2, 3];
const AT_ONCE = 6;
const TURNS = 2;
const SAMPLES = 20;

/** The inputs of a case, repeated along the first axis. @returns {any[]} */
function makeFeeds(inputs, batch) {
  return tf.tidy(() =>
    inputs.map(({ values, shape, dtype }) =>
      tf.concat(new Array(batch).fill(tf.tensor(values, shape, dtype))),
    ),
  );
}

/** All values of all outputs, once; the tensors are gone then. */
async function take(results) {
  const values = await Promise.all(results.map((tensor) => tensor.data()));
  tf.dispose(results);
  return values;
}

/** @param {Float32Array[]} values @param {Float32Array[]} expected */
function checkClose(values, expected, what) {
  expected.forEach((list, i) => {
    const largest = list.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    list.forEach((value, j) => {
      if (!(Math.abs(values[i][j] - value) <= 1e-4 * largest)) {
        throw new Error(`${what}: output ${i}, value ${j} is ${values[i][j]}, not ${value}`);
      }
    });
  });
}

/** One model from its loading to its end. @param {string} name */
async function oneRound(name) {
  const fixture = fixtures.openFixture(name, fixtures.KNOWN_CASES[name]);
  const { inputs } = fixtures.readCase(fixture, fixture.cases[0]);
  const model = await loadModel(fixture);
  const feeds = BATCHES.map((batch) => makeFeeds(inputs, batch));
  const predict = (/** @type {number} */ at) => take([model.predict(feeds[at])].flat());
  tf.native.setCapture(false);
  const expected = [];
  for (const at of BATCHES.keys()) expected.push(await predict(at));
  tf.native.setCapture(true);
  const shapes = feeds.map((tensors) => tensors.map(({ shape }) => shape));
  const reports = await tf.native.warmup(model, shapes);
  const refused = reports.find(({ captured }) => !captured);
  if (refused !== undefined) throw new Error(`${name} is not captured: ${refused.reason}`);
  const before = tf.native.captureStatistics().replayed;
  for (let turn = 0; turn < TURNS; turn++) {
    const runs = Array.from({ length: AT_ONCE }, async (_, i) => {
      const at = i % BATCHES.length;
      checkClose(await predict(at), expected[at], `${name}, batch ${BATCHES[at]}`);
    });
    await Promise.all(runs);
  }
  const replayed = tf.native.captureStatistics().replayed - before;
  if (replayed < TURNS * AT_ONCE) throw new Error(`${name}: ${replayed} replays`);
  tf.dispose(feeds);
  model.dispose();
}

async function main(rounds) {
  await tf.setBackend('onednn');
  const samples = [];
  const start = performance.now();
  const before = tf.memory().numTensors;
  for (let i = 1; i <= rounds; ++i) {
    for (const name of MODELS) await oneRound(name);
    const left = tf.memory().numTensors - before;
    if (left !== 0) throw new Error(`round ${i} left ${left} tensors`);
    if (i % Math.ceil(rounds / SAMPLES) === 0) {
      global.gc();
      samples.push(process.memoryUsage().rss);
    }
  }
  console.log(
    JSON.stringify({
      samples,
      milliseconds: (performance.now() - start) / rounds,
      ...tf.native.memory(),
      numTensors: tf.memory().numTensors,
    }),
  );
}

main(Number(process.argv[2]));
