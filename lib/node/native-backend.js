'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { NativeError } = require('../native-error');

/** @typedef {import('../backend').NativeBackend} NativeBackend */

/**
 * The backend that results belong to: the current one where it is native, else the native one that
 * tfjs would choose first. Their tensors move to others as all tensors do.
 * @param {string} op Function to name in the error.
 * @returns {NativeBackend}
 * @throws {NativeError} UNSUPPORTED when there is none.
 */
function nativeBackend(op) {
  const current = tfc.backend();
  if (isNative(current)) return current;
  for (const name of ['onednn', 'cuda']) {
    const backend = tfc.findBackend(name);
    if (isNative(backend)) return backend;
  }
  throw new NativeError('UNSUPPORTED', op, 'no native backend is registered');
}

/**
 * Also when another copy of this package over the same tfjs-core has made it.
 * @param {unknown} backend
 * @returns {backend is NativeBackend}
 */
function isNative(backend) {
  return typeof (/** @type {any} */ (backend)?.session?.decodeImageLater) === 'function';
}

module.exports = { nativeBackend };
