'use strict';

// One valid call on the native backend and on tfjs's cpu backend.

const tf = require('../../lib');
const { expectedOf } = require('../ops/deviations');
const { generators } = require('./generators');
const { operators } = require('./operators');
const { Random } = require('./random');
const { difference } = require('./compare');
const { makeTensor } = require('./tensors');
const { poisonFreeBlocks } = require('./poison');

/** @typedef {import('./compare').Output} Output */

/** @param {any} result @returns {any[]} */
const listOf = (result) => [result].flat();

/** @param {any[]} tensors @param {boolean} isSync @returns {Promise<Output[]>} */
async function readAll(tensors, isSync) {
  const outputs = [];
  for (const tensor of tensors) {
    const values = isSync ? tensor.dataSync() : await tensor.data();
    outputs.push({ shape: tensor.shape, dtype: tensor.dtype, values });
  }
  return outputs;
}

/** The call's tensors on the current backend; one description is one tensor. */
function makeInputs(inputs) {
  const made = new Map();
  const make = (spec) => {
    if (spec === undefined) return undefined;
    if (!made.has(spec)) made.set(spec, makeTensor(tf, spec));
    return made.get(spec);
  };
  if (Array.isArray(inputs)) return inputs.map(make);
  return Object.fromEntries(Object.entries(inputs).map(([name, spec]) => [name, make(spec)]));
}

/** @param {string} op @param {import('./draft').Call} call @param {Random} random */
async function runNative(op, call, random) {
  await tf.setBackend('onednn');
  tf.engine().startScope();
  try {
    const inputs = makeInputs(call.inputs);
    // Again with the same tensors: packed forms of them are kept and used.
    const runs = random.chance(0.25) ? 2 : 1;
    let outputs = [];
    for (let i = 0; i < runs; i++) {
      poisonFreeBlocks(tf.backend());
      const attrs = structuredClone(call.attrs);
      const result = tf.engine().runKernel(op, operators.get(op).pack(inputs), attrs);
      outputs = await readAll(listOf(result), random.chance(0.5));
    }
    for (const [name, spec] of Object.entries(call.inputs)) {
      if (spec === undefined || spec.dtype === 'complex64') continue;
      const [after] = await readAll([inputs[name]], true);
      const before = { ...spec, scale: 'exact' };
      const change = difference({ inputs: {}, attrs: {}, scale: 'exact' }, [after], [before]);
      if (change !== null) throw new Error(`input ${name} changed: ${change}`);
    }
    return outputs;
  } finally {
    tf.engine().endScope();
  }
}

/**
 * @param {string} op @param {import('./draft').Call} call
 * @returns {Promise<{outputs?: Output[], error?: Error, mayFail?: boolean}>}
 */
async function runCpu(op, call) {
  await tf.setBackend('cpu');
  tf.engine().startScope();
  try {
    // tfjs's kernels write to some of the attributes.
    const inputs = operators.get(op).pack(makeInputs(call.inputs));
    const verdict = expectedOf(tf, op, inputs, structuredClone(call.attrs));
    const { result, error, mayFail } = verdict;
    return { outputs: result && (await readAll(listOf(result), true)), error, mayFail };
  } finally {
    tf.engine().endScope();
  }
}

/**
 * @param {string} op @param {number} seed
 * @returns {Promise<{problem: string | null, compared: boolean, refused?: boolean,
 *     call: import('./draft').Call}>}
 */
async function runDifferential(op, seed) {
  const random = new Random(seed, op);
  const call = generators[op](random);
  const actual = await runNative(op, call, random).catch((error) => error);
  const { outputs, error, mayFail } = await runCpu(op, call);
  const isRefused = actual instanceof Error;
  // No call after all; run.js sees to it that these stay few.
  if (isRefused && error !== undefined) {
    return { problem: null, compared: false, refused: true, call };
  }
  let problem = null;
  if (isRefused) problem = `fails: ${actual.message}`;
  else if (error !== undefined && !mayFail) problem = `the cpu backend fails: ${error.message}`;
  else if (outputs !== undefined) problem = difference(call, actual, outputs);
  return { problem, compared: outputs !== undefined, call };
}

module.exports = { runDifferential };
