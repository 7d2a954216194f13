'use strict';

// Set up before each file of tests by forced.config.js: what models compute and can be captured is
// computed by its graph from the first call on, and from the second where the event loop did not turn
// since another graph was compiled. So tests that call a model once, and compare what it gives, are
// tests of the graphs.

const { Captures } = require('../../lib/capture/captures');
const { shared } = require('../../lib/capture/settings');

const { run } = Captures.prototype;
const clock = new Int32Array(new SharedArrayBuffer(4));
const patienceMs = 20_000;

/** Graphs that are being compiled, or are waiting for their turn, which the event loop gives. */
let compiling = 0;

/**
 * Whether the graph is compiled, without a turn of the event loop.
 * @param {import('../../lib/capture/captured-graph').CapturedGraph} graph
 */
function isCompiled(graph) {
  const isFirst = compiling++ === 0;
  // The next one's turn comes with the loop, also where this one is compiled before anybody asks.
  const end = () => setImmediate(() => setImmediate(() => compiling--));
  graph.ready().then(end, end);
  if (!isFirst) return false;
  const deadline = performance.now() + patienceMs;
  while (graph.state === 'compiling') {
    if (performance.now() > deadline) throw new Error('a graph is not compiled in time');
    Atomics.wait(clock, 0, 0, 1);
  }
  if (graph.state !== 'ready') throw new Error(`a graph was not compiled: ${graph.error?.message}`);
  return true;
}

/** @type {typeof run} */
Captures.prototype.run = function (region, inputs, fn) {
  // Not only runs with the first shapes are recorded at once.
  this.expect(region, inputs);
  const { recorded } = shared.counts;
  const outputs = run.call(this, region, inputs, fn);
  // Eager, or a replay.
  if (shared.counts.recorded === recorded) return outputs;
  if (!isCompiled(this.entries[this.entries.length - 1].graph)) return outputs;
  const { replayed } = this;
  const again = run.call(this, region, inputs, fn);
  if (this.replayed === replayed) throw new Error(`no replay: ${this.lastReason}`);
  for (const output of outputs) {
    if (!again.includes(output) && !inputs.includes(output)) output.dispose();
  }
  return again;
};
