'use strict';

const { BenchProcess } = require('./bench-process');
const { difference, tolerance } = require('./compare');
const { fasterOf } = require('./copies');
const { byteSize } = require('./kernel-cases/tensors');
const { sizes } = require('./kernel-cases');
const { median } = require('./statistics');

const turns = 4;
/** Of those whose first call took longer than they have in all. */
const turnsOfSlow = 2;
/** A call that takes longer is not waited for. */
const mostMs = 2000;
/** A call that takes longer, and longer than it has in all, is not repeated. */
const repeatedMs = 500;

/**
 * @typedef {import('./kernel-cases').KernelCase} KernelCase
 * @typedef {import('./kernel-cases').Size} Size
 */

/**
 * What a call takes.
 * @typedef {object} Time
 * @property {number} ms The median, or what it takes at least.
 * @property {number} [bestMs]
 * @property {'single' | 'more'} [mark] Of one call, the first one; or it was not waited for.
 * @property {boolean} [differs] It computes something else, here or at a smaller size.
 */

/**
 * @typedef {object} Cell
 * @property {string} name @property {Size} size
 * @property {Record<string, Time>} times By contender; without those that have no such kernel.
 * @property {number} [bytes] Of inputs and outputs, where moving them is what takes time.
 * @property {number} [products]
 * @property {import('./copies').CopyRates} [copied] What copies of memory got meanwhile.
 * @property {string[]} problems
 */

/** A backend that is timed, in one process after another where calls take too long. */
class KernelContender {
  /** @type {BenchProcess | undefined} */
  #process;
  /** Cases that took too long, at smaller sizes. @type {Set<string>} */
  #late = new Set();
  /** Cases whose outputs were others than tfjs-native's. @type {Set<string>} */
  differing = new Set();
  /** Whether it does not start: that has been said. */
  #isMissing = false;

  /** @param {string} kind @param {number} threads */
  constructor(kind, threads) {
    this.kind = kind;
    this.threads = threads;
  }

  /**
   * @param {object} message @param {number} [limitMs]
   * @returns {Promise<any>} The answer of a process that runs.
   */
  async #ask(message, limitMs) {
    if (this.#process === undefined || this.#process.hasEnded) {
      const args = [this.kind, String(this.threads)];
      this.#process = new BenchProcess('kernel-process.js', args, this.threads);
      const { refused, note } = await this.#process.answer();
      this.#isMissing = refused !== undefined;
      if (refused) return { refused: `is missing: ${refused}` };
      if (note) console.error(`${this.kind} has ${note}`);
    }
    return this.#process.ask(message, limitMs);
  }

  /**
   * @param {string} name @param {Size} size
   * @returns {Promise<any>} What the first call gave, or {none}, {late} or {refused}.
   */
  async begin(name, size) {
    if (this.#isMissing) return { none: true };
    if (this.#late.has(name)) return { late: true };
    const { none, refused } = await this.#ask({ prepare: { name, size } });
    if (none || refused) return { none, refused };
    const answer = await this.#ask({ first: true }, mostMs);
    if (answer.late) this.#late.add(name);
    return answer;
  }

  /** @param {number} sliceMs @returns {Promise<{times?: number[], refused?: string}>} */
  slice(sliceMs) {
    return this.#ask({ sliceMs });
  }

  async end() {
    await this.#process?.end();
  }
}

/**
 * Times one case of one size, in turns.
 * @param {KernelContender[]} contenders @param {KernelCase} kernelCase @param {Size} size
 * @param {number} seconds For each contender.
 * @param {import('./copies').Copies} [copies] Have a turn beside the contenders'.
 * @returns {Promise<Cell>}
 */
async function raceKernel(contenders, { name, make }, size, seconds, copies) {
  /** @type {Record<string, Time>} */
  const times = {};
  const problems = [];
  /** @type {{contender: KernelContender, turns: number, samples: number[], isOut?: boolean}[]} */
  const field = [];
  /** @type {{kind: string, outputs: any[]} | undefined} */
  let reference;
  for (const contender of contenders) {
    const { kind } = contender;
    const { none, late, refused, ms, outputs } = await contender.begin(name, size);
    if (none) continue;
    if (late) {
      times[kind] = { ms: mostMs, mark: 'more' };
    } else if (refused) {
      problems.push(`${kind}: ${refused}`);
    } else {
      reference ??= { kind, outputs };
      const apart = differenceOf(reference.outputs, outputs);
      if (apart > tolerance) {
        contender.differing.add(name);
        // Some of the wasm backend's kernels are known to be wrong.
        if (kind !== 'wasm') problems.push(`${kind} differs from ${reference.kind} by ${apart}`);
      }
      if (ms > Math.max(repeatedMs, seconds * 1000)) times[kind] = { ms, mark: 'single' };
      else {
        const isSlow = ms > seconds * 1000;
        field.push({ contender, turns: isSlow ? turnsOfSlow : turns, samples: [] });
      }
    }
  }
  const sliceMs = (seconds * 1000) / turns;
  let copied;
  for (let turn = 0; turn < turns; turn++) {
    if (copies !== undefined) copied = fasterOf(copied, await copies.slice(sliceMs));
    for (const one of field) {
      if (one.isOut || turn >= one.turns) continue;
      const { times: taken, refused } = await one.contender.slice(sliceMs);
      if (refused) problems.push(`${one.contender.kind}: ${refused}`);
      one.isOut = refused !== undefined;
      one.samples.push(...(taken ?? []));
    }
  }
  for (const { contender, samples, isOut } of field) {
    if (!isOut) {
      const bestMs = samples.reduce((best, ms) => Math.min(best, ms));
      times[contender.kind] = { ms: median(samples), bestMs };
    }
  }
  for (const { kind, differing } of contenders) {
    if (times[kind] && differing.has(name)) times[kind].differs = true;
  }
  return {
    name,
    size,
    times,
    ...workOf(make(sizes[size]), reference?.outputs ?? []),
    copied,
    problems: problems.map((text) => `${name}, ${size}: ${text}`),
  };
}

/** @param {any[]} expected @param {any[]} actual Their values, where all were sent. */
function differenceOf(expected, actual) {
  const shapes = (outputs) => JSON.stringify(outputs.map(({ shape, dtype }) => [shape, dtype]));
  if (shapes(expected) !== shapes(actual)) return Infinity;
  const values = [expected, actual].map((outputs) => outputs.map((output) => output.values ?? []));
  return Math.max(0, difference(values[0], values[1]));
}

/**
 * What a call has to move or to multiply.
 * @param {import('./kernel-cases/shapes').KernelCall} call
 * @param {{shape: number[], dtype: string}[]} outputs
 */
function workOf({ inputs, products, onlyWrites, isView }, outputs) {
  if (products !== undefined) return { products };
  if (isView || outputs.length === 0) return {};
  const read = onlyWrites ? [] : Object.values(inputs).flat();
  const bytesOf = (given) => given.data?.byteLength ?? byteSize(given);
  return { bytes: [...read, ...outputs].reduce((sum, given) => sum + bytesOf(given), 0) };
}

module.exports = { KernelContender, raceKernel, mostMs };
