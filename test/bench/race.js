'use strict';

const { setTimeout: pause } = require('node:timers/promises');
const { ContenderProcess } = require('./contender-process');
const { difference, tolerance } = require('./compare');
const { tolerances } = require('./models');
const { median, scatter } = require('./statistics');

const rounds = 8;

/**
 * So often each predicts before it is timed, but for no longer than that: what V8 runs between a
 * prediction's call and its values became 26 us faster after some 800.
 */
const warmPredictions = 1500;
const warmMs = 1500;

/**
 * Between the turns of two contenders. onnxruntime's threads spin for 30 ms after their last job: who
 * came next at once would have one processor less.
 */
const pauseMs = 100;

/**
 * So often each contender starts, as one start says little: memory that the system has to clear first
 * makes the same one take twice as long.
 */
const starts = 3;

/**
 * @typedef {object} Extras
 * @property {number} startMs From the model in memory to its first outputs, in the median.
 * @property {number | undefined} rssBytes After all rounds.
 * @property {number} scatter Interquartile range of the times over their median.
 */

/**
 * @typedef {object} Result
 * @property {Record<string, number>} medians In ms, by contender; only those that compute the same.
 * @property {Record<string, Extras>} extras By contender.
 * @property {string[]} problems Contenders that did not start, or whose outputs differ.
 */

/**
 * Times the contenders on one model, in turns, so that all of them see the same machine.
 * @param {string} model @param {number} threads @param {string[]} kinds
 * @param {number} seconds For each contender.
 * @returns {Promise<Result>}
 */
async function race(model, threads, kinds, seconds) {
  /** @type {ContenderProcess[]} */
  const field = [];
  const problems = [];
  /** @type {{kind: string, outputs: Float32Array[]} | undefined} */
  let reference;
  const startTimes = await timeStarts(model, threads, kinds);
  /** @type {Map<string, number | undefined>} */
  const memory = new Map();
  try {
    for (const kind of kinds) {
      const contender = new ContenderProcess(kind, model, threads);
      field.push(contender);
      const { refused, outputs, note, startMs } = await contender.answer();
      const apart = reference && !refused ? difference(reference.outputs, outputs) : 0;
      if (refused) {
        problems.push(`${kind} is missing: ${refused}`);
      } else if (apart > (tolerances[model] ?? tolerance)) {
        problems.push(`outputs of ${kind} differ from those of ${reference?.kind} by ${apart}`);
      } else {
        reference ??= { kind, outputs };
        startTimes.get(kind)?.push(startMs);
        if (note) console.error(`${model}, ${threads} threads: ${kind} has ${note}`);
        continue;
      }
      await field.pop()?.end();
    }
    await timeAll(field, seconds);
    for (const contender of field) memory.set(contender.kind, await contender.memory());
  } finally {
    for (const contender of field) await contender.end();
  }
  const done = field.filter(({ failure }) => failure === undefined);
  for (const { kind, failure } of field) if (failure) problems.push(`${kind} failed: ${failure}`);
  return {
    medians: Object.fromEntries(done.map(({ kind, times }) => [kind, median(times)])),
    extras: Object.fromEntries(
      done.map(({ kind, times }) => [
        kind,
        {
          startMs: median(startTimes.get(kind) ?? []),
          rssBytes: memory.get(kind),
          scatter: scatter(times),
        },
      ]),
    ),
    problems: problems.map((text) => `${model}, ${threads} threads: ${text}`),
  };
}

/**
 * All starts but the last, after which the contenders go on.
 * @param {string} model @param {number} threads @param {string[]} kinds
 * @returns {Promise<Map<string, number[]>>} In ms, by contender; of those that have refused, none.
 */
async function timeStarts(model, threads, kinds) {
  /** @type {Map<string, number[]>} */
  const times = new Map(kinds.map((kind) => [kind, []]));
  for (let round = 1; round < starts; round++) {
    for (const kind of kinds) {
      if (kind === 'cpu') continue; // It takes up to half a minute.
      const contender = new ContenderProcess(kind, model, threads);
      const { refused, startMs } = await contender.answer();
      if (!refused) times.get(kind)?.push(startMs);
      await contender.end();
      await pause(pauseMs);
    }
  }
  return times;
}

/** @param {ContenderProcess[]} field @param {number} seconds */
async function timeAll(field, seconds) {
  const counts = new Map();
  for (const contender of field) {
    if (contender.kind === 'cpu') {
      // It takes up to half a minute, and needs few predictions.
      await contender.take(1);
    } else {
      await contender.take(5);
      await contender.take(Math.min(warmPredictions, Math.ceil(warmMs / median(contender.times))));
    }
    await pause(pauseMs);
    const slice = (seconds * 1000) / rounds;
    const count = Math.round(slice / median(contender.times)) || 1;
    counts.set(contender, Math.min(200, count));
    contender.times = [];
  }
  for (let round = 0; round < rounds; round++) {
    for (const contender of field) {
      if (contender.kind === 'cpu' && round >= 2) continue;
      await contender.take(counts.get(contender));
      await pause(pauseMs);
    }
  }
}

module.exports = { race };
