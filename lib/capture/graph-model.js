'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { Captures } = require('./captures');
const { noteWeightMap } = require('./constants');
const { reasonForEager, reasonOfInputs } = require('./guards');
const { parseName } = require('./control-flow');
const { planStages, orderOf, orderOfRun, canonical } = require('./stages');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {import('./stages').Stage} Stage */
/** @typedef {import('./stages').Plan} Plan */
/** @typedef {any} Executor tfjs-converter's GraphExecutor, which it does not export. */
/** @typedef {Record<string, Tensor>} TensorMap */

/** Plans of one executor: one for each set of inputs and outputs by name. */
const maxPlans = 64;

/** What tfjs-converter says after a run by executeAsync() that did not need it. */
const needlessAsync =
  'This model execution did not contain any nodes with control flow or dynamic output shapes. ' +
  'You can use model.execute() instead.';

/** What is known of one executor: a model's, or that of a function in it. */
class ExecutorState {
  captures;
  /** @type {Map<string, {plan: Plan | null, region: string}>} */
  #plans = new Map();

  /** @param {Executor} executor */
  constructor(executor) {
    // The captures must not keep the executor alive beyond its model.
    const ref = new WeakRef(executor);
    const { nodes } = executor.graph;
    this.captures = new Captures(() => noteWeightMap(() => ref.deref()?.weightMap ?? {}, nodes));
  }

  /**
   * The nodes that no stage captures.
   * @param {Executor} executor
   * @returns {{name: string, op: string}[]}
   */
  eagerNodes(executor) {
    const stages = [...this.#plans.values()].flatMap(({ plan }) => plan?.stages ?? []);
    const nodes = stages
      .filter(({ isStatic }) => !isStatic)
      .flatMap((stage) => orderOf(executor, stage).orderedNodes);
    return [...new Set(nodes)].map(({ name, op }) => ({ name, op }));
  }

  /**
   * @param {Executor} executor @param {string[]} inputs @param {string[]} outputs
   * @returns {{plan: Plan | null, region: string}}
   */
  plan(executor, inputs, outputs) {
    const region = `${inputs}>${outputs}`;
    const known = this.#plans.get(region);
    if (known !== undefined) return known;
    const isUsual = outputs.length > 0 && inputs.every((name) => parseName(name)[1] === 0);
    const nodes = inputs.map((name) => parseName(name)[0]);
    const made = { plan: isUsual ? planStages(executor, nodes, outputs) : null, region };
    this.#plans.set(region, made);
    if (this.#plans.size > maxPlans) this.#plans.delete([...this.#plans.keys()][0]);
    return made;
  }
}

/** @type {WeakMap<Executor, ExecutorState>} */
const states = new WeakMap();

/** @param {Executor} executor @returns {ExecutorState} */
function stateOf(executor) {
  let state = states.get(executor);
  if (state === undefined) states.set(executor, (state = new ExecutorState(executor)));
  return state;
}

/**
 * A model and the functions in it.
 * @param {Executor} executor @param {string} [name] Empty for the model itself.
 * @returns {{name: string, captures: Captures, eagerNodes: {name: string, op: string}[]}[]}
 */
function partsOfGraphModel(executor, name = '') {
  const state = stateOf(executor);
  return [
    { name, captures: state.captures, eagerNodes: state.eagerNodes(executor) },
    ...Object.entries(executor._functionExecutorMap ?? {}).flatMap(([inner, functionExecutor]) =>
      partsOfGraphModel(functionExecutor, inner),
    ),
  ];
}

/**
 * The captures of a model and of the functions in it.
 * @param {Executor} executor
 * @returns {Captures[]}
 */
function capturesOf(executor) {
  return [
    stateOf(executor).captures,
    ...Object.values(executor._functionExecutorMap ?? {}).flatMap(capturesOf),
  ];
}

/**
 * The tensors in arrays and lists of tensors.
 * @param {Record<string, any>} arrays @param {Record<string, any>} lists
 * @returns {Tensor[]}
 */
const heldBy = (arrays, lists) => [
  ...Object.values(arrays).flatMap((array) =>
    array.tensors.map((/** @type {any} */ t) => t.tensor),
  ),
  ...Object.values(lists).flatMap((list) => list.tensors),
];

/**
 * The executor as it is when some nodes have been computed: to tfjs these are weights.
 * @param {Executor} executor @param {Stage} stage @param {Tensor[]} tensors The stage's feeds.
 * @param {() => Tensor[]} [held] What the run holds otherwise.
 * @returns {Executor}
 */
function executorWith(executor, stage, tensors, held = () => []) {
  /** @type {Record<string, Tensor[]>} */
  const known = {};
  stage.feeds.forEach((name, i) => {
    const [node, index] = parseName(name);
    // tfjs skips places that nothing was put into.
    (known[node] ??= [])[index] = tensors[i];
  });
  const { graph } = executor;
  const nodes = Object.keys(known).map((name) => graph.nodes[name]);
  /** @param {any} value */
  const own = (value) => ({ value, writable: true, configurable: true });
  return Object.create(executor, {
    graph: own({ ...graph, weights: [...graph.weights, ...nodes] }),
    weightMap: own({ ...executor.weightMap, ...known }),
    // Asked for at the end, when all else is disposed that the stage has made.
    weightIds: {
      get: () => [...executor.weightIds, ...[...tensors, ...held()].map((tensor) => tensor?.id)],
    },
    compiledMap: own(stage.compiledMap),
    compile: own(() => orderOf(executor, stage)),
    // Names are those of nodes already.
    _signature: own(undefined),
    // The lists and arrays of tensors go on to the next stage: only a root disposes them.
    parent: own(executor),
  });
}

/** The values of one run, by name, with those that it made itself. */
class RunValues {
  /** @type {Map<string, Tensor>} */
  #values = new Map();
  /** @type {Tensor[]} */
  #made = [];

  /** @param {TensorMap} inputs By node. */
  constructor(inputs) {
    for (const name of Object.keys(inputs)) this.#values.set(canonical(name), inputs[name]);
  }

  /** @param {Stage} stage @returns {Tensor[]} */
  feedsOf({ feeds }) {
    return feeds.map((name) => /** @type {Tensor} */ (this.#values.get(name)));
  }

  /** @param {Stage} stage @param {Tensor[]} results */
  add({ targets }, results) {
    targets.forEach((name, i) => this.#values.set(name, results[i]));
    this.#made.push(...results);
  }

  /** @param {Executor} executor @param {string[]} outputs @returns {Tensor[]} */
  outputs(executor, outputs) {
    return outputs.map((name) => {
      const [node, index] = parseName(name);
      const value = this.#values.get(canonical(name)) ?? executor.weightMap[node]?.[index];
      return /** @type {Tensor} */ (value);
    });
  }

  /** Disposes what was made on the way. @param {Set<number>} keptIds */
  dispose(keptIds) {
    for (const tensor of this.#made) {
      if (tensor && !tensor.isDisposed && !keptIds.has(tensor.id)) tensor.dispose();
    }
  }
}

/**
 * Makes all graph models capture what they compute: through the executors that `model.execute()`
 * and its like end in, after tfjs has brought inputs and outputs into order.
 * @param {Executor} prototype That of GraphExecutor.
 */
function captureGraphModels(prototype) {
  const { execute, _executeAsync: executeAsync, compile, dispose } = prototype;

  /**
   * tfjs's own takes several times as long, which tells in the first run of a model.
   * @this {Executor} @param {TensorMap} inputs @param {{name: string}[]} outputs
   */
  prototype.compile = function (inputs, outputs) {
    const names = outputs.map(({ name }) => name);
    // What cannot be computed is refused by tfjs.
    return orderOfRun(this, Object.keys(inputs), names) ?? compile.call(this, inputs, outputs);
  };

  /**
   * @param {Executor} executor @param {Stage} stage @param {string} region @param {RunValues} values
   */
  function runStatic(executor, stage, region, values) {
    const { captures } = stateOf(executor);
    const compute = (/** @type {Tensor[]} */ tensors) =>
      execute.call(executorWith(executor, stage, tensors), {}, stage.targets);
    values.add(stage, captures.run(region, values.feedsOf(stage), compute));
  }

  /** @this {Executor} @param {TensorMap} inputs @param {string[]} outputs */
  prototype.execute = function (inputs, outputs) {
    const tensors = Object.values(inputs ?? {});
    let reason = reasonForEager() ?? reasonOfInputs(tensors);
    const state = stateOf(this);
    if (reason === null) {
      const { plan, region } = planOf(this, inputs, outputs);
      // What needs executeAsync() is refused by tfjs.
      if (plan !== null && !plan.needsAsync && plan.stages.length > 0) {
        this.disposeIntermediateTensors();
        if (plan.stages.length === 1) {
          return state.captures.run(region, tensors, () => execute.call(this, inputs, outputs));
        }
        return runStages(this, plan, region, inputs, outputs);
      }
      reason = 'there is nothing to capture';
    }
    state.captures.decline(reason);
    return execute.call(this, inputs, outputs);
  };

  /**
   * @param {Executor} executor @param {Plan} plan @param {string} region
   * @param {TensorMap} inputs @param {string[]} outputs
   */
  function runStages(executor, plan, region, inputs, outputs) {
    const [feeds, names] = checked(executor, inputs, outputs);
    return tfc.tidy(() => {
      const values = new RunValues(feeds);
      plan.stages.forEach((stage, i) => {
        if (stage.isStatic) {
          runStatic(executor, stage, `${region}#${i}`, values);
        } else {
          const view = executorWith(executor, stage, values.feedsOf(stage));
          values.add(stage, execute.call(view, {}, stage.targets));
        }
      });
      return values.outputs(executor, names);
    });
  }

  /**
   * @this {Executor} @param {TensorMap} inputs @param {string[]} outputs
   * @param {boolean} [isFunction] The executor is that of a function, and runs in a model's run.
   * @param {Record<string, any>} [arrays] @param {Record<string, any>} [lists] The run's tensor
   *     arrays and lists.
   */
  prototype._executeAsync = async function (
    inputs,
    outputs,
    isFunction = false,
    arrays = {},
    lists = {},
  ) {
    let reason = reasonForEager() ?? reasonOfInputs(Object.values(inputs ?? {}));
    if (reason === null) {
      const { plan, region } = planOf(this, inputs, outputs, isFunction);
      if (plan !== null && plan.stages.length > 0) {
        this.disposeIntermediateTensors();
        const [feeds, names] = isFunction ? [inputs, outputs] : checked(this, inputs, outputs);
        if (!plan.needsAsync && !isFunction) console.warn(needlessAsync);
        return runStagesAsync(this, plan, region, feeds, names, arrays, lists);
      }
      reason = 'there is nothing to capture';
    }
    stateOf(this).captures.decline(reason);
    return executeAsync.call(this, inputs, outputs, isFunction, arrays, lists);
  };

  /**
   * @param {Executor} executor @param {Plan} plan @param {string} region
   * @param {TensorMap} inputs @param {string[]} outputs
   * @param {Record<string, any>} arrays @param {Record<string, any>} lists
   */
  async function runStagesAsync(executor, plan, region, inputs, outputs, arrays, lists) {
    const values = new RunValues(inputs);
    const keptIds = new Set([...Object.values(inputs).map(({ id }) => id), ...executor.weightIds]);
    try {
      for (const [i, stage] of plan.stages.entries()) {
        if (stage.isStatic) {
          runStatic(executor, stage, `${region}#${i}`, values);
        } else {
          const held = () => heldBy(arrays, lists);
          const view = executorWith(executor, stage, values.feedsOf(stage), held);
          values.add(stage, await executeAsync.call(view, {}, stage.targets, true, arrays, lists));
        }
      }
      const results = values.outputs(executor, outputs);
      for (const { id } of results) keptIds.add(id);
      return results;
    } finally {
      values.dispose(keptIds);
      if (executor.parent == null) {
        for (const list of [...Object.values(arrays), ...Object.values(lists)]) {
          list.clearAndClose(keptIds);
        }
      }
    }
  }

  /** @this {Executor} */
  prototype.dispose = function () {
    for (const captures of capturesOf(this)) captures.clear();
    return dispose.call(this);
  };
}

/**
 * @param {Executor} executor @param {TensorMap} inputs @param {string[]} outputs
 * @param {boolean} [isFunction] Its names are those of nodes.
 */
function planOf(executor, inputs, outputs, isFunction = false) {
  // By the names as they are in the graph: there, no input may be missing or in it twice.
  const names = Object.keys(isFunction ? inputs : executor.mapInputs(inputs));
  return stateOf(executor).plan(
    executor,
    names,
    isFunction ? outputs : executor.mapOutputs(outputs),
  );
}

/**
 * What tfjs checks and renames at the beginning of a run.
 * @param {Executor} executor @param {TensorMap} inputs @param {string[]} outputs
 * @returns {[TensorMap, string[]]}
 */
function checked(executor, inputs, outputs) {
  const feeds = executor.mapInputs(inputs);
  executor.checkInputs(feeds);
  executor.checkInputShapeAndType(feeds);
  const names = executor.mapOutputs(outputs);
  executor.checkOutputs(names);
  return [feeds, names];
}

module.exports = { captureGraphModels, capturesOf, partsOfGraphModel, planOf };
