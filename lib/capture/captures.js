'use strict';

const { CapturedGraph, firstOfSame } = require('./captured-graph');
const { reasonForEager, reasonOfInputs, currentBackend } = require('./guards');
const { shared, countEager } = require('./settings');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {import('../backend').NativeBackend} NativeBackend */
/** @typedef {import('./constants').Constants} Constants */

/**
 * @typedef {import('./captured-graph').RecordOptions & {onRecorded?: (touched: Set<object>) => void}}
 *     CapturesOptions onRecorded is told the data ids that a recorded run read, before the constants
 *     are taken anew.
 */

/** Captured graphs, of one owner and in all. */
const maxGraphs = 32;
const maxGraphsInAll = 256;
/** Keys that are remembered for other reasons: seen once, or refused. Some bytes each. */
const maxKeys = 256;
/** How often a key, and the keys of one region, are tried that could not be captured. */
const maxAttempts = 3;
const maxRefusedKeys = 8;
/** Reasons that are told apart of one owner. */
const maxReasons = 32;

/** @typedef {{dtype: string, shape: number[]}} TensorType */

/**
 * @typedef {object} Entry A captured graph, and what it stands for.
 * @property {CapturedGraph} graph
 * @property {string} region
 * @property {TensorType[]} inputs
 * @property {TensorType[]} outputs
 * @property {number} replays
 * @property {number} lastUse
 */

/** @type {Set<WeakRef<Captures>>} All that may hold graphs. */
const all = new Set();
let clock = 0;

/** @param {Map<string, any> | Set<string>} keys Its oldest go. @param {number} most */
function bound(keys, most) {
  for (const key of keys.keys()) {
    if (keys.size <= most) return;
    keys.delete(key);
  }
}

/** @param {Tensor} tensor @returns {TensorType} */
const typeOf = ({ dtype, shape }) => ({ dtype, shape: [...shape] });

/** @param {Map<string, Entry>} graphs Its oldest go. @param {number} most */
function boundGraphs(graphs, most) {
  for (const [key, { graph }] of graphs) {
    if (graphs.size <= most) return;
    graph.dispose();
    graphs.delete(key);
  }
}

/**
 * What tells apart runs that one graph cannot stand for: dtypes, shapes, which inputs are the same
 * tensor, and which are kept (tfjs passes those on where it copies others).
 * @param {Tensor[]} inputs
 */
function keyOf(inputs) {
  let key = '';
  let isShared = false;
  for (let i = 0; i < inputs.length; i++) {
    const { dtype, shape, kept, dataId } = inputs[i];
    key += `|${dtype}${kept ? '!' : ''}:${shape}`;
    for (let j = 0; j < i; j++) isShared ||= inputs[j].dataId === dataId;
  }
  return isShared ? `${key}|${firstOfSame(inputs)}` : key;
}

/**
 * The captured graphs of one owner: a model, or a part of one. Which runs are recorded: the first of
 * each region; after that, the second with inputs of one kind.
 */
class Captures {
  #takeConstants;
  #options;
  /** @type {Constants | null} */
  #constants = null;
  /** @type {NativeBackend | null} */
  #backend = null;
  /** @type {Map<string, Entry>} The least recently used first. */
  #graphs = new Map();
  /** @type {Set<string>} Keys of runs that were not recorded. */
  #seen = new Set();
  /** @type {Map<string, {attempts: number, reason: string, calls: number}>} */
  #refused = new Map();
  /** @type {Map<string, {refused: number}>} Regions of which a run was recorded. */
  #regions = new Map();
  /** @type {Map<string, number>} Why runs were no replays, and how many. */
  #reasons = new Map();
  /** How many runs were replays. */
  replayed = 0;
  /** Why the last run was none. @type {string | null} */
  lastReason = null;

  /**
   * @param {() => Constants} takeConstants Notes what the owner's weights are now.
   * @param {CapturesOptions} [options]
   */
  constructor(takeConstants, options = {}) {
    this.#takeConstants = takeConstants;
    this.#options = options;
    all.add(new WeakRef(this));
  }

  /**
   * Runs `fn` on the inputs, or what was recorded of it.
   * @param {string} region Which of the owner's functions `fn` is.
   * @param {Tensor[]} inputs
   * @param {(inputs: Tensor[]) => Tensor[]} fn Computes its outputs from the inputs and the owner's
   *     weights, and does nothing else, as far as CapturedGraph.record() does not notice.
   * @returns {Tensor[]}
   */
  run(region, inputs, fn) {
    const reason = reasonForEager() ?? reasonOfInputs(inputs);
    if (reason !== null) return this.#eager(reason, inputs, fn);
    if (!this.#doConstantsHold()) {
      // A training loop must not record each step: this counts as the first sight.
      this.expect(region, inputs);
      return this.#eager('weights have changed', inputs, fn);
    }
    const key = region + keyOf(inputs);
    const found = this.#graphs.get(key);
    if (found !== undefined) {
      const { graph } = found;
      if (graph.state === 'ready') {
        this.#graphs.delete(key);
        this.#graphs.set(key, found);
        found.lastUse = ++clock;
        found.replays++;
        this.replayed++;
        shared.counts.replayed++;
        return graph.run(inputs);
      }
      if (graph.state === 'compiling') return this.#eager('being compiled', inputs, fn);
      this.#graphs.delete(key);
      this.#refuse(region, key, graph.error?.message ?? 'compilation failed', maxAttempts);
    }
    // A recording could not tell the one from the other.
    if (inputs.some(({ dataId }) => this.#constants?.has(dataId))) {
      return this.#eager('an input is a weight', inputs, fn);
    }
    const refusal = this.#reasonOfRefusal(region, key);
    if (refusal !== null) return this.#eager(refusal, inputs, fn);
    const isNew = !this.#seen.has(key) && !this.#refused.has(key);
    if (isNew && this.#regions.has(region)) {
      this.expect(region, inputs);
      return this.#eager('first run with these shapes', inputs, fn);
    }
    return this.#record(region, key, inputs, fn);
  }

  /**
   * Takes the next run with such inputs for the second one.
   * @param {string} region @param {Tensor[]} inputs
   */
  expect(region, inputs) {
    this.#seen.add(region + keyOf(inputs));
    bound(this.#seen, maxKeys);
  }

  /** Counts a run that is done call by call. @param {string} reason */
  decline(reason) {
    this.#note(reason);
    countEager(reason);
  }

  /** @param {string} reason */
  #note(reason) {
    this.lastReason = reason;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    bound(this.#reasons, maxReasons);
  }

  /** The graphs that are held, those used last at the end. @returns {Entry[]} */
  get entries() {
    return [...this.#graphs.values()];
  }

  /** Why runs were done call by call, and how many. @returns {Record<string, number>} */
  get reasons() {
    return Object.fromEntries(this.#reasons);
  }

  /** Drops all graphs. */
  clear() {
    boundGraphs(this.#graphs, 0);
    this.#seen.clear();
    this.#refused.clear();
  }

  /** Resolves when no graph is being compiled. @returns {Promise<void>} */
  async settled() {
    await Promise.allSettled([...this.#graphs.values()].map(({ graph }) => graph.ready()));
  }

  /** Number of graphs held. */
  get size() {
    return this.#graphs.size;
  }

  /** When the least recently used graph was used; Infinity where there is none. */
  get oldestUse() {
    for (const { lastUse } of this.#graphs.values()) return lastUse;
    return Infinity;
  }

  dropOldest() {
    boundGraphs(this.#graphs, this.#graphs.size - 1);
  }

  /** @param {string} reason @param {Tensor[]} inputs @param {(inputs: Tensor[]) => Tensor[]} fn */
  #eager(reason, inputs, fn) {
    this.decline(reason);
    return fn(inputs);
  }

  #doConstantsHold() {
    const backend = currentBackend();
    if (this.#backend !== backend) {
      this.clear();
      this.#regions.clear();
      this.#backend = backend;
    }
    if (this.#constants?.stillHold()) return true;
    const isFirst = this.#constants === null;
    this.#constants = this.#takeConstants();
    if (isFirst && this.#constants.stillHold()) return true;
    this.clear();
    return false;
  }

  /** @param {string} region @param {string} key @returns {string | null} */
  #reasonOfRefusal(region, key) {
    if ((this.#regions.get(region)?.refused ?? 0) >= maxRefusedKeys) {
      return this.#refused.get(key)?.reason ?? 'runs with other shapes could not be captured';
    }
    const refusal = this.#refused.get(key);
    if (refusal === undefined) return null;
    refusal.calls++;
    // What stood in the way may pass: a cache that the first runs fill, inputs that overlapped.
    const mayTry = refusal.attempts < maxAttempts && refusal.calls >= 4 ** (refusal.attempts - 1);
    return mayTry ? null : refusal.reason;
  }

  /** @param {string} region @param {string} key @param {string} reason @param {number} attempts */
  #refuse(region, key, reason, attempts) {
    shared.counts.refused++;
    this.#note(reason);
    const before = this.#refused.get(key)?.attempts ?? 0;
    this.#refused.set(key, { attempts: before + attempts, reason, calls: 0 });
    bound(this.#refused, maxKeys);
    const tried = this.#regions.get(region);
    if (tried !== undefined && before === 0) tried.refused++;
  }

  /**
   * @param {string} region @param {string} key @param {Tensor[]} inputs
   * @param {(inputs: Tensor[]) => Tensor[]} fn
   */
  #record(region, key, inputs, fn) {
    const tried = this.#regions.get(region) ?? { refused: 0 };
    this.#regions.set(region, tried);
    bound(this.#regions, maxKeys);
    const recording = CapturedGraph.tryRecord(currentBackend(), inputs, fn, this.#options);
    const { graph, reason, outputs, touched } = recording;
    if (graph === null) {
      this.#refuse(region, key, reason?.message ?? '', 1);
      return outputs;
    }
    shared.counts.recorded++;
    tried.refused = 0;
    this.lastReason = 'recorded';
    this.#refused.delete(key);
    this.#seen.delete(key);
    if (this.#options.onRecorded !== undefined) {
      this.#options.onRecorded(touched);
      this.#constants = this.#takeConstants();
    }
    this.#compile(graph);
    this.#graphs.set(key, {
      graph,
      region,
      inputs: inputs.map(typeOf),
      outputs: outputs.map(typeOf),
      replays: 0,
      lastUse: ++clock,
    });
    boundGraphs(this.#graphs, maxGraphs);
    boundAll();
    return outputs;
  }

  /** @param {CapturedGraph} graph */
  #compile(graph) {
    graph.compile();
    const count = () => void shared.counts.compiled++;
    if (graph.state === 'ready') count();
    // Whoever runs it next learns from its state what became of it.
    else graph.ready().then(count, () => {});
  }
}

/** Drops the least recently used graphs of all owners that are too many. */
function boundAll() {
  /** @type {Captures[]} */
  const alive = [];
  for (const ref of all) {
    const captures = ref.deref();
    if (captures === undefined) all.delete(ref);
    else alive.push(captures);
  }
  let count = alive.reduce((sum, { size }) => sum + size, 0);
  for (; count > maxGraphsInAll; count--) {
    alive.reduce((a, b) => (b.oldestUse < a.oldestUse ? b : a)).dropOldest();
  }
}

/** Drops the graphs of all owners. */
function clearAll() {
  for (const ref of all) ref.deref()?.clear();
}

/** Resolves when no graph of any owner is being compiled. @returns {Promise<void>} */
async function allSettled() {
  await Promise.all([...all].map((ref) => ref.deref()?.settled()));
}

module.exports = { Captures, clearAll, allSettled, maxGraphs, maxGraphsInAll };
