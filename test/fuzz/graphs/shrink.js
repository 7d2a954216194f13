'use strict';

// Makes a program that fails smaller, as long as it fails.

const tf = require('../../../lib');
const { evaluate, makeInputs, makeWeights, withoutUnused } = require('./program');

/** @typedef {import('./program').Program} Program */
/** @typedef {import('./program').Step} Step */
/** @typedef {import('../tensors').TensorSpec} TensorSpec */
/** @typedef {(program: Program) => Promise<boolean>} Fails */

/**
 * What all values are, of each set of inputs.
 * @param {Program} program @returns {Map<number, TensorSpec[]>}
 */
function valuesOf(program) {
  /** @type {Map<number, TensorSpec[]>} */
  const specs = new Map();
  for (const set of [0, 1]) {
    tf.tidy(() => {
      const given = makeWeights(program);
      makeInputs(program, set).forEach((tensor, i) => given.set(program.inputs[i].id, tensor));
      for (const [id, tensor] of evaluate(program, given)) {
        const { shape, dtype } = tensor;
        const values = tensor.dataSync().slice();
        const list = specs.get(id) ?? [];
        specs.set(id, [...list, { shape, dtype: /** @type {any} */ (dtype), values }]);
      }
    });
  }
  return specs;
}

/** The steps at these places become inputs. @param {Program} program @param {Set<number>} places */
function cut(program, places, specs) {
  const steps = program.steps.filter((_, i) => places.has(i));
  const inputs = steps.flatMap(({ outputs }) => outputs.map((id) => ({ id, sets: specs.get(id) })));
  return withoutUnused({
    ...program,
    inputs: [...program.inputs, ...inputs],
    steps: program.steps.filter((_, i) => !places.has(i)),
  });
}

/** Who reads `from` reads `to`. @param {Program} program @param {number} from @param {number} to */
function redirected(program, from, to) {
  const change = (/** @type {number} */ id) => (id === from ? to : id);
  return withoutUnused({
    ...program,
    steps: program.steps.map((step) => ({ ...step, inputs: step.inputs.map(change) })),
    outputs: program.outputs.map(change),
  });
}

/** Smaller programs, those that lose most first. @param {Program} program @returns {Generator<Program>} */
function* smaller(program) {
  const { steps, outputs } = program;
  if (outputs.length > 1) {
    for (const id of new Set(outputs)) yield withoutUnused({ ...program, outputs: [id] });
    for (let i = 0; i < outputs.length; i++) {
      yield withoutUnused({ ...program, outputs: outputs.filter((_, j) => j !== i) });
    }
  }
  const specs = valuesOf(program);
  const range = (/** @type {number} */ from, /** @type {number} */ to) =>
    new Set(Array.from({ length: to - from }, (_, i) => from + i));
  for (let size = steps.length >> 1; size > 0; size >>= 1) {
    for (let from = 0; from < steps.length; from += size) {
      yield cut(program, range(from, Math.min(from + size, steps.length)), specs);
    }
  }
  // The value of a step may be an output, or be read by one that has other inputs yet.
  for (const { inputs, outputs: made } of steps) {
    for (const id of made) {
      const isLike = (/** @type {number} */ other) =>
        other >= 0 &&
        specs.get(other)[0].dtype === specs.get(id)[0].dtype &&
        specs.get(other)[0].shape.join() === specs.get(id)[0].shape.join();
      for (const other of inputs.filter(isLike)) yield redirected(program, id, other);
    }
  }
}

/** How large a program is. @param {Program} program */
const sizeOf = ({ inputs, weights, steps, outputs }) =>
  10 * steps.length + 3 * outputs.length + inputs.length + weights.length;

/**
 * @param {Program} program @param {Fails} fails
 * @param {number} until Date.now() at which to stop.
 * @returns {Promise<Program>}
 */
async function shrink(program, fails, until) {
  let least = withoutUnused(program);
  if (!(await fails(least))) return program;
  for (let found = true; found;) {
    found = false;
    for (const candidate of smaller(least)) {
      if (Date.now() > until) return least;
      if (sizeOf(candidate) >= sizeOf(least) || candidate.steps.length === 0) continue;
      if (!(await fails(candidate))) continue;
      least = candidate;
      found = true;
      break;
    }
  }
  return least;
}

module.exports = { shrink };
