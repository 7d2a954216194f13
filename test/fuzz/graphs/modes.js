'use strict';

// The ways in which a program is captured and run.

const tf = require('../../../lib');
const { CapturedGraph } = require('../../../lib/capture/captured-graph');
const { poisonFreeBlocks } = require('../poison');
const { functionOf, makeInputs, makeWeights } = require('./program');

/** @typedef {import('./program').Program} Program */
/** @typedef {import('../compare').Output} Output */
/** @typedef {import('../random').Random} Random */

/**
 * All passes, as native/graph/passes/passes.cc has them, and what native/graph/placement.h decides.
 */
const PASSES = [
  'unfuse',
  'recognise-layer-norm',
  'recognise-softmax',
  'fold-constants',
  'remove-no-ops',
  'common-subexpressions',
  'dead-code',
  'move-transposes',
  'cancel-transposes',
  'fold-batch-norm',
  'fold-padding',
  'sink-concat',
  'recognise-rectifiers',
  'recognise-activations',
  'fuse-post-ops',
  'fuse-elementwise',
  'move-in-place',
  'join-in-place',
  'compute-in-place',
];

/**
 * @typedef {object} Mode
 * @property {string} name
 * @property {string[]} passes That are on.
 * @property {number} threads
 * @property {number[]} sets Of inputs, for each of the runs that are under way at once.
 * @property {boolean} isSync Whether outputs are read with dataSync().
 */

/** @param {Random} random @returns {Mode[]} */
function modesOf(random) {
  const mode = (/** @type {string} */ name, /** @type {string[]} */ passes) => ({
    name,
    passes,
    threads: random.chance(0.25) ? 2 : 1,
    sets: [0, 1],
    isSync: random.chance(0.75),
  });
  const some = PASSES.filter(() => random.chance(0.6));
  return [
    { ...mode('all passes', PASSES), threads: 2, sets: [0, 1, 0, 1, 1], isSync: false },
    { ...mode('all passes, one thread', PASSES), threads: 1 },
    mode('no pass', []),
    mode('some passes', some),
    ...PASSES.map((pass) => mode(`${pass} alone`, [pass])),
  ];
}

/** @param {import('@tensorflow/tfjs-core').Tensor[]} tensors @returns {Output[]} */
const read = (tensors) =>
  tensors.map((tensor) => ({
    shape: tensor.shape,
    dtype: tensor.dtype,
    values: tensor.dataSync().slice(),
  }));

/** @param {import('@tensorflow/tfjs-core').Tensor[]} tensors @returns {Promise<Output[]>} */
async function readLater(tensors) {
  const all = await Promise.all(tensors.map((tensor) => tensor.data()));
  return tensors.map(({ shape, dtype }, i) => ({ shape, dtype, values: all[i].slice() }));
}

/** What eager runs give, of each set of inputs. @param {Program} program @returns {Output[][]} */
function runEager(program) {
  return [0, 1].map((set) =>
    tf.tidy(() => {
      poisonFreeBlocks(tf.backend());
      return read(functionOf(program, makeWeights(program))(makeInputs(program, set)));
    }),
  );
}

/**
 * Captures the program and runs the graph.
 * @param {Program} program @param {Mode} mode
 * @returns {Promise<{recorded: Output[], runs: Output[][], explanation: any}>} What the recorded run
 *     gave, on the first inputs; and the runs, in the order of their sets.
 */
async function runCaptured(program, { passes, threads, sets, isSync }) {
  const engine = tf.engine();
  const before = tf.native.threads();
  tf.native.setThreads(threads);
  engine.startScope();
  /** @type {CapturedGraph | null} */
  let graph = null;
  try {
    const weights = makeWeights(program);
    const inputs = [0, 1].map((set) => makeInputs(program, set));
    const recording = CapturedGraph.record(
      /** @type {any} */ (tf.backend()),
      inputs[0],
      functionOf(program, weights),
    );
    graph = recording.graph;
    graph.compile(PASSES.filter((pass) => !passes.includes(pass)));
    await graph.ready();
    poisonFreeBlocks(tf.backend());
    const captured = graph;
    const results = sets.map((set) => captured.run(inputs[set]));
    const runs = isSync ? results.map(read) : await Promise.all(results.map(readLater));
    return { recorded: read(recording.outputs), runs, explanation: graph.explain() };
  } finally {
    graph?.dispose();
    engine.endScope();
    tf.native.setThreads(before);
  }
}

module.exports = { PASSES, modesOf, runCaptured, runEager };
