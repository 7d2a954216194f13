'use strict';

const { tf, values } = require('./oracle');

/**
 * A tensor of reproducible values that fit the dtype.
 * @param {any} t tf @param {number[]} shape @param {string} dtype @param {number} [seed]
 */
function filled(t, shape, dtype, seed = 1) {
  const floats = values(t.util.sizeFromShape(shape), -100, 100, seed + 1);
  if (dtype === 'float32') return t.tensor(floats, shape, dtype);
  if (dtype === 'int32') return t.tensor(Int32Array.from(floats, Math.trunc), shape, dtype);
  if (dtype === 'bool')
    return t.tensor(
      Uint8Array.from(floats, (v) => +(v > 0)),
      shape,
      dtype,
    );
  throw new Error(`no values for dtype ${dtype}`);
}

/** [a, b, c, d] as [[a, b], [c, d]]. @param {number[]} flat @returns {number[][]} */
function pairs(flat) {
  return Array.from({ length: flat.length / 2 }, (_, i) => flat.slice(2 * i, 2 * i + 2));
}

/**
 * Three float32 values whose computation fails: large enough that it begins after the call.
 * @param {any} t tf
 */
function failing(t) {
  return t.bincount(t.fill([20000], -1, 'int32'), t.tensor1d([]), 3);
}

/** Runs `body` in a tidy on the native backend. @param {() => any} body */
async function onNative(body) {
  await tf.setBackend('onednn');
  tf.engine().startScope();
  try {
    return await body();
  } finally {
    tf.engine().endScope();
  }
}

module.exports = { failing, filled, pairs, onNative };
