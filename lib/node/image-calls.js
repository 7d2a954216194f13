'use strict';

// The native calls that decode and encode images.

const { NativeError } = require('../native-error');
const { readOutputs } = require('../operator');

/** @typedef {import('@tensorflow/tfjs-core').TensorInfo} TensorInfo */
/** @typedef {import('../backend').NativeBackend} NativeBackend */
/** @typedef {import('../handle').Cell} Cell */
/** @typedef {import('./decode-options').NativeDecodeOptions} NativeDecodeOptions */
/** @typedef {import('./encode-options').NativeEncodeOptions} NativeEncodeOptions */

/**
 * Decodes the file of an image.
 * @param {NativeBackend} backend
 * @param {string} op Function to name in errors.
 * @param {Uint8Array} contents
 * @param {NativeDecodeOptions} options
 * @returns {TensorInfo} Of int32, to be made a tensor of.
 * @throws {NativeError}
 */
function decodeImage(backend, op, contents, options) {
  const { session } = backend;
  return imageInfo(backend, op, (cell) => session.decodeImage(contents, options, cell));
}

/**
 * The same on a thread of libuv's. The contents may be changed once this has returned.
 * @param {NativeBackend} backend @param {string} op @param {Uint8Array} contents
 * @param {NativeDecodeOptions} options
 * @returns {Promise<TensorInfo>}
 */
async function decodeImageLater(backend, op, contents, options) {
  const { session } = backend;
  const image = await settled(backend, op, session.decodeImageLater(contents, options));
  return imageInfo(backend, op, (cell) => session.collectImage(image, cell));
}

/**
 * Makes the file of an image, on a thread of libuv's.
 * @param {NativeBackend} backend
 * @param {string} op Function to name in errors.
 * @param {TensorInfo} image [height, width, channels].
 * @param {NativeEncodeOptions} options
 * @returns {Promise<Uint8Array>}
 * @throws {NativeError}
 */
async function encodeImage(backend, op, { dataId, shape }, options) {
  const { session } = backend;
  const handle = backend.handleOf(dataId, op);
  if (handle.strings !== null) {
    throw new NativeError('BAD_DTYPE', op, 'image: expected numbers, got string', backend.device);
  }
  if (backend.recording !== null) backend.recording.readsLater = true;
  // In an object: the values are let go of before the file is waited for.
  const started = await backend.whenComputed(dataId, op, () => ({
    file: session.encodeImageLater(handle.slot, ...shape, options),
  }));
  const file = await settled(backend, op, started?.file);
  const bytes = new Uint8Array(session.encodedSize(file));
  if (session.takeEncoded(file, bytes) < 0) throw backend.lastError(op);
  return bytes;
}

/**
 * What a native call comes to that has started, or not.
 * @param {NativeBackend} backend @param {string} op @param {Promise<unknown> | -1} started
 */
async function settled(backend, op, started) {
  if (started === -1) throw backend.lastError(op);
  return started.catch(({ code, op: inner, message }) => {
    throw new NativeError(code, inner || op, message, backend.device);
  });
}

/**
 * @param {NativeBackend} backend @param {string} op
 * @param {(cell: Cell) => number} call Leaves its answer in the frame.
 */
function imageInfo(backend, op, call) {
  const cell = backend.takeCell();
  if (call(cell) < 0) throw backend.lastError(op);
  return /** @type {TensorInfo} */ (readOutputs(backend, cell, op));
}

module.exports = { decodeImage, decodeImageLater, encodeImage };
