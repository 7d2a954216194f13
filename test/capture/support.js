'use strict';

const { allSettled } = require('../../lib/capture/captures');
const { tf, errorOf } = require('../runtime/support');

/** Resolves when what has been recorded is compiled: from then on it is replayed. */
const settled = allSettled;

/** @param {any} tensors @returns {number[][]} */
const valuesOf = (tensors) => [tensors].flat().map((tensor) => Array.from(tensor.dataSync()));

/**
 * Runs on tfjs's plain cpu backend.
 * @param {() => any} f Gives tensors, also as a promise.
 * @returns {Promise<{shapes: number[][], values: number[][]}>} Of its tensors, which are disposed.
 */
async function onCpu(f) {
  await tf.setBackend('cpu');
  try {
    return await take(f());
  } finally {
    await tf.setBackend('onednn');
  }
}

/** The same of what is there; disposes it. @param {any} tensors */
async function take(tensors) {
  const list = [await tensors].flat();
  const taken = { shapes: list.map(({ shape }) => shape), values: valuesOf(list) };
  tf.dispose(list);
  return taken;
}

/** @param {{shapes: number[][], values: number[][]}} got @param {typeof got} expected */
function expectClose(got, expected) {
  expect(got.shapes).toEqual(expected.shapes);
  got.values.forEach((values, i) => {
    const worst = values.reduce(
      (max, value, j) => Math.max(max, Math.abs(value - expected.values[i][j])),
      0,
    );
    const magnitude = expected.values[i].reduce((max, value) => Math.max(max, Math.abs(value)), 1);
    expect(worst).toBeLessThanOrEqual(1e-5 * magnitude);
  });
}

/**
 * What the statistics count while `f` runs.
 * @param {() => any} f @param {{waits?: boolean}} [options] And until what it recorded is compiled.
 * @returns {Promise<import('../../lib/capture/settings').CaptureStatistics>}
 */
async function countsOf(f, { waits = true } = {}) {
  tf.native.resetCaptureStatistics();
  await f();
  if (waits) await settled();
  return tf.native.captureStatistics();
}

/** Tensors and data of the process. */
function memoryNow() {
  const { numTensors, numDataBuffers } = tf.memory();
  return { numTensors, numDataBuffers, numDataIds: tf.backend().numDataIds() };
}

/** @param {() => any} f @returns {Promise<any>} What it threw, or rejected with. */
async function rejectionOf(f) {
  try {
    await f();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/**
 * Runs a model some times on different inputs, compares each with tfjs's cpu backend, and looks that
 * nothing is left.
 * @param {any} model @param {(seed: number) => Record<string, any>} inputs @param {string[]} outputs
 * @param {number} [runs]
 */
async function expectRuns(model, inputs, outputs, runs = 5) {
  const got = [];
  const before = memoryNow();
  const counts = await countsOf(async () => {
    for (let seed = 1; seed <= runs; ++seed) {
      const feeds = inputs(seed);
      got.push(await take(model.executeAsync(feeds, outputs)));
      await settled();
      tf.dispose(feeds);
      // Kept masks and the like are there from the first run on.
      if (seed === 1) Object.assign(before, memoryNow());
    }
  });
  expect(memoryNow()).toEqual(before);
  for (let seed = 1; seed <= runs; ++seed) {
    const feeds = inputs(seed);
    expectClose(got[seed - 1], await onCpu(() => model.executeAsync(feeds, outputs)));
    tf.dispose(feeds);
  }
  return counts;
}

module.exports = {
  tf,
  settled,
  errorOf,
  rejectionOf,
  valuesOf,
  onCpu,
  take,
  expectClose,
  expectRuns,
  countsOf,
  memoryNow,
};
