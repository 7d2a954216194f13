'use strict';

// The operators that tfjs has asynchronously, computed natively: tfjs-core's wait for their inputs
// and then compute on the event loop, whatever the backend is. What the native operators do not take
// goes the old way. The changes are made to tfjs-core itself, so that packages which call it get
// them, too, and to the graphs of tfjs-converter.

const tfc = require('@tensorflow/tfjs-core');
const { NativeCalls } = require('./native-calls');
const { boxOperators } = require('./boxes');
const { registerGraphNodes } = require('./graph-nodes');
const lists = require('./lists');

/**
 * @typedef {object} AsyncOperator
 * @property {(...args: any[]) => boolean} takes Whether `compute` takes these arguments.
 * @property {(run: import('./native-calls').Run, ...args: any[]) => Promise<any>} compute
 */

/** @typedef {'whereAsync' | 'booleanMaskAsync' | 'setdiff1dAsync' | 'inTopKAsync' | 'image'} Name */

const INSTALLED = Symbol.for('tfjs-native.async-operators.installed');

/**
 * @param {import('../operator').OperatorRow[]} operators
 * @param {typeof import('@tensorflow/tfjs-converter')} converter
 * @returns {Pick<typeof tfc, Name>} What stands in tfjs-core's place, also where its own exports
 *     cannot be changed.
 */
function installAsyncOperators(operators, converter) {
  const calls = new NativeCalls(operators);
  const replaced = replaceAll(tfc, lists, calls);
  replaceAll(tfc.image, boxOperators, calls);
  const installed = { ...tfc, ...replaced };
  registerGraphNodes(converter, installed);
  return /** @type {any} */ ({ ...replaced, image: tfc.image });
}

/**
 * @param {any} owner @param {Record<string, AsyncOperator>} own @param {NativeCalls} calls
 * @returns {Record<string, Function>} The functions in place of the owner's.
 */
function replaceAll(owner, own, calls) {
  /** @type {Record<string, Function>} */
  const replaced = {};
  for (const [name, operator] of Object.entries(own)) {
    const original = owner[name];
    // A second copy of this package finds the first one's.
    replaced[name] = original[INSTALLED] ? original : replacement(original, operator, calls);
    if (Object.getOwnPropertyDescriptor(owner, name)?.writable) owner[name] = replaced[name];
  }
  return replaced;
}

/**
 * @param {Function} original @param {AsyncOperator} operator @param {NativeCalls} calls
 * @returns {Function} Of the same name.
 */
function replacement(original, { takes, compute }, calls) {
  /** @param {any[]} args */
  const replaced = async (...args) => {
    const run = calls.current();
    return run !== null && takes(...args) ? compute(run, ...args) : original(...args);
  };
  Object.defineProperty(replaced, 'name', { value: original.name, configurable: true });
  Object.defineProperty(replaced, INSTALLED, { value: true });
  return replaced;
}

module.exports = { installAsyncOperators };
