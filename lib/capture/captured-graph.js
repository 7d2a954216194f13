'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { NativeError } = require('../native-error');
const { currentRun } = require('./run-context');
const { readOutputs } = require('../operator');
const { shared } = require('./settings');
const { SideEffects } = require('./side-effects');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {import('../backend').NativeBackend} NativeBackend */
/** @typedef {(inputs: Tensor[]) => Tensor | Tensor[]} Fn Synchronous. */

/**
 * @typedef {object} RecordOptions
 * @property {boolean} [mayKeep] The function may keep tensors (tf.keep) as long as it disposes as
 *     many: what it keeps does not depend on its inputs' values.
 */

/**
 * @typedef {object} Recording
 * @property {CapturedGraph | null} graph Null when the calls cannot stand for the function.
 * @property {NativeError | null} reason Why there is no graph.
 * @property {Tensor[]} outputs Of this run.
 * @property {Set<object>} touched The data ids that the calls read.
 */

/**
 * What native/graph/explanation.h makes of a compiled graph. Tensors have numbers, by which they are
 * known again as the inputs of other nodes.
 * @typedef {object} GraphExplanation
 * @property {string[]} passes Names of those that changed something, in order.
 * @property {ExplainedNode[]} nodes In the order in which they run.
 * @property {ExplainedTensor[]} inputs
 * @property {ExplainedTensor[]} constants
 * @property {number[]} outputs Ids.
 * @property {number} arenaBytes Memory of what nodes leave to others, which they share over time.
 * @property {number} unsharedBytes What that would be if they did not.
 * @property {number} constantBytes Weights, and what passes made of them.
 * @property {number} resultBytes Of the outputs, with each run.
 * @property {number} [timedRuns] How many runs were timed step by step, if any.
 * @property {string} text The graph, printed.
 */

/**
 * @typedef {object} ExplainedNode
 * @property {string} op
 * @property {string} [name]
 * @property {string[]} [fused] The operators that passes made one of.
 * @property {string[]} [postOps] What is done to its result before it is stored.
 * @property {(number | null)[]} inputs Ids; null where an optional input is absent.
 * @property {(ExplainedTensor | null)[]} outputs Null where nobody wants one.
 * @property {string} [kernel] None: its outputs lie in its input, or its inputs in its output.
 * @property {number} [inPlaceOf] The input, by its index, whose memory its output takes.
 * @property {string[]} [declined] Kernels that come before it and do not take the call, with reasons.
 * @property {number} [workspaceBytes]
 * @property {number} [ns] Mean of the timed runs.
 */

/** @typedef {{id: number, dtype: string, shape: number[]}} ExplainedTensor */

/**
 * Where an output comes from: the native outputs, or, as the same tensor, an input or a tensor that
 * existed before.
 * @typedef {{result: number} | {input: number} | {tensor: Tensor}} Source
 */

/**
 * Writes tensors into the call frame: slot, rank, extents of each.
 * @param {NativeBackend} backend @param {Tensor[]} tensors @param {string} op
 */
function writeTensors(backend, tensors, op) {
  // First, as data that moves here from another backend must not come between the words.
  const slots = tensors.map((tensor) => backend.handleOf(tensor.dataId, op).slot);
  const text = slots.findIndex((slot) => slot < 0);
  if (text >= 0) {
    throw new NativeError('BAD_DTYPE', op, `tensor ${text}: expected numbers, got strings`);
  }
  backend.frame.length = 0;
  tensors.forEach(({ shape }, i) => backend.frame.pushTensor(slots[i], shape));
}

/**
 * For each input, the first that is the same data under the same shape.
 * @param {Tensor[]} inputs
 * @returns {number[]}
 */
function firstOfSame(inputs) {
  return inputs.map((input) =>
    inputs.findIndex(
      ({ dataId, dtype, shape }) =>
        dataId === input.dataId &&
        dtype === input.dtype &&
        tfc.util.arraysEqual(shape, input.shape),
    ),
  );
}

/**
 * @param {Tensor[]} outputs @param {Tensor[]} inputs
 * @param {number} firstId Tensors from this id on were made by the run.
 * @returns {{sources: Source[], results: Tensor[]}} Results: what the native side has to give.
 */
function sourcesOf(outputs, inputs, firstId) {
  /** @type {Tensor[]} */
  const results = [];
  const sources = outputs.map((output) => {
    const input = inputs.indexOf(output);
    if (input >= 0) return { input };
    if (output?.id < firstId) return { tensor: output };
    let result = results.indexOf(output);
    if (result < 0) result = results.push(output) - 1;
    return { result };
  });
  return { sources, results };
}

/** @param {unknown} error @returns {NativeError} */
function asReason(error) {
  if (error instanceof NativeError) return error;
  throw error;
}

/**
 * The native calls of one eager run, which can be run again on new inputs of the same shapes and
 * dtypes without JavaScript in between.
 */
class CapturedGraph {
  #backend;
  /** @type {unknown} What was recorded; let go of once it is compiled. */
  #recorded;
  /** @type {unknown} */
  #compilation = null;
  /** @type {Promise<void> | null} The end of the compilation, for all who wait. */
  #end = null;
  #firstOfSame;
  #sources;
  /** @type {'recorded' | 'compiling' | 'ready' | 'failed'} */
  #state = 'recorded';
  /** @type {NativeError | null} */
  #error = null;

  /**
   * Use record().
   * @param {NativeBackend} backend
   * @param {unknown} recorded
   * @param {number[]} same What firstOfSame() says of the inputs.
   * @param {Source[]} sources
   */
  constructor(backend, recorded, same, sources) {
    this.#backend = backend;
    this.#recorded = recorded;
    this.#firstOfSame = same;
    this.#sources = sources;
  }

  /**
   * Runs `fn` once and records what it computes from the inputs. Tensors that exist already
   * (weights) become constants, which the graph keeps.
   * @param {NativeBackend} backend The current backend.
   * @param {Tensor[]} inputs
   * @param {Fn} fn Runs in a tidy of its own.
   * @param {RecordOptions} [options]
   * @returns {{graph: CapturedGraph, outputs: Tensor[]}} The outputs are those of this run.
   * @throws {NativeError} UNSUPPORTED when the calls cannot stand for `fn`: it read a value that
   *     depends on the inputs, drew random numbers, or did something beside computing its outputs.
   *     Whatever `fn` throws.
   */
  static record(backend, inputs, fn, options) {
    const { graph, reason, outputs } = CapturedGraph.tryRecord(backend, inputs, fn, options);
    if (graph !== null) return { graph, outputs };
    const kept = new Set(inputs);
    tfc.dispose(outputs.filter((output) => !kept.has(output)));
    throw reason;
  }

  /**
   * Like record(), but the outputs of a run that cannot be captured are not lost.
   * @param {NativeBackend} backend @param {Tensor[]} inputs @param {Fn} fn
   * @param {RecordOptions} [options]
   * @returns {Recording}
   * @throws Whatever `fn` throws.
   */
  static tryRecord(backend, inputs, fn, options = {}) {
    const { session } = backend;
    const same = firstOfSame(inputs);
    const distinct = inputs.filter((_, i) => same[i] === i);
    /** @type {NativeError | null} */
    let reason = null;
    try {
      writeTensors(backend, distinct, 'capture');
      if (session.recordBegin(distinct.length) < 0) throw backend.lastError('capture');
    } catch (error) {
      reason = asReason(error);
    }
    if (reason !== null) {
      return {
        graph: null,
        reason,
        outputs: tfc.tidy(() => [fn(inputs)].flat()),
        touched: new Set(),
      };
    }

    const effects = new SideEffects(backend, options);
    /** @type {Tensor[]} */
    let outputs;
    try {
      outputs = tfc.tidy(() => [fn(inputs)].flat());
    } catch (error) {
      session.recordEnd(0);
      throw error;
    } finally {
      effects.end();
    }
    const { sources, results } = sourcesOf(outputs, inputs, effects.firstId);
    let recorded;
    try {
      // tfjs gives undefined for an output that a node does not have.
      if (results.some((result) => !(result instanceof tfc.Tensor))) {
        throw new NativeError('UNSUPPORTED', 'capture', 'an output is no tensor', backend.device);
      }
      writeTensors(backend, results, 'capture');
      recorded = session.recordEnd(results.length);
      if (recorded === -1) reason = backend.lastError('capture');
    } catch (error) {
      session.recordEnd(0);
      reason = asReason(error);
    }
    const effect = effects.found(results.length);
    if (effect !== null) reason = new NativeError('UNSUPPORTED', 'capture', effect, backend.device);
    const graph = reason === null ? new CapturedGraph(backend, recorded, same, sources) : null;
    return { graph, reason, outputs, touched: effects.touched };
  }

  /** @returns {'recorded' | 'compiling' | 'ready' | 'failed'} */
  get state() {
    if (this.#state === 'compiling') {
      const { session } = this.#backend;
      const state = session.compilationState(this.#compilation);
      if (state > 0) this.#state = 'ready';
      if (state < 0) this.#fail(this.#backend.lastError('compile'));
    }
    return this.#state;
  }

  /** @param {NativeError} error */
  #fail(error) {
    this.#state = 'failed';
    this.#error = error;
  }

  /** Why compilation failed; null unless the state is 'failed'. @returns {NativeError | null} */
  get error() {
    return this.state === 'failed' ? this.#error : null;
  }

  /**
   * Starts compilation, where it has not been started. It goes on off JavaScript's thread.
   * @param {string[]} [disabledPasses] Names of passes to leave out.
   */
  compile(disabledPasses = shared.disabledPasses) {
    if (this.#state !== 'recorded') return;
    const { session } = this.#backend;
    const compilation = session.compile(this.#recorded, disabledPasses);
    if (compilation === -1) {
      this.#fail(this.#backend.lastError('compile'));
      return;
    }
    session.release(this.#recorded);
    this.#recorded = null;
    this.#compilation = compilation;
    this.#state = 'compiling';
  }

  /**
   * Resolves when the graph is compiled.
   * @returns {Promise<void>}
   * @throws {NativeError} Why compilation failed.
   */
  async ready() {
    this.compile();
    if (this.#state === 'compiling') {
      // Whoever asked first is told first.
      await (this.#end ??= this.#backend.waitForCompilation(this.#compilation));
    }
    if (this.error !== null) throw this.error;
  }

  /**
   * What became of the graph.
   * @returns {GraphExplanation}
   * @throws {NativeError} UNSUPPORTED: the graph is not ready. DISPOSED.
   */
  explain() {
    this.#checkReady('explain');
    const text = this.#backend.session.explain(this.#compilation);
    if (text === -1) throw this.#backend.lastError('explain');
    return JSON.parse(text);
  }

  /** @param {string} op */
  #checkReady(op) {
    if (this.state === 'ready') return;
    if (this.#error !== null) throw this.#error;
    throw new NativeError('UNSUPPORTED', op, `the graph is ${this.#state}, not ready`);
  }

  /** Lets go of the constants and of what was compiled; runs that are enqueued end as ever. */
  dispose() {
    const { session } = this.#backend;
    if (this.#recorded !== null) session.release(this.#recorded);
    if (this.#compilation !== null) session.release(this.#compilation);
    this.#recorded = null;
    this.#compilation = null;
    this.#sources = [];
    this.#fail(new NativeError('DISPOSED', 'replay', 'the graph has been disposed'));
  }

  /**
   * Enqueues one run.
   * @param {Tensor[]} inputs Those that were one tensor when the graph was recorded must be one now.
   * @returns {Tensor[]} The outputs, in the order in which `fn` gave them.
   * @throws {NativeError} BAD_SHAPE, BAD_DTYPE: an input is not as it was when the graph was
   *     recorded. UNSUPPORTED: the graph is not ready. DISPOSED.
   */
  run(inputs) {
    const backend = this.#backend;
    this.#checkReady('replay');
    const same = this.#firstOfSame;
    if (inputs.length !== same.length) {
      const counts = `expected ${same.length} inputs, got ${inputs.length}`;
      throw new NativeError('BAD_SHAPE', 'replay', counts, backend.device);
    }
    const distinct = inputs.filter((input, i) => {
      if (input.dataId !== inputs[same[i]].dataId) {
        const expected = `input ${i}: expected the same tensor as input ${same[i]}`;
        throw new NativeError('BAD_SHAPE', 'replay', expected, backend.device);
      }
      return same[i] === i;
    });
    writeTensors(backend, distinct, 'replay');
    const first = backend.takeCell();
    const { canceller, isTimed = false } = currentRun();
    const { session } = backend;
    const started = session.replay(this.#compilation, distinct.length, first, isTimed, canceller);
    if (started < 0) throw backend.lastError('replay');
    if (started > 0) backend.runDeferred();
    const infos = /** @type {any[]} */ ([readOutputs(backend, first, 'replay')].flat());
    const results = infos.map((info) => tfc.engine().makeTensorFromTensorInfo(info, backend));
    return this.#sources.map((source) => {
      if ('result' in source) return results[source.result];
      return 'input' in source ? inputs[source.input] : source.tensor;
    });
  }
}

module.exports = { CapturedGraph, firstOfSame };
