'use strict';

const { backend_util: backendUtil } = require('@tensorflow/tfjs-core');

/** @typedef {import('./strings').KernelFunc} KernelFunc */

/**
 * Where the native side refuses an equation, tfjs's own words for it: they are the same on all of its
 * backends, and its specs compare them to the letter.
 * @param {KernelFunc} nativeKernel Einsum's.
 * @returns {KernelFunc}
 */
function withWordsOfTfjs(nativeKernel) {
  return (call) => {
    try {
      return nativeKernel(call);
    } catch (error) {
      const refusal = /** @type {import('./native-error').NativeError} */ (error);
      if (refusal.code === 'BAD_ATTR') {
        const words = wordsFor(call.attrs?.equation, Object.keys(call.inputs).length);
        refusal.message = words ?? refusal.message;
      }
      throw refusal;
    }
  };
}

/** @param {unknown} equation @param {number} tensors @returns {string | undefined} */
function wordsFor(equation, tensors) {
  if (typeof equation !== 'string') return undefined;
  try {
    backendUtil.decodeEinsumEquation(equation, tensors);
    return undefined;
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
}

module.exports = { withWordsOfTfjs };
