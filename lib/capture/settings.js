'use strict';

/**
 * @typedef {object} CaptureStatistics Since the process started, or resetCaptureStatistics().
 * @property {number} recorded Runs that were recorded as a graph.
 * @property {number} compiled Graphs that were compiled.
 * @property {number} replayed Runs that a compiled graph did.
 * @property {number} refused Runs that were recorded and could not be captured.
 * @property {Record<string, number>} eager Runs that were done call by call, by reason.
 */

/**
 * What all copies of this package in one realm share, as they share the models that they change.
 * @typedef {object} Shared
 * @property {boolean} isOn
 * @property {string[]} disabledPasses Names of passes that compiling leaves out.
 * @property {{recorded: number, compiled: number, replayed: number, refused: number}} counts
 * @property {Map<string, number>} eager
 */

/** Reasons may name operators and numbers; so many of them are told apart. */
const maxReasons = 200;

const KEY = Symbol.for('tfjs-native.capture');
const realm = /** @type {any} */ (globalThis);

/** @type {Shared} */
const shared = (realm[KEY] ??= {
  isOn: process.env.TFJS_NATIVE_CAPTURE !== '0',
  disabledPasses: (process.env.TFJS_NATIVE_DISABLED_PASSES ?? '').split(',').filter(Boolean),
  counts: { recorded: 0, compiled: 0, replayed: 0, refused: 0 },
  eager: new Map(),
});

/** @param {string} reason */
function countEager(reason) {
  const { eager } = shared;
  const name = eager.has(reason) || eager.size < maxReasons ? reason : 'other reasons';
  eager.set(name, (eager.get(name) ?? 0) + 1);
}

/** @returns {CaptureStatistics} */
function statistics() {
  return { ...shared.counts, eager: Object.fromEntries(shared.eager) };
}

function resetStatistics() {
  Object.assign(shared.counts, { recorded: 0, compiled: 0, replayed: 0, refused: 0 });
  shared.eager.clear();
}

module.exports = { shared, countEager, statistics, resetStatistics };
