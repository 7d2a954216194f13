'use strict';

// Compares what an operator gives here with what tfjs's own cpu backend gives, in one process.

const tf = require('../../lib');
const { expectedOf } = require('./deviations');

/**
 * @typedef {object} Outcome What a computation gave on one backend.
 * @property {{shape: number[], dtype: string, values: any[]}[]} tensors
 */

/**
 * Computes with the cpu backend's kernels, and where they deviate, with what stands for them.
 * @template T @param {() => T} compute @returns {T}
 */
function asExpected(compute) {
  const engine = tf.engine();
  const { runKernel } = engine;
  const restore = () => {
    engine.runKernel = runKernel;
  };
  const substitute = (
    /** @type {string} */ op,
    /** @type {any} */ inputs,
    /** @type {any} */ attrs,
  ) => {
    // What stands for a kernel may use that kernel.
    restore();
    try {
      const { result, error, reason } = expectedOf(tf, op, inputs, attrs);
      if (error !== undefined) throw error;
      if (result === undefined) throw new Error(`[${op}] nothing to compare with: ${reason}`);
      return result;
    } finally {
      engine.runKernel = substitute;
    }
  };
  engine.runKernel = substitute;
  try {
    return compute();
  } finally {
    restore();
  }
}

/** @param {string} backend @param {(tf: any) => any} compute @returns {Promise<Outcome>} */
async function runOn(backend, compute) {
  await tf.setBackend(backend);
  const own = backend === 'cpu' ? () => asExpected(() => compute(tf)) : () => compute(tf);
  const result = tf.tidy(own);
  const list = Array.isArray(result) ? result : Object.values(result.dataSync ? [result] : result);
  const tensors = [];
  for (const tensor of list) {
    tensors.push({
      shape: tensor.shape,
      dtype: tensor.dtype,
      values: Array.from(await tensor.data()),
    });
    tensor.dispose();
  }
  return { tensors };
}

/**
 * Element by element: NaN equals NaN, infinities equal themselves, else within
 * tolerance * max(1, |expected|).
 * @param {any[]} actual @param {any[]} expected @param {number} tolerance
 */
function firstDifference(actual, expected, tolerance) {
  if (actual.length !== expected.length) return `${actual.length} values, not ${expected.length}`;
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i];
    const e = expected[i];
    if (Object.is(a, e) || a === e) continue;
    if (Math.abs(a - e) <= tolerance * Math.max(1, Math.abs(e))) continue;
    return `value ${i} is ${a}, not ${e}`;
  }
  return null;
}

/**
 * Runs `compute(tf)` on the native backend and on tfjs's cpu backend, and expects the same shapes,
 * dtypes and values. `compute` makes its own inputs and returns a tensor or a list of tensors.
 * @param {(tf: any) => any} compute
 * @param {{tolerance?: number}} [options] Relative, absolute below 1. Default 1e-5.
 */
async function expectSameAsCpu(compute, { tolerance = 1e-5 } = {}) {
  const expected = await runOn('cpu', compute);
  const actual = await runOn('onednn', compute);
  expect(actual.tensors.length).toBe(expected.tensors.length);
  actual.tensors.forEach((tensor, i) => {
    expect({ shape: tensor.shape, dtype: tensor.dtype }).toEqual({
      shape: expected.tensors[i].shape,
      dtype: expected.tensors[i].dtype,
    });
    expect(firstDifference(tensor.values, expected.tensors[i].values, tolerance)).toBeNull();
  });
}

/**
 * Expects the error that tfjs's cpu backend throws, word for word, with the operator at fault.
 * @param {(tf: any) => any} compute
 */
async function expectSameErrorAsCpu(compute) {
  const errors = [];
  for (const backend of ['cpu', 'onednn']) {
    await tf.setBackend(backend);
    errors.push(tf.tidy(() => errorOf(() => compute(tf))));
  }
  expect(errors[1].message).toBe(errors[0].message);
  expect(errors[1]).toBeInstanceOf(tf.native.NativeError);
  expect(tf.getKernel(errors[1].op, 'cpu')).toBeDefined();
}

/** What `f` throws. @param {() => void} f @returns {any} */
function errorOf(f) {
  try {
    f();
  } catch (error) {
    return error;
  }
  throw new Error('no error');
}

/**
 * Reproducible values in [low, high): a linear congruential generator.
 * @param {number} count @param {number} [low] @param {number} [high] @param {number} [seed]
 * @returns {Float32Array}
 */
function values(count, low = -1, high = 1, seed = 1) {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + ((high - low) * state) / 4294967296;
  });
}

/**
 * A float32 tensor of such values. @param {any} tf @param {number[]} shape @param {number} [seed]
 */
function random(tf, shape, seed = 1) {
  return tf.tensor(values(tf.util.sizeFromShape(shape), -1, 1, seed), shape);
}

module.exports = { tf, expectSameAsCpu, expectSameErrorAsCpu, values, random };
