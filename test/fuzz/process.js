'use strict';

// A child of run.js: makes calls one after another. Before each it writes operator and seed to a
// file, which outlives a crash; problems and counts go to the parent.
//
// usage: node process.js '<task as JSON>'

const fs = require('node:fs');
const tf = require('../../lib');
const { runDifferential } = require('./differential');
const { runGraph } = require('./graphs/graphs');
const { runHostile } = require('./hostile');
const { runImage } = require('./images/images');
const { describeCall } = require('./describe-call');
const { CALLS_PER_TURN, makeCounts } = require('./turn');

/** A call that takes longer is reported, although it ended; a graph is some twenty compilations. */
const SLOW_MS = { differential: 5_000, hostile: 5_000, graphs: 30_000, images: 5_000 };

/**
 * @typedef {object} Task
 * @property {'differential' | 'hostile' | 'graphs' | 'images'} part
 * @property {string[]} ops
 * @property {number} seed Of the first call of each operator; the next ones count on from it.
 * @property {number} calls For each operator.
 * @property {number} until Date.now() at which to stop all the same.
 * @property {string} lastCallFile
 */

/** @param {Task} task */
async function main(task) {
  const lastCall = fs.openSync(task.lastCallFile, 'w');
  const counts = makeCounts();
  const run = {
    differential: runDifferential,
    hostile: runHostile,
    graphs: runGraph,
    images: runImage,
  }[task.part];
  const one = async (op, seed) => {
    fs.writeSync(lastCall, `${JSON.stringify({ op, seed })}\n`.padEnd(100), 0);
    const start = Date.now();
    const outcome = await run(op, seed);
    ++counts.calls;
    for (const kind of ['compared', 'results', 'errors', 'refused', 'graphs', 'amplified'])
      counts[kind] += outcome[kind] ? 1 : 0;
    const milliseconds = Date.now() - start;
    const isSlow = milliseconds > SLOW_MS[task.part];
    const problem = outcome.problem ?? (isSlow ? `took ${milliseconds} ms` : null);
    if (problem === null) return;
    process.send({ op, seed, problem, call: outcome.text ?? describeCall(outcome.call) });
  };
  for (let done = 0; done < task.calls; done += CALLS_PER_TURN) {
    const turn = Math.min(CALLS_PER_TURN, task.calls - done);
    for (const op of task.ops) {
      for (let i = 0; i < turn; i++) await one(op, (task.seed + done + i) >>> 0);
      if (Date.now() > task.until) return counts;
    }
  }
  return counts;
}

process.on('disconnect', () => process.exit(1));
const task = JSON.parse(process.argv[2]);
if (process.env.FUZZ_THREADS) tf.native.setThreads(Number(process.env.FUZZ_THREADS));
main(task).then((counts) => process.send({ counts }, () => process.exit(0)));
