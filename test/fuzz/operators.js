'use strict';

// The operator table as the fuzz sees it: what the addon tells of each row.

const { loadAddon } = require('../../lib/load-addon');

/** @typedef {import('./random').Random} Random */

/** How often what may be left out is. */
const ABSENT = 0.15;

class Operator {
  #attrs;

  /** @param {import('../../lib/operator').OperatorRow} row */
  constructor({ name, listInput, internal, inputs, attrs }) {
    this.name = name;
    this.listInput = listInput;
    /** Whether the list is all that it takes. */
    this.isVariadic = listInput !== '' && inputs.length === 0;
    this.isInternal = internal;
    this.inputs = inputs;
    this.attrs = attrs;
    this.#attrs = new Map(attrs.map((attr) => [attr.name, attr]));
  }

  /** The key in a call's inputs of a member of the list beside others. @param {number} i */
  memberKey(i) {
    return `${this.listInput}[${i}]`;
  }

  /**
   * What the kernel takes: members of the list beside others become one.
   * @template T @param {Record<string, T> | T[]} inputs Of a call.
   * @returns {Record<string, T | T[]> | T[]}
   */
  pack(inputs) {
    if (this.listInput === '' || this.isVariadic) return inputs;
    const isMember = (/** @type {string} */ key) => key.startsWith(`${this.listInput}[`);
    const entries = Object.entries(inputs);
    return {
      ...Object.fromEntries(entries.filter(([key]) => !isMember(key))),
      [this.listInput]: entries.filter(([key]) => isMember(key)).map(([, value]) => value),
    };
  }

  /** Whether there is such an attribute. @param {string} attr */
  takes(attr) {
    return this.#attrs.has(attr);
  }

  /** The name of the attribute of a kind of which there is one. @param {string} kind */
  attrOf(kind) {
    const [{ name }, ...more] = this.attrs.filter((attr) => attr.kind === kind);
    if (more.length > 0) throw new Error(`[${this.name}] several attributes are ${kind}`);
    return name;
  }

  /**
   * A value of an attribute that is a choice or a flag; undefined where the operator has none, and
   * now and then where it may be left out.
   * @param {Random} random @param {string} name
   */
  draw(random, name) {
    const attr = this.#attrs.get(name);
    if (attr === undefined || (attr.optional && random.chance(ABSENT))) return undefined;
    if (attr.kind === 'choice') return random.pick(attr.choices);
    if (attr.kind === 'bool') return random.chance(0.5);
    throw new Error(`[${this.name}] ${name}: the table does not say which ${attr.kind}`);
  }
}

/** All operators by name. @type {Map<string, Operator>} */
const operators = new Map(
  loadAddon()
    .ops()
    .map((row) => [row.name, new Operator(row)]),
);

module.exports = { Operator, operators, ABSENT };
