'use strict';

// Graphs of operator calls as plain data: what is drawn, run, compared, and made smaller.

const tf = require('../../../lib');
const { describe } = require('../describe-call');
const { operators } = require('../operators');
const { makeTensor } = require('../tensors');

/** @typedef {import('../tensors').TensorSpec} TensorSpec */

/**
 * @typedef {object} Step One call. Values have numbers.
 * @property {string} op
 * @property {number[]} inputs In the order of the table; -1 for what is left out.
 * @property {Record<string, any>} attrs
 * @property {number[]} outputs
 */

/**
 * @typedef {object} Program
 * @property {{id: number, sets: TensorSpec[]}[]} inputs Each with its values of one run, and of
 *     another.
 * @property {{id: number, spec: TensorSpec}[]} weights
 * @property {Step[]} steps
 * @property {number[]} outputs
 */

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {Map<number, Tensor>} Values */

/**
 * Calls the kernel.
 * @param {Step} step @param {Values} values
 * @returns {Tensor[]}
 */
function call({ op, inputs, attrs }, values) {
  const row = operators.get(op);
  const tensors = inputs.map((id) => values.get(id));
  const named = row.isVariadic
    ? tensors
    : Object.fromEntries(row.inputs.map(({ name }, i) => [name, tensors[i]]));
  return [tf.engine().runKernel(op, /** @type {any} */ (named), attrs)].flat();
}

/**
 * Computes all values from those that are there.
 * @param {Program} program @param {Values} given Inputs and weights.
 * @param {(step: Step, tensors: Tensor[]) => Tensor[]} [change] What to go on with.
 * @returns {Values}
 */
function evaluate({ steps }, given, change = (_, tensors) => tensors) {
  const values = new Map(given);
  for (const step of steps) {
    change(step, call(step, values)).forEach((tensor, i) => values.set(step.outputs[i], tensor));
  }
  return values;
}

/** @param {Program} program @returns {Values} */
const makeWeights = ({ weights }) =>
  new Map(weights.map(({ id, spec }) => [id, makeTensor(tf, spec)]));

/** @param {Program} program @param {number} set @returns {Tensor[]} */
const makeInputs = ({ inputs }, set) => inputs.map(({ sets }) => makeTensor(tf, sets[set]));

/**
 * The program as a function of its inputs.
 * @param {Program} program @param {Values} weights
 * @returns {(inputs: Tensor[]) => Tensor[]}
 */
function functionOf(program, weights) {
  return (tensors) => {
    const given = new Map(weights);
    program.inputs.forEach(({ id }, i) => given.set(id, tensors[i]));
    const values = evaluate(program, given);
    return program.outputs.map((id) => values.get(id));
  };
}

/** The program without what its outputs do not need. @param {Program} program @returns {Program} */
function withoutUnused(program) {
  const needed = new Set(program.outputs);
  const steps = program.steps
    .slice()
    .reverse()
    .filter(({ inputs, outputs }) => {
      const isNeeded = outputs.some((id) => needed.has(id));
      if (isNeeded) inputs.forEach((id) => needed.add(id));
      return isNeeded;
    })
    .reverse();
  return {
    ...program,
    steps,
    inputs: program.inputs.filter(({ id }) => needed.has(id)),
    weights: program.weights.filter(({ id }) => needed.has(id)),
  };
}

/** For people. @param {Program} program */
function textOf({ inputs, weights, steps, outputs }) {
  const leaf = (
    /** @type {number} */ id,
    /** @type {string} */ kind,
    /** @type {TensorSpec[]} */ specs,
  ) =>
    `%${id} = ${kind} ${specs[0].dtype}[${specs[0].shape}] ${specs.map(({ values }) => describe(values)).join(' ')}`;
  const lines = [
    ...inputs.map(({ id, sets }) => leaf(id, 'input', sets)),
    ...weights.map(({ id, spec }) => leaf(id, 'weight', [spec])),
    ...steps.map((step) => {
      const results = step.outputs.map((id) => `%${id}`).join(', ');
      const args = step.inputs.map((id) => (id < 0 ? '-' : `%${id}`)).join(', ');
      return `${results} = ${step.op}(${args}) ${describe(step.attrs)}`;
    }),
    `return ${outputs.map((id) => `%${id}`).join(', ')}`,
  ];
  return lines.join('\n');
}

module.exports = { call, evaluate, functionOf, makeInputs, makeWeights, withoutUnused, textOf };
