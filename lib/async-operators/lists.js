'use strict';

// tf.whereAsync and what is made of it, tf.setdiff1dAsync, tf.inTopKAsync.

const tfc = require('@tensorflow/tfjs-core');
const { isReal } = require('./arguments');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {import('./index').AsyncOperator} AsyncOperator */

/** @type {AsyncOperator} */
const whereAsync = {
  takes: (condition) => isReal(condition) && condition.dtype === 'bool',
  compute: async (run, condition) => (await run('Where', { condition }))[0],
};

/** @type {AsyncOperator} */
const booleanMaskAsync = {
  takes: (tensor, mask, axis) =>
    isReal(tensor) &&
    isReal(mask) &&
    mask.dtype === 'bool' &&
    mask.rank > 0 &&
    (axis == null || (Number.isInteger(axis) && axis >= 0)) &&
    tfc.util.arraysEqual(tensor.shape.slice(axis ?? 0, (axis ?? 0) + mask.rank), mask.shape),
  async compute(run, tensor, mask, axis) {
    const at = axis ?? 0;
    const { shape } = tensor;
    const rows = tensor.reshape([...shape.slice(0, at), mask.size, ...shape.slice(at + mask.rank)]);
    const flat = mask.reshape([mask.size]);
    /** @type {Tensor[]} */
    const made = [rows, flat];
    try {
      const [places] = await run('Where', { condition: flat });
      made.push(places);
      const indices = places.reshape([places.shape[0]]);
      made.push(indices);
      return tfc.gather(rows, indices, at);
    } finally {
      tfc.dispose(made);
    }
  },
};

/** @type {AsyncOperator} */
const setdiff1dAsync = {
  takes: (x, y) => isReal(x) && isReal(y) && x.dtype === y.dtype && x.rank === 1 && y.rank === 1,
  compute: (run, x, y) => run('ListDiff', { x, y }),
};

/** The largest number up to which float32 has all integers. */
const mostFloats = 2 ** 24;

/** @type {AsyncOperator} */
const inTopKAsync = {
  takes(predictions, targets, k = 1) {
    if (!isReal(predictions) || !isReal(targets) || predictions.dtype === 'bool') return false;
    const rows = predictions.shape.slice(0, -1);
    const size = predictions.shape[rows.length];
    return (
      predictions.rank > 1 &&
      targets.rank === rows.length &&
      tfc.util.arraysEqual(rows, targets.shape) &&
      Number.isInteger(k) &&
      k > 0 &&
      k <= size &&
      (targets.dtype === 'int32' || size <= mostFloats)
    );
  },
  // TopK has equal values in the order of their indices, as tfjs's function does. All of it is
  // enqueued; nothing is waited for.
  compute: async (_, predictions, targets, k = 1) =>
    tfc.tidy(() => {
      const { indices } = tfc.topk(predictions, k);
      return tfc.any(tfc.equal(indices, tfc.expandDims(targets, -1)), -1);
    }),
};

module.exports = { whereAsync, booleanMaskAsync, setdiff1dAsync, inTopKAsync };
