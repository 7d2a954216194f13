'use strict';

const { makeTensor } = require('./tensors');

/**
 * How tfjs comes to the same where its backends have no kernel of an operator's name.
 * @type {Record<string, (tf: any, inputs: any, attrs: any) => any>}
 */
const instead = {
  BroadcastTo: (tf, { x }, { shape }) => tf.broadcastTo(x, shape),
  FromPixels: (tf, { pixels }, { numChannels }) => tf.browser.fromPixels(pixels, numChannels),
  ListDiff: (tf, { x, y }) => tf.setdiff1dAsync(x, y),
  LogicalXor: (tf, { a, b }) => tf.logicalXor(a, b),
  LogSoftmax: (tf, { logits }, { axis }) => tf.logSoftmax(logits, axis),
  Where: (tf, { condition }) => tf.whereAsync(condition),
};

/** @param {any} tf @param {any} given */
function makeInput(tf, given) {
  if (Array.isArray(given)) return given.map((one) => makeInput(tf, one));
  return typeof given?.values === 'function' ? makeTensor(tf, given) : given;
}

/**
 * A case's call on the current backend.
 * @param {any} tf @param {import('./index').KernelCase} kernelCase @param {number} size
 * @returns {{call: () => any, dispose: () => void} | null} The call gives a tensor, a list of them or
 *   a promise of these, which are the caller's. Null where the backend has no such operator.
 */
function prepareCall(tf, { op, make }, size) {
  const isKernel = tf.getKernel(op, tf.getBackend()) !== undefined;
  if (!isKernel && !Object.hasOwn(instead, op)) return null;
  const { inputs: given, attrs = {} } = make(size);
  const inputs = Array.isArray(given)
    ? makeInput(tf, given)
    : Object.fromEntries(Object.entries(given).map(([name, one]) => [name, makeInput(tf, one)]));
  const call = isKernel
    ? () => tf.engine().runKernel(op, inputs, attrs)
    : () => instead[op](tf, inputs, attrs);
  return { call, dispose: () => tf.dispose(inputs) };
}

module.exports = { prepareCall };
