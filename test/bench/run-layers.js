'use strict';

// `npm run bench -- layers [--models a,b] [--rounds 5] [--runs 100] [--top 5]`
//
// Where the time of a model goes, beside onnxruntime's own profile, on one thread. Both take turns in
// processes of their own; each figure is the median over the rounds of the mean over the runs. The
// layers that multiply (convolutions, matrix products) are set against each other in the order in
// which they run, what is between them in sums. The models are run-models.js's.

const { parseArgs } = require('node:util');
const { BenchProcess } = require('./bench-process');
const { chooseModels } = require('./models');
const { median, markdownTable } = require('./statistics');

/** @typedef {import('./layers-process').StepTime} StepTime */
/** @typedef {{native: StepTime[], onnxruntime: StepTime[]}} Profiles */

const kinds = /** @type {const} */ (['native', 'onnxruntime']);
const product = /Conv|MatMul|Gemm/;

/**
 * @param {string} kind @param {string} model @param {string} runs
 * @returns {Promise<StepTime[]>}
 */
async function measure(kind, model, runs) {
  const child = new BenchProcess('layers-process.js', [kind, model, runs], 1);
  const { steps, refused } = await child.answer();
  await child.end();
  if (refused) throw new Error(`${kind} on ${model}: ${refused}`);
  return steps;
}

/** The steps with the median of each one's times. @param {StepTime[][]} rounds */
function medians(rounds) {
  return rounds[0].map((step, i) => ({
    ...step,
    us: median(rounds.map((steps) => steps[i].us)),
  }));
}

/** @param {StepTime[]} steps */
const sum = (steps) => steps.reduce((total, { us }) => total + us, 0);
/** @param {StepTime[]} steps */
const products = (steps) => steps.filter(({ op }) => product.test(op));
/** @param {StepTime[]} steps */
const others = (steps) => steps.filter(({ op }) => !product.test(op));
/** @param {number} us */
const text = (us) => us.toFixed(us < 10 ? 1 : 0);

/** @param {string} what @param {StepTime[]} ours @param {StepTime[]} theirs */
function sumRow(what, ours, theirs) {
  const [a, b] = [sum(ours), sum(theirs)];
  return [`${what} (${ours.length}, ${theirs.length} there)`, text(a), text(b), (b / a).toFixed(2)];
}

/**
 * The same steps of both: the first that is left of the same extents, whatever their layout, as
 * branches may be walked in another order; what is left then (onnxruntime widens channels to
 * multiples of 16) in order.
 * @param {StepTime[]} ours @param {StepTime[]} theirs As many.
 * @returns {{step: StepTime, other: StepTime}[]}
 */
function pairs(ours, theirs) {
  const extents = (/** @type {StepTime} */ { shape }) => `${[...shape].sort((a, b) => a - b)}`;
  const left = [...theirs];
  /** @param {number} i */
  const take = (i) => (i < 0 ? undefined : left.splice(i, 1)[0]);
  const found = ours.map((step) => ({
    step,
    other: take(left.findIndex((other) => extents(other) === extents(step))),
  }));
  return found.map(({ step, other }) => ({
    step,
    other: /** @type {StepTime} */ (other ?? take(0)),
  }));
}

/**
 * The products where onnxruntime is ahead by most, or the reason why they are not told apart.
 * @param {Profiles} profiles @param {number} top
 */
function layersBehind({ native, onnxruntime }, top) {
  const [ours, theirs] = [products(native), products(onnxruntime)];
  if (ours.length !== theirs.length) return 'The products are not the same ones.';
  const behind = pairs(ours, theirs)
    .map(({ step, other }) => ({ step, other, us: step.us - other.us }))
    .filter(({ us }) => us > 0)
    .sort((a, b) => b.us - a.us);
  if (behind.length === 0) return 'onnxruntime is ahead in none of the products.';
  const total = behind.reduce((all, { us }) => all + us, 0);
  const rows = behind
    .slice(0, top)
    .map(({ step, other }) => [
      `${step.op}, ${step.shape.join('x')} (${other.op} ${other.name})`,
      text(step.us),
      text(other.us),
      (other.us / step.us).toFixed(2),
    ]);
  const title = `onnxruntime is ahead in ${behind.length} products by ${text(total)} us`;
  return markdownTable([title, 'ours', 'onnxruntime', 'it / ours'], rows);
}

/** @param {string[]} args */
async function runLayers(args) {
  const { values: options } = parseArgs({
    args,
    options: {
      models: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      runs: { type: 'string', default: '100' },
      top: { type: 'string', default: '5' },
    },
  });
  const { models, notes } = await chooseModels(options.models);
  for (const note of notes) console.error(note);
  for (const model of models) {
    /** @type {Record<string, StepTime[][]>} */
    const rounds = { native: [], onnxruntime: [] };
    for (let i = 0; i < Number(options.rounds); i++) {
      for (const kind of kinds) rounds[kind].push(await measure(kind, model, options.runs));
    }
    const profiles = {
      native: medians(rounds.native),
      onnxruntime: medians(rounds.onnxruntime),
    };
    const { native, onnxruntime } = profiles;
    console.log(
      `${markdownTable(
        [`${model}, us on one thread`, 'ours', 'onnxruntime', 'it / ours'],
        [
          sumRow('products', products(native), products(onnxruntime)),
          sumRow('other steps', others(native), others(onnxruntime)),
          sumRow('all', native, onnxruntime),
        ],
      )}\n\n${layersBehind(profiles, Number(options.top))}\n`,
    );
  }
}

module.exports = { layersBehind, runLayers };
