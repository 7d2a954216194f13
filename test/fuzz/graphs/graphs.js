'use strict';

// One random graph: eager runs against captured ones.

const tf = require('../../../lib');
const { difference } = require('../compare');
const { Random } = require('../random');
const { modesOf, runCaptured, runEager, PASSES } = require('./modes');
const { textOf } = require('./program');
const { shrink } = require('./shrink');
const { spreadOf, unexplained, TOLERANCE } = require('./spread');
const { drawProgram } = require('./themes');

/** @typedef {import('./program').Program} Program */
/** @typedef {import('./modes').Mode} Mode */
/** @typedef {import('../compare').Output} Output */

/** How long a graph that fails is made smaller, ms. */
const SHRINKING_MS = 20_000;

/** What an eager run of a program gives, and how far a captured one may be off. */
class Expectation {
  #program;
  #outputs;
  /** @type {Map<number, Float64Array[]>} */
  #spreads = new Map();
  /** Whether something was off by more than the usual tolerance, which rounding explains. */
  isAmplified = false;

  /** @param {Program} program */
  constructor(program) {
    this.#program = program;
    this.#outputs = runEager(program);
  }

  /** @param {Output[]} actual @param {number} set @returns {string | null} What is wrong. */
  problemOf(actual, set) {
    const expected = this.#outputs[set];
    /** @type {import('../draft').Call} */
    const call = { inputs: {}, attrs: {}, scale: 'tensor', tolerance: TOLERANCE };
    const problem = difference(call, actual, expected);
    if (problem === null) return null;
    const isLike = ({ shape, dtype, values }, i) =>
      shape.join() === expected[i].shape.join() &&
      dtype === expected[i].dtype &&
      values.length === expected[i].values.length;
    if (actual.length !== expected.length || !actual.every(isLike)) return problem;
    let spreads = this.#spreads.get(set);
    if (spreads === undefined) {
      spreads = spreadOf(this.#program, set, expected);
      this.#spreads.set(set, spreads);
    }
    const left = unexplained(actual, expected, spreads);
    if (left === null) this.isAmplified = true;
    return left;
  }
}

/**
 * @param {Program} program @param {Mode} mode @param {Expectation} expectation
 * @returns {Promise<{problem: string | null, explanation?: any}>}
 */
async function problemIn(program, mode, expectation) {
  let result;
  try {
    result = await runCaptured(program, mode);
  } catch (error) {
    return { problem: `fails: ${error.message}` };
  }
  const { recorded, runs, explanation } = result;
  const unknown = explanation.passes.find((/** @type {string} */ pass) => !PASSES.includes(pass));
  if (unknown !== undefined) return { problem: `pass ${unknown} is not in the list`, explanation };
  let problem = expectation.problemOf(recorded, 0);
  if (problem !== null) return { problem: `while it is recorded, ${problem}`, explanation };
  for (let i = 0; i < runs.length && problem === null; i++) {
    problem = expectation.problemOf(runs[i], mode.sets[i]);
    if (problem !== null) problem = `run ${i}, inputs ${mode.sets[i]}: ${problem}`;
  }
  return { problem, explanation };
}

/** Without passes that the failure does not need. @param {Program} program @param {Mode} mode */
async function fewerPasses(program, mode) {
  const expectation = new Expectation(program);
  let least = mode;
  for (const pass of mode.passes) {
    const fewer = { ...least, passes: least.passes.filter((name) => name !== pass) };
    if ((await problemIn(program, fewer, expectation)).problem !== null) least = fewer;
  }
  return least;
}

/**
 * The failure as small as can be, for people.
 * @param {Program} program @param {Mode} mode
 */
async function describeFailure(program, mode) {
  const until = Date.now() + SHRINKING_MS;
  const fails = async (/** @type {Program} */ candidate) =>
    (await problemIn(candidate, mode, new Expectation(candidate))).problem !== null;
  const small = await shrink(program, fails, until);
  const few = await fewerPasses(small, mode);
  const { problem, explanation } = await problemIn(small, few, new Expectation(small));
  return [
    `passes [${few.passes}], ${few.threads} threads: ${problem}`,
    textOf(small),
    explanation?.text ?? '',
  ].join('\n');
}

/** @returns {{numTensors: number, numDataIds: number}} */
const held = () => ({
  numTensors: tf.memory().numTensors,
  numDataIds: /** @type {any} */ (tf.backend()).numDataIds(),
});

/**
 * @param {string} theme @param {number} seed
 * @returns {Promise<{problem: string | null, graphs: boolean, amplified: boolean, text: string}>}
 */
async function runGraph(theme, seed) {
  await tf.setBackend('onednn');
  const random = new Random(seed, theme);
  const before = held();
  const program = drawProgram(theme, random);
  const expectation = new Expectation(program);
  for (const mode of modesOf(random)) {
    const { problem } = await problemIn(program, mode, expectation);
    if (problem === null) continue;
    const text = await describeFailure(program, mode);
    return { problem: `${mode.name}: ${problem}`, graphs: true, amplified: false, text };
  }
  const after = held();
  const isLeak = JSON.stringify(after) !== JSON.stringify(before);
  return {
    problem: isLeak ? `leaves ${JSON.stringify(after)}, not ${JSON.stringify(before)}` : null,
    graphs: true,
    amplified: expectation.isAmplified,
    text: isLeak ? textOf(program) : '',
  };
}

module.exports = { runGraph, problemIn, describeFailure, Expectation };
