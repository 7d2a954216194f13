'use strict';

// tfjs on its backends, as contenders use them: one in a process, on the given number of threads.

/** tfjs's own parts, as @tensorflow/tfjs puts them together. */
function plainTfjs() {
  const core = require('@tensorflow/tfjs-core');
  const { loadGraphModel } = require('@tensorflow/tfjs-converter');
  // Leaves out checks, and the advice to install tfjs-node.
  core.enableProdMode();
  return { ...core, loadGraphModel };
}

/**
 * By kind: makes the backend current and gives the namespace, and the ids of the threads that wasm
 * made. Rejects where the backend has another number of threads.
 * @type {Record<string, (threads: number) => Promise<{tf: any, pool?: string[]}>>}
 */
const backends = {
  async native(threads) {
    const tf = require('../../lib');
    await tf.setBackend('onednn');
    const actual = tf.native.threads();
    if (actual !== threads) throw new Error(`tfjs-native has ${actual} threads, not ${threads}`);
    return { tf };
  },

  async wasm(threads) {
    const { startWasm } = require('./wasm-threads');
    const tf = plainTfjs();
    return { tf, pool: await startWasm(tf, threads) };
  },

  async cpu() {
    require('@tensorflow/tfjs-backend-cpu');
    const tf = plainTfjs();
    await tf.setBackend('cpu');
    return { tf };
  },
};

/**
 * How many threads wasm computes on while predicting, in words.
 * @param {string[]} pool The threads that it made. @param {number} threads
 * @param {() => Promise<unknown>} predict
 * @throws {Error} Where these are not as many as asked for.
 */
async function checkWasmThreads(pool, threads, predict) {
  const { countBusyThreads } = require('./wasm-threads');
  const busy = await countBusyThreads(pool, predict);
  if (busy !== undefined && busy !== threads) {
    throw new Error(`tfjs wasm computes on ${busy} threads, not ${threads}`);
  }
  return `${busy ?? 'an unknown number of'} busy threads`;
}

module.exports = { backends, plainTfjs, checkWasmThreads };
