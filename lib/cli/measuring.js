'use strict';

/** @typedef {typeof import('../namespace')} Tf */
/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */

/** How often the two ways to run a model take turns. */
const rounds = 2;

/** Runs at the beginning of a turn that do not count: caches are cold. */
const uncounted = 2;

/**
 * Times a model as it is and with capture off.
 * @param {Tf} tf @param {import('./models').Model} model @param {Tensor[]} inputs
 * @param {{seconds: number, runs: number}} limits Of each of the two; one run there is in any case.
 * @returns {Promise<{firstRunMs: number, warmupMs: number, reason: string | null,
 *     captured: number[], eager: number[]}>} Times of runs in milliseconds. `captured` has none where
 *     the model cannot be captured, for the `reason`.
 */
async function measure(tf, model, inputs, { seconds, runs }) {
  const given = inputs.length === 1 ? inputs[0] : inputs;
  const once = () => timeOf(tf, model, given);
  /** @param {number[]} times */
  const turn = async (times) => {
    for (let i = 0; i < uncounted; i++) await once();
    const end = performance.now() + (1000 * seconds) / rounds;
    const most = times.length + Math.ceil(runs / rounds);
    do times.push(await once());
    while (times.length < Math.min(most, runs) && performance.now() < end);
  };
  tf.native.setCapture(false);
  const firstRunMs = await once();
  /** @type {number[]} */
  const captured = [];
  /** @type {number[]} */
  const eager = [];
  let warmupMs = 0;
  /** @type {string | null} */
  let reason = null;
  for (let round = 0; round < rounds && !(round > 0 && eager.length >= runs); round++) {
    tf.native.setCapture(false);
    await turn(eager);
    tf.native.setCapture(true);
    const begin = performance.now();
    const [report] = await tf.native.warmup(model, [inputs.map(({ shape }) => shape)]);
    if (round === 0) warmupMs = performance.now() - begin;
    reason = report.reason;
    if (report.captured) await turn(captured);
  }
  return { firstRunMs, warmupMs, reason, captured, eager };
}

/** @param {Tf} tf @param {import('./models').Model} model @param {any} inputs */
async function timeOf(tf, model, inputs) {
  const begin = performance.now();
  const outputs = await tf.native.run(model, inputs);
  /** @type {Tensor[]} */
  const tensors = outputs instanceof tf.Tensor ? [outputs] : Object.values(outputs);
  await Promise.all(tensors.map((tensor) => tensor.data()));
  const time = performance.now() - begin;
  tf.dispose(outputs);
  return time;
}

/**
 * @typedef {object} Figures
 * @property {number} runs
 * @property {number} medianMs
 * @property {number} p95Ms
 * @property {number} minMs
 * @property {number} perSecond Samples, one run after the other.
 */

/**
 * @param {number[]} times Not empty. @param {number} batch Samples a run.
 * @returns {Figures}
 */
function figuresOf(times, batch) {
  const sorted = [...times].sort((a, b) => a - b);
  const total = times.reduce((sum, time) => sum + time, 0);
  return {
    runs: times.length,
    medianMs: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    minMs: sorted[0],
    perSecond: (1000 * batch * times.length) / total,
  };
}

/** Between neighbours, linearly. @param {number[]} sorted @param {number} part */
function quantile(sorted, part) {
  const place = part * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

module.exports = { measure, figuresOf };
