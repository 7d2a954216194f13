'use strict';

// Decoders of images that work on threads of libuv's pool, several at once. They take what those of
// decode.js take, and reject where those throw. The contents may be changed, or handed to another
// thread, as soon as a call has returned.

const { decodeLater } = require('./decoding');

/** @typedef {import('@tensorflow/tfjs-core').Tensor3D} Tensor3D */
/** @typedef {import('@tensorflow/tfjs-core').Tensor4D} Tensor4D */
/** @typedef {import('./decode-options').ImageOptions} ImageOptions */
/** @typedef {import('./decode-options').JpegOptions} JpegOptions */
/** @typedef {import('./decode-options').PngOptions} PngOptions */
/** @typedef {import('./decode-options').BmpOptions} BmpOptions */
/** @typedef {import('./decode-options').GifOptions} GifOptions */
/** @typedef {import('./decode-options').WebpOptions} WebpOptions */

/**
 * decodeImage() on another thread.
 * @overload
 * @param {Uint8Array} contents
 * @param {number} [channels]
 * @param {string} [dtype]
 * @param {boolean} [expandAnimations]
 * @returns {Promise<Tensor3D | Tensor4D>}
 */
/**
 * @overload
 * @param {Uint8Array} contents
 * @param {ImageOptions} options
 * @returns {Promise<Tensor3D | Tensor4D>}
 */
/** @param {Uint8Array} contents @param {...any} options */
function decodeImageAsync(contents, ...options) {
  return decodeLater('decodeImage', contents, options);
}

/**
 * decodeJpeg() on another thread.
 * @overload
 * @param {Uint8Array} contents
 * @param {number} [channels]
 * @param {number} [ratio]
 * @param {boolean} [fancyUpscaling]
 * @param {boolean} [tryRecoverTruncated]
 * @param {number} [acceptableFraction]
 * @param {string} [dctMethod]
 * @returns {Promise<Tensor3D>}
 */
/**
 * @overload
 * @param {Uint8Array} contents
 * @param {JpegOptions} options
 * @returns {Promise<Tensor3D>}
 */
/** @param {Uint8Array} contents @param {...any} options */
function decodeJpegAsync(contents, ...options) {
  return decodeLater('decodeJpeg', contents, options);
}

/**
 * decodePng() on another thread.
 * @overload
 * @param {Uint8Array} contents
 * @param {number} [channels]
 * @param {string} [dtype]
 * @returns {Promise<Tensor3D>}
 */
/**
 * @overload
 * @param {Uint8Array} contents
 * @param {PngOptions} options
 * @returns {Promise<Tensor3D>}
 */
/** @param {Uint8Array} contents @param {...any} options */
function decodePngAsync(contents, ...options) {
  return decodeLater('decodePng', contents, options);
}

/**
 * decodeBmp() on another thread.
 * @overload
 * @param {Uint8Array} contents
 * @param {number} [channels]
 * @returns {Promise<Tensor3D>}
 */
/**
 * @overload
 * @param {Uint8Array} contents
 * @param {BmpOptions} options
 * @returns {Promise<Tensor3D>}
 */
/** @param {Uint8Array} contents @param {...any} options */
function decodeBmpAsync(contents, ...options) {
  return decodeLater('decodeBmp', contents, options);
}

/**
 * decodeGif() on another thread.
 * @param {Uint8Array} contents
 * @param {GifOptions} [options]
 * @returns {Promise<Tensor4D>}
 */
function decodeGifAsync(contents, options) {
  return decodeLater('decodeGif', contents, [options]);
}

/**
 * decodeWebp() on another thread.
 * @overload
 * @param {Uint8Array} contents
 * @param {number} [channels]
 * @param {boolean} [expandAnimations]
 * @returns {Promise<Tensor3D | Tensor4D>}
 */
/**
 * @overload
 * @param {Uint8Array} contents
 * @param {WebpOptions} options
 * @returns {Promise<Tensor3D | Tensor4D>}
 */
/** @param {Uint8Array} contents @param {...any} options */
function decodeWebpAsync(contents, ...options) {
  return decodeLater('decodeWebp', contents, options);
}

module.exports = {
  decodeBmpAsync,
  decodeGifAsync,
  decodeImageAsync,
  decodeJpegAsync,
  decodePngAsync,
  decodeWebpAsync,
};
