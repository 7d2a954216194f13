'use strict';

// Tensors and pictures of what servers have: arrays of all kinds, buffers, decoders' results. The changes
// are made to tfjs-core itself, so that packages which call it get them, too.

const tfc = require('@tensorflow/tfjs-core');
const { pixelFunctions } = require('./browser');
const { tensorMakers } = require('./tensors');

/** @typedef {'tensor' | 'tensor1d' | 'tensor2d' | 'tensor3d' | 'tensor4d' | 'tensor5d' | 'tensor6d'} Maker */

const INSTALLED = Symbol.for('tfjs-native.inputs.installed');

/**
 * @param {import('../operator').OperatorRow[]} operators The operator table.
 * @returns {Pick<typeof import('../namespace'), Maker | 'browser'>} What stands in tfjs-core's place, also where its own
 *     exports cannot be changed.
 */
function installInputs(operators) {
  const makers = replaceAll(tfc, tensorMakers);
  const browser = replaceAll(tfc.browser, pixelFunctions(operators));
  return /** @type {any} */ ({ ...makers, browser: { ...tfc.browser, ...browser } });
}

/**
 * @param {any} owner @param {Record<string, (original: Function) => Function>} own
 * @returns {Record<string, Function>} The functions in place of the owner's.
 */
function replaceAll(owner, own) {
  /** @type {Record<string, Function>} */
  const replaced = {};
  for (const [name, make] of Object.entries(own)) {
    const original = owner[name];
    // A second copy of this package finds the first one's.
    replaced[name] = original[INSTALLED] ? original : make(original);
    Object.defineProperty(replaced[name], 'name', { value: name, configurable: true });
    Object.defineProperty(replaced[name], INSTALLED, { value: true });
    if (Object.getOwnPropertyDescriptor(owner, name)?.writable) owner[name] = replaced[name];
  }
  return replaced;
}

module.exports = { installInputs };
