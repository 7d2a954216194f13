'use strict';

const { spawn } = require('node:child_process');
const path = require('node:path');
const { setImmediate: turn } = require('node:timers/promises');
const v8 = require('node:v8');
const vm = require('node:vm');
const tf = require('../../lib');

const FIXTURES_DIR = path.join(__dirname, 'fixtures');

/** A child that hangs is ended after this; no test's outcome depends on how long one runs. */
const HANG_MS = 120_000;

/** Elements of a tensor whose operators are worth a worker: 4 MB as float32. */
const LARGE = 1 << 20;

/**
 * Enqueues a chain of additions that takes long against what it takes to enqueue it.
 * @param {number} [links]
 * @param {number} [elements]
 * @returns {import('@tensorflow/tfjs-core').Tensor} each value is links + 1
 */
function longChain(links = 200, elements = LARGE) {
  return tf.tidy(() => {
    const one = tf.tensor1d(new Float32Array(elements).fill(1));
    let sum = one;
    for (let i = 0; i < links; ++i) sum = tf.add(sum, one);
    return sum;
  });
}

/**
 * Runs a script of fixtures/ in a Node process of its own.
 * @param {string} name its file
 * @param {{args?: string[], nodeArgs?: string[], env?: Record<string, string>,
 *     onOutput?: (child: import('node:child_process').ChildProcess) => void}} [options]
 *     `onOutput` is called at the child's first output
 * @returns {Promise<{code: number | null, signal: string | null, stdout: string,
 *     stderr: string}>} signal is 'HANG' for a child that did not end
 */
function runFixture(name, { args = [], nodeArgs = [], env = {}, onOutput } = {}) {
  const file = path.join(FIXTURES_DIR, name);
  const child = spawn(process.execPath, [...nodeArgs, file, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => {
    if (stdout === '') onOutput?.(child);
    stdout += data;
  });
  child.stderr.on('data', (data) => (stderr += data));
  let isHanging = false;
  const timer = setTimeout(() => {
    isHanging = true;
    child.kill('SIGKILL');
  }, HANG_MS);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal: isHanging ? 'HANG' : signal, stdout, stderr });
    });
  });
}

/**
 * @param {() => any} f
 * @returns {any} what it threw
 */
function errorOf(f) {
  try {
    f();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Frees what earlier tests have forgotten, so that it does not go while bytes are compared. */
async function collectGarbage() {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc');
  for (let round = 0; round < 2; ++round) {
    collect();
    // Finalizers run in a turn of their own.
    await turn();
  }
}

module.exports = { tf, LARGE, longChain, runFixture, errorOf, collectGarbage };
