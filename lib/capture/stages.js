'use strict';

// Cuts the graph of a graph model into stages: what always computes the same way from its inputs,
// and what lies between, as nodes with control flow or shapes that depend on values do.

const { controlFlowOf, parseName } = require('./control-flow');
const { isAsync, isBarrier, isTrivial, isTable, readsAnyOf, tellsShape } = require('./graph-nodes');

/**
 * @typedef {object} Node What is used here of tfjs-converter's.
 * @property {string} name
 * @property {string} op
 * @property {string} [category]
 * @property {string[]} inputNames
 * @property {Node[]} inputs
 * @property {Node[]} children
 * @property {Record<string, {value?: any}>} [attrParams]
 * @property {Record<string, any>} [rawAttrs] As in the model's file.
 * @property {Record<string, {type: string, inputIndexStart?: number}>} [inputParams]
 */

/**
 * @typedef {object} Stage
 * @property {boolean} isStatic It computes the same way each time: it may be captured.
 * @property {string[]} feeds Values of earlier stages and inputs of the run that it uses, as
 *     `node:index`.
 * @property {string[]} targets Values that later stages or the caller use.
 * @property {Map<string, any>} compiledMap The executor's cache for this stage.
 */

/** Fewer nodes than this are no region: a replay would cost as much as they do. */
const minNodes = 2;

/** @param {string} name */
function canonical(name) {
  const [node, index] = parseName(name);
  return `${node}:${index}`;
}

/**
 * The nodes that a run computes, without those that it is given; and whether tfjs wants
 * executeAsync() for it.
 * @param {any} executor @param {Set<string>} inputs Names of nodes. @param {string[]} outputs
 * @returns {{used: Map<string, Node>, needsAsync: boolean} | null} Null where an input or an output
 *     is missing.
 */
function usedNodes(executor, inputs, outputs) {
  const { nodes, initNodes = [] } = executor.graph;
  const initNames = new Set(initNodes.map((/** @type {Node} */ { name }) => name));
  /** @type {Map<string, Node>} */
  const used = new Map();
  let needsAsync = false;
  const seen = new Set();
  const frontier = outputs.map((name) => nodes[parseName(name)[0]]);
  while (frontier.length > 0) {
    const node = frontier.pop();
    if (node === undefined) return null;
    if (seen.has(node.name)) continue;
    seen.add(node.name);
    needsAsync ||= isAsync(node);
    if (inputs.has(node.name) || executor.weightMap[node.name] != null) continue;
    if (node.inputs.length === 0 && !initNames.has(node.name)) return null;
    used.set(node.name, node);
    if (!initNames.has(node.name)) frontier.push(...node.inputs);
  }
  return { used, needsAsync };
}

/**
 * The nodes that no graph can compute: for what they do, or because tfjs reads a value in JavaScript
 * for them that may be another one in the next run.
 * @param {Map<string, Node>} used @param {Node[]} inputs
 * @returns {Set<Node>}
 */
function barriersOf(used, inputs) {
  const barriers = new Set();
  for (const node of used.values()) if (isBarrier(node)) barriers.add(node);
  // What depends on values, and not on shapes alone.
  const varying = new Set([...inputs, ...barriers]);
  for (const { children } of varying) {
    for (const child of children) {
      if (used.has(child.name) && !tellsShape(child)) varying.add(child);
    }
  }
  for (const node of used.values()) {
    if (readsAnyOf(node, varying)) barriers.add(node);
  }
  return barriers;
}

/**
 * All that depends on such nodes, as one group.
 * @param {Map<string, Node>} used @param {Set<Node>} barriers
 * @returns {Map<string, Node[]>}
 */
function behindBarriers(used, barriers) {
  const behind = new Set(barriers);
  for (const { children } of behind) {
    for (const child of children) if (used.has(child.name)) behind.add(child);
  }
  const group = [...behind];
  return new Map(group.map(({ name }) => [name, group]));
}

/**
 * The place in the order of stages of each node: barriers and groups at odd places, what they lead to
 * at even ones. Nodes that depend on weights alone have none: each stage computes those that it uses.
 * @param {Map<string, Node>} used @param {Set<string>} inputs @param {Set<Node>} barriers
 * @param {Map<string, Node[]>} groups Nodes that have to be in one stage.
 * @returns {Map<string, number> | null} Null where a group depends on what depends on it.
 */
function placesOf(used, inputs, barriers, groups) {
  /** @type {Map<string, number>} */
  const places = new Map();
  const begun = new Set();
  const done = new Set();
  /** @param {Node} node */
  const unitOf = (node) => groups.get(node.name) ?? node;
  /** @param {Node | Node[]} unit */
  const inputsOf = (unit) =>
    [unit]
      .flat()
      .flatMap((node) => node.inputs)
      .filter((input) => unitOf(input) !== unit);
  /** @param {Node | Node[]} unit */
  const placeOf = (unit) => {
    let latest = -1;
    for (const { name } of inputsOf(unit)) {
      const at = inputs.has(name) ? 0 : places.get(name);
      if (at !== undefined) latest = Math.max(latest, at);
    }
    if (Array.isArray(unit) || barriers.has(unit)) {
      return Math.max(latest, 0) + (latest % 2 === 1 ? 2 : 1);
    }
    return latest < 0 ? undefined : latest + (latest % 2);
  };
  // Without recursion, as graphs are deep.
  for (const root of used.values()) {
    const stack = [unitOf(root)];
    while (stack.length > 0) {
      const unit = stack[stack.length - 1];
      const next = done.has(unit)
        ? undefined
        : inputsOf(unit).find((input) => used.has(input.name) && !done.has(unitOf(input)));
      if (next !== undefined) {
        begun.add(unit);
        if (begun.has(unitOf(next))) return null;
        stack.push(unitOf(next));
        continue;
      }
      stack.pop();
      if (done.has(unit)) continue;
      done.add(unit);
      const at = placeOf(unit);
      if (at === undefined) continue;
      for (const { name } of [unit].flat()) places.set(name, at);
    }
  }
  return places;
}

/**
 * The same with loops, branches and tables in stages of their own.
 * @param {Map<string, Node>} used @param {Set<string>} inputs @param {Set<Node>} barriers
 * @returns {Map<string, number>}
 */
function structuredPlacesOf(used, inputs, barriers) {
  const groups = [...used.values()].some(isTable) ? null : controlFlowOf(used);
  const places = groups === null ? null : placesOf(used, inputs, barriers, groups);
  if (places !== null) return places;
  // One group depends on nothing that depends on it.
  const whole = placesOf(used, inputs, barriers, behindBarriers(used, barriers));
  return /** @type {Map<string, number>} */ (whole);
}

/**
 * The same where there are no barriers, and so neither loops, branches nor tables: one stage has all
 * that depends on the inputs.
 * @param {Map<string, Node>} used @param {Node[]} inputs
 * @returns {Map<string, number>}
 */
function placesOfOneStage(used, inputs) {
  const places = new Map();
  const reached = new Set(inputs);
  for (const { children } of reached) {
    for (const child of children) {
      if (!used.has(child.name)) continue;
      reached.add(child);
      places.set(child.name, 0);
    }
  }
  return places;
}

/**
 * Lets stages that are too small for a region join the one behind, or, at the end, before them.
 * @param {Map<string, Node>} used @param {Map<string, number>} places Changed.
 * @returns {boolean} Whether there is anything to join.
 */
function joinSmall(used, places) {
  let last = 0;
  for (const at of places.values()) last = Math.max(last, at);
  for (let at = 0; at <= last; at += 2) {
    const names = [...places].filter(([, place]) => place === at).map(([name]) => name);
    const size = names.filter((name) => !isTrivial(/** @type {Node} */ (used.get(name)))).length;
    if (size >= minNodes) continue;
    const joined = at < last ? at + 1 : at - 1;
    if (joined < 0) return false;
    for (const name of names) places.set(name, joined);
  }
  return true;
}

/**
 * @typedef {object} Order In which nodes are computed, as GraphExecutor.compile() gives it.
 * @property {Node[]} orderedNodes
 * @property {Map<string, Node[]>} nodeLiveUntilMap With each node, those whose results nobody uses
 *     after it.
 */

/**
 * The order of a stage's nodes. GraphExecutor.compile() refuses stages which are given the result of
 * a dynamic node.
 * @param {any} executor @param {Pick<Stage, 'feeds' | 'targets'>} stage
 * @returns {Order}
 */
function orderOf(executor, { feeds, targets }) {
  const { nodes } = executor.graph;
  const given = new Set(feeds.map((name) => parseName(name)[0]));
  const isKnown = (/** @type {Node} */ { name }) =>
    given.has(name) || executor.weightMap[name] != null;
  /** @type {Node[]} */
  const ends = targets.map((name) => nodes[parseName(name)[0]]);
  /** @type {Set<Node>} Loops lead back to nodes that are in it. */
  const begun = new Set();
  /** @type {Set<Node>} */
  const order = new Set();
  for (const end of ends) {
    if (begun.has(end) || isKnown(end)) continue;
    begun.add(end);
    const stack = [{ node: end, seen: 0 }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const input = top.node.inputs[top.seen++];
      if (input === undefined) {
        stack.pop();
        order.add(top.node);
      } else if (!begun.has(input) && !isKnown(input)) {
        begun.add(input);
        stack.push({ node: input, seen: 0 });
      }
    }
  }

  /** @type {Map<string, Node[]>} */
  const nodeLiveUntilMap = new Map();
  const ended = new Set(ends);
  const orderedNodes = [...order];
  for (let i = orderedNodes.length - 1; i >= 0; i--) {
    const node = orderedNodes[i];
    const last = [];
    for (const input of node.inputs) {
      if (!order.has(input) || ended.has(input)) continue;
      ended.add(input);
      last.push(input);
    }
    nodeLiveUntilMap.set(node.name, last);
  }
  return { orderedNodes, nodeLiveUntilMap };
}

/**
 * The order of all nodes that a run computes.
 * @param {any} executor @param {string[]} inputs @param {string[]} outputs
 * @returns {Order | null} Null where tfjs computes it in executeAsync() only, or not at all.
 */
function orderOfRun(executor, inputs, outputs) {
  const found = usedNodes(executor, new Set(inputs.map((name) => parseName(name)[0])), outputs);
  if (found === null || found.needsAsync) return null;
  return orderOf(executor, { feeds: inputs, targets: outputs });
}

/**
 * @typedef {object} Plan
 * @property {Stage[]} stages In order. None: there is nothing to capture.
 * @property {boolean} needsAsync Whether tfjs computes it in executeAsync() only.
 */

/**
 * @param {any} executor tfjs-converter's GraphExecutor.
 * @param {string[]} inputNames Nodes that the run is given.
 * @param {string[]} outputs
 * @returns {Plan | null} Null: something is wrong that tfjs has to say.
 */
function planStages(executor, inputNames, outputs) {
  const inputs = new Set(inputNames);
  const found = usedNodes(executor, inputs, outputs);
  if (found === null) return null;
  const { used, needsAsync } = found;
  const given = inputNames.map((name) => executor.graph.nodes[name]);
  const barriers = barriersOf(used, given);
  const places =
    barriers.size === 0
      ? placesOfOneStage(used, given)
      : structuredPlacesOf(used, inputs, barriers);
  if (!joinSmall(used, places)) return { stages: [], needsAsync };

  const order = [...new Set(places.values())].sort((a, b) => a - b);
  const last = order[order.length - 1];
  const edges = order.map(() => ({ feeds: new Set(), targets: new Set() }));
  const edgesAt = (/** @type {number} */ at) => edges[order.indexOf(at)];
  for (const [name, at] of places) {
    for (const input of /** @type {Node} */ (used.get(name)).inputNames) {
      const [producer] = parseName(input);
      const from = places.get(producer);
      if (from === at || (from === undefined && !inputs.has(producer))) continue;
      if (from !== undefined) edgesAt(from).targets.add(canonical(input));
      edgesAt(at).feeds.add(canonical(input));
    }
  }
  for (const name of outputs) {
    const [producer] = parseName(name);
    // What depends on weights alone is computed at the end.
    if (used.has(producer)) edgesAt(places.get(producer) ?? last).targets.add(canonical(name));
  }
  const stages = order.map((at, i) => ({
    isStatic: at % 2 === 0,
    feeds: [...edges[i].feeds],
    targets: [...edges[i].targets],
    compiledMap: new Map(),
  }));
  return { stages: stages.some(({ isStatic }) => isStatic) ? stages : [], needsAsync };
}

module.exports = { planStages, orderOf, orderOfRun, canonical };
