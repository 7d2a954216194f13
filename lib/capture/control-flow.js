'use strict';

// Loops and branches as TensorFlow 1 has them: no nodes with a body, but nodes that let values pass
// or not, between which the body lies. See https://arxiv.org/abs/1603.04467, section 4.4.

/** @typedef {import('./stages').Node} Node */

/**
 * The loops and sides of branches that a value exists in, the outermost first.
 * @typedef {string[]} Scope
 */

/** Thrown where nodes are not as tf.cond() and tf.while_loop() make them. */
class Unstructured extends Error {}

/** @param {string} name As in a node's inputs. @returns {[string, number]} Its node and output. */
function parseName(name) {
  const parts = name.split(':');
  return [parts[0], parts.length === 1 ? 0 : Number(parts[parts.length - 1])];
}

/** Whether an edge leads back to the beginning of a loop. @param {Node} from @param {Node} to */
const isBackEdge = (from, to) => from.op === 'NextIteration' && to.op === 'Merge';

/**
 * What decides a Switch, where several ask the same value.
 * @param {Node} node A Switch.
 * @returns {{name: string, isLoop: boolean}}
 */
function conditionOf(node) {
  let producer = node.inputs[1];
  let name = node.inputNames[1];
  while (producer?.op === 'Identity') {
    [name] = producer.inputNames;
    [producer] = producer.inputs;
  }
  return { name: parseName(name).join(':'), isLoop: producer?.op === 'LoopCond' };
}

/**
 * The scope of what depends on values of both.
 * @param {Scope} a @param {Scope} b
 */
function innermost(a, b) {
  const [outer, inner] = a.length < b.length ? [a, b] : [b, a];
  if (outer.some((part, i) => part !== inner[i])) throw new Unstructured();
  return inner;
}

/**
 * The scope behind a node that joins the two sides of a branch.
 * @param {Scope[]} sides
 */
function behindBranch(sides) {
  const [first] = sides;
  // Constants, which tfjs has whichever side is taken.
  if (sides.every((side) => side.length === 0)) return first;
  const last = first.length - 1;
  const parts = sides.map((side) => side[last]?.match(/^(branch .*):([01])$/) ?? []);
  const areSides =
    sides.length === 2 &&
    sides[1].length === first.length &&
    first.slice(0, last).every((part, i) => part === sides[1][i]) &&
    parts[0][1] !== undefined &&
    parts[0][1] === parts[1][1] &&
    parts[0][2] !== parts[1][2];
  if (!areSides) throw new Unstructured();
  return first.slice(0, last);
}

/** The scopes of the nodes of a graph. */
class Scopes {
  /** @type {Map<string, Scope>} That in which a node's result exists; of a Switch, its input's. */
  #scopes = new Map();

  /** @param {Map<string, Node>} nodes @throws {Unstructured} */
  constructor(nodes) {
    const entered = new Set();
    // Without recursion, as graphs are deep.
    for (const root of nodes.values()) {
      const stack = [root];
      while (stack.length > 0) {
        const node = stack[stack.length - 1];
        if (this.#scopes.has(node.name)) {
          stack.pop();
          continue;
        }
        const open = node.inputs.filter(
          (input) =>
            nodes.has(input.name) && !isBackEdge(input, node) && !this.#scopes.has(input.name),
        );
        if (open.length > 0) {
          if (entered.has(node.name)) throw new Unstructured();
          entered.add(node.name);
          stack.push(...open);
          continue;
        }
        stack.pop();
        this.#scopes.set(node.name, this.#scopeBehind(node));
      }
    }
  }

  /**
   * The scope of one input of a node.
   * @param {Node} node @param {number} index @returns {Scope}
   */
  ofInput(node, index) {
    const input = node.inputs[index];
    const scope = this.#scopes.get(input.name) ?? [];
    if (input.op !== 'Switch' || !this.#scopes.has(input.name)) return scope;
    const { name, isLoop } = conditionOf(input);
    const [, side] = parseName(node.inputNames[index]);
    return isLoop ? scope : [...scope, `branch ${name}:${side}`];
  }

  /** @param {Node} node @returns {Scope} */
  #scopeBehind(node) {
    const isLoopHead = node.inputs.some((input) => isBackEdge(input, node));
    const forward = node.inputs.flatMap((input, i) =>
      isBackEdge(input, node) ? [] : [this.ofInput(node, i)],
    );
    // Behind the values that a Merge has to choose from are nodes that it only comes after.
    const count = Number(node.rawAttrs?.N?.i ?? 2);
    if (node.op === 'Merge' && !isLoopHead) return behindBranch(forward.slice(0, count));
    const scope = forward.reduce(innermost, []);
    if (node.op === 'Enter') return [...scope, `loop ${node.attrParams?.frameName?.value}`];
    if (node.op !== 'Exit') return scope;
    if (!scope.at(-1)?.startsWith('loop ')) throw new Unstructured();
    return scope.slice(0, -1);
  }
}

/**
 * The loops and branches of a graph, with all that lies in them. Each has to be computed in one run,
 * as what is in it exists or not, or has one value for each step.
 * @param {Map<string, Node>} nodes
 * @returns {Map<string, Node[]> | null} By the name of each node that is in one; the outermost counts.
 *     Null: they are not made as TensorFlow makes them.
 */
function controlFlowOf(nodes) {
  /** @type {Map<string, Node[]>} */
  const groups = new Map();
  /** @param {Node} node */
  const groupOf = (node) => {
    let group = groups.get(node.name);
    if (group === undefined) groups.set(node.name, (group = [node]));
    return group;
  };
  try {
    const scopes = new Scopes(nodes);
    for (const node of nodes.values()) {
      node.inputs.forEach((input, i) => {
        if (!nodes.has(input.name) || scopes.ofInput(node, i).length === 0) return;
        const [from, to] = [groupOf(input), groupOf(node)];
        if (from === to) return;
        const [large, small] = from.length < to.length ? [to, from] : [from, to];
        large.push(...small);
        for (const { name } of small) groups.set(name, large);
      });
    }
  } catch (error) {
    if (error instanceof Unstructured) return null;
    throw error;
  }
  return groups;
}

module.exports = { controlFlowOf, parseName };
