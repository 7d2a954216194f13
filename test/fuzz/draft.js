'use strict';

// A call from what a generator says and what the operator table knows.

const { ABSENT } = require('./operators');

/** @typedef {import('./random').Random} Random */
/** @typedef {import('./operators').Operator} Operator */
/** @typedef {import('./tensors').TensorSpec} TensorSpec */

/**
 * @typedef {object} Call
 * @property {Record<string, TensorSpec> | TensorSpec[]} inputs By name, members of a list as
 *     Operator.memberKey() says; a list where there is nothing else.
 * @property {Record<string, any>} attrs
 * @property {number | 'element' | 'tensor' | 'sum' | 'exact'} [scale] What the tolerance is relative
 *     to: each value (the default, absolute below 1), the largest magnitude of the output, also of
 *     the inputs ('sum'), or a number beside that of the output. 'exact': the same bits.
 * @property {number} [tolerance]
 * @property {number} [slack] How far integers may be apart.
 */

/**
 * @typedef {object} Draft A call without what the table knows. A function stands for what may be left
 *     out whatever the rest is, if the table says that it is optional.
 * @property {(TensorSpec | undefined | (() => TensorSpec))[]} inputs In the order of the table, then
 *     those of the list where there is one.
 * @property {Record<string, any>} [attrs] Choices and flags that are not among them are drawn; other
 *     optional ones are left out. Undefined is left out, whether or not there is such an attribute.
 * @property {Call['scale'] | ((call: Call) => Call['scale'])} [scale]
 * @property {number} [tolerance]
 * @property {number} [slack]
 */

/** @typedef {(random: Random, op: Operator) => Draft} Generator */

const isList = (/** @type {any} */ value) => Array.isArray(value) || typeof value === 'number';

/** What a value of each kind looks like. @type {Record<string, (value: any, attr: any) => boolean>} */
const KINDS = {
  number: (value) => typeof value === 'number',
  numbers: isList,
  bool: (value) => typeof value === 'boolean',
  dtype: (value) => typeof value === 'string',
  choice: (value, { choices }) => choices.includes(value),
  choices: (value, { choices }) => value.every((/** @type {any} */ text) => choices.includes(text)),
  padding: (value) => isList(value) || typeof value === 'string',
  text: (value) => typeof value === 'string',
};

/** @param {Random} random @param {any} value @param {boolean} optional */
function settle(random, value, optional) {
  if (typeof value !== 'function') return value;
  return optional && random.chance(ABSENT) ? undefined : value();
}

/** @param {Random} random @param {Operator} op @param {Draft['inputs']} given */
function nameInputs(random, op, given) {
  if (op.isVariadic) return given.map((spec) => settle(random, spec, false));
  if (given.length > op.inputs.length && !op.listInput) {
    throw new Error(`[${op.name}] ${given.length} inputs, not ${op.inputs.length}`);
  }
  /** @type {Record<string, TensorSpec>} */
  const inputs = {};
  op.inputs.forEach(({ name, optional }, i) => {
    const spec = settle(random, given[i], optional);
    if (spec !== undefined) inputs[name] = spec;
    else if (!optional) throw new Error(`[${op.name}] ${name}: no tensor`);
  });
  given.slice(op.inputs.length).forEach((spec, i) => {
    inputs[op.memberKey(i)] = settle(random, spec, false);
  });
  return inputs;
}

/** @param {Random} random @param {Operator} op @param {Record<string, any>} given */
function completeAttrs(random, op, given) {
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !op.takes(name)) {
      throw new Error(`[${op.name}] ${name}: there is no such attribute`);
    }
  }
  /** @type {Record<string, any>} */
  const attrs = {};
  for (const attr of op.attrs) {
    const { name, kind, optional } = attr;
    const isDrawn = !Object.hasOwn(given, name) && ['choice', 'bool'].includes(kind);
    const value = isDrawn ? op.draw(random, name) : settle(random, given[name], optional);
    if (value !== undefined) {
      if (!KINDS[kind](value, attr))
        throw new Error(`[${op.name}] ${name}: ${value} is no ${kind}`);
      attrs[name] = value;
    } else if (!optional) {
      throw new Error(`[${op.name}] ${name}: no value`);
    }
  }
  return attrs;
}

/**
 * @param {Random} random @param {Operator} op @param {Generator} generator
 * @returns {Call}
 * @throws {Error} Where the generator contradicts the table.
 */
function makeCall(random, op, generator) {
  const { inputs, attrs = {}, scale, ...rest } = generator(random, op);
  const call = {
    inputs: nameInputs(random, op, inputs),
    attrs: completeAttrs(random, op, attrs),
    ...rest,
  };
  return { ...call, scale: typeof scale === 'function' ? scale(call) : scale };
}

module.exports = { makeCall };
