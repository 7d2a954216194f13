'use strict';

/** @typedef {typeof import('../namespace')} Tf */
/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */

/** How often the two ways to run a model take turns. */
const rounds = 2;

/** Runs at the beginning of a turn that do not count: caches are cold. */
const uncounted = 2;

/** @typedef {{times: number[], wallMs: number}} Timing Of each run, and of all of them together. */

/**
 * Times a model as it is and with capture off.
 * @param {Tf} tf @param {import('./models').Model} model @param {Tensor[]} inputs
 * @param {{seconds: number, runs: number, concurrency: number}} limits Of each of the two; one run
 *     there is in any case. `concurrency`: how many are under way at a time.
 * @returns {Promise<{firstRunMs: number, warmupMs: number, reason: string | null,
 *     captured: Timing, eager: Timing}>} In milliseconds. `captured` has no times where the model
 *     cannot be captured, for the `reason`.
 */
async function measure(tf, model, inputs, { seconds, runs, concurrency }) {
  const given = inputs.length === 1 ? inputs[0] : inputs;
  const once = () => timeOf(tf, model, given);
  /** @param {Timing} timing */
  const turn = async (timing) => {
    for (let i = 0; i < uncounted; i++) await once();
    const begin = performance.now();
    const end = begin + (1000 * seconds) / rounds;
    let left = Math.min(Math.ceil(runs / rounds), runs - timing.times.length);
    const client = async () => {
      do {
        left--;
        timing.times.push(await once());
      } while (left > 0 && performance.now() < end);
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, left) }, client));
    timing.wallMs += performance.now() - begin;
  };
  tf.native.setCapture(false);
  const firstRunMs = await once();
  /** @type {Timing} */
  const captured = { times: [], wallMs: 0 };
  /** @type {Timing} */
  const eager = { times: [], wallMs: 0 };
  let warmupMs = 0;
  /** @type {string | null} */
  let reason = null;
  for (let round = 0; round < rounds && eager.times.length < runs; round++) {
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
 * @property {number} perSecond Samples.
 */

/**
 * @param {Timing} timing With at least one run. @param {number} batch Samples a run.
 * @returns {Figures}
 */
function figuresOf({ times, wallMs }, batch) {
  const sorted = [...times].sort((a, b) => a - b);
  return {
    runs: times.length,
    medianMs: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    minMs: sorted[0],
    perSecond: (1000 * batch * times.length) / wallMs,
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
