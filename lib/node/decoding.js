'use strict';

// What the functions that decode images have in common.

const tfc = require('@tensorflow/tfjs-core');
const { NativeError } = require('../native-error');
const { decodeOptions } = require('./decode-options');
const { decodeImage, decodeImageLater } = require('./image-calls');
const { imageTypeFor } = require('./image-type');
const { nativeBackend } = require('./native-backend');

/** @typedef {import('@tensorflow/tfjs-core').TensorInfo} TensorInfo */

/**
 * What a call comes to.
 * @param {string} op @param {Uint8Array} contents @param {any[]} given
 */
function prepare(op, contents, given) {
  const options = decodeOptions(op, given);
  const type = imageTypeFor(op, contents);
  // These give one image, and do not guess which one of several is meant.
  const isOneOnly = type === 'GIF' && (op === 'decodeJpeg' || op === 'decodePng');
  return { options, isOneOnly, backend: nativeBackend(op) };
}

/**
 * @param {string} op @param {ReturnType<typeof prepare>} prepared @param {TensorInfo} info
 * @returns {any} A tensor.
 */
function finish(op, { isOneOnly, backend }, { dataId, shape, dtype }) {
  if (isOneOnly && shape[0] !== 1) {
    backend.disposeData(dataId);
    const message = `contents: got ${shape[0]} frames, but animated GIFs can only be decoded by decodeGif or decodeImage`;
    throw new NativeError('BAD_ATTR', op, message);
  }
  const info = { dataId, shape: isOneOnly ? shape.slice(1) : shape, dtype };
  return tfc.engine().makeTensorFromTensorInfo(info, backend);
}

/** @param {string} op @param {Uint8Array} contents @param {any[]} given @returns {any} */
function decode(op, contents, given) {
  const prepared = prepare(op, contents, given);
  return finish(op, prepared, decodeImage(prepared.backend, op, contents, prepared.options));
}

/** @param {string} op @param {Uint8Array} contents @param {any[]} given @returns {Promise<any>} */
async function decodeLater(op, contents, given) {
  const prepared = prepare(op, contents, given);
  const { backend, options } = prepared;
  return finish(op, prepared, await decodeImageLater(backend, op, contents, options));
}

module.exports = { decode, decodeLater };
