'use strict';

// Decoders of images: those of tfjs-node, which they can stand for, and more. decode-async.js has a
// twin of each that leaves JavaScript's thread alone.

const { decode } = require('./decoding');

/** @typedef {import('@tensorflow/tfjs-core').Tensor3D} Tensor3D */
/** @typedef {import('@tensorflow/tfjs-core').Tensor4D} Tensor4D */
/** @typedef {import('./decode-options').ImageOptions} ImageOptions */
/** @typedef {import('./decode-options').JpegOptions} JpegOptions */
/** @typedef {import('./decode-options').PngOptions} PngOptions */
/** @typedef {import('./decode-options').BmpOptions} BmpOptions */
/** @typedef {import('./decode-options').GifOptions} GifOptions */
/** @typedef {import('./decode-options').WebpOptions} WebpOptions */

/**
 * Decodes the file of an image: JPEG, PNG, GIF, BMP or WebP.
 *
 * The tensor has the native backend that is current, else the first one. Values are from 0 to 255,
 * those of PNGs with 16 bits without their lower 8. GIFs always have 3 channels; what they leave
 * transparent is black.
 * @overload
 * @param {Uint8Array} contents The file.
 * @param {number} [channels] 0 (default): as many as the file has. 1: grey, 3: RGB, 4: RGB and alpha.
 * @param {string} [dtype] `'int32'`, as nothing else is supported.
 * @param {boolean} [expandAnimations] True (default): GIFs and animated WebPs are 4-D, all frames.
 *     False: their first frame alone, 3-D.
 * @returns {Tensor3D | Tensor4D} int32, [height, width, channels] or [frames, height, width, channels].
 * @throws {import('../native-error').NativeError} BAD_ATTR: no such file, a damaged one, or no such
 *     option. UNSUPPORTED: a kind of file that is not read. BAD_SHAPE: more than `maxBytes`.
 *     OUT_OF_MEMORY.
 */
/**
 * The same with options by name, of which there are more.
 * @overload
 * @param {Uint8Array} contents
 * @param {ImageOptions} options Those of JPEG are for files of that type.
 * @returns {Tensor3D | Tensor4D}
 */
/** @param {Uint8Array} contents @param {...any} options */
function decodeImage(contents, ...options) {
  return decode('decodeImage', contents, options);
}

/**
 * Decodes a JPEG. As in tfjs-node PNGs and GIFs of one frame are taken, too.
 * @overload
 * @param {Uint8Array} contents
 * @param {number} [channels] 0 (default): as many as the file has. 1: grey, 3: RGB, 4: with alpha.
 * @param {number} [ratio] Scales down by 1 (default), 2, 4 or 8 while decoding, which is faster.
 * @param {boolean} [fancyUpscaling] True (default): a slower but nicer upscaling of the chroma.
 * @param {boolean} [tryRecoverTruncated] False (default): a truncated file is an error. True: what is
 *     missing is made up.
 * @param {number} [acceptableFraction] From 0 to 1 (default): the part of the rows that must be
 *     there; those missing are black.
 * @param {string} [dctMethod] `'INTEGER_FAST'`, `'INTEGER_ACCURATE'`, or `''` (default): the fast one.
 * @returns {Tensor3D} int32, [height, width, channels].
 * @throws {import('../native-error').NativeError} As decodeImage().
 */
/**
 * @overload
 * @param {Uint8Array} contents
 * @param {JpegOptions} options
 * @returns {Tensor3D}
 */
/** @param {Uint8Array} contents @param {...any} options */
function decodeJpeg(contents, ...options) {
  return decode('decodeJpeg', contents, options);
}

/**
 * Decodes a PNG. As in tfjs-node JPEGs and GIFs of one frame are taken, too.
 * @overload
 * @param {Uint8Array} contents
 * @param {number} [channels] 0 (default): as many as the file has; of a palette 3, or 4 where some of
 *     its colours are transparent. 1: grey, 3: RGB, 4: RGB and alpha.
 * @param {string} [dtype] `'int32'`, as nothing else is supported.
 * @returns {Tensor3D} int32, [height, width, channels].
 * @throws {import('../native-error').NativeError} As decodeImage().
 */
/**
 * @overload
 * @param {Uint8Array} contents
 * @param {PngOptions} options
 * @returns {Tensor3D}
 */
/** @param {Uint8Array} contents @param {...any} options */
function decodePng(contents, ...options) {
  return decode('decodePng', contents, options);
}

/**
 * Decodes a BMP.
 * @overload
 * @param {Uint8Array} contents
 * @param {number} [channels] 0 (default): as many as the file has; of a palette 1 where that is grey,
 *     else 3. 1: grey, 3: RGB, 4: RGB and alpha.
 * @returns {Tensor3D} int32, [height, width, channels].
 * @throws {import('../native-error').NativeError} As decodeImage().
 */
/**
 * @overload
 * @param {Uint8Array} contents
 * @param {BmpOptions} options
 * @returns {Tensor3D}
 */
/** @param {Uint8Array} contents @param {...any} options */
function decodeBmp(contents, ...options) {
  return decode('decodeBmp', contents, options);
}

/**
 * Decodes all frames of a GIF, each as it is shown. As in tfjs-node JPEGs and PNGs are taken, too: as
 * one frame.
 * @param {Uint8Array} contents
 * @param {GifOptions} [options]
 * @returns {Tensor4D} int32, [frames, height, width, 3].
 * @throws {import('../native-error').NativeError} As decodeImage().
 */
function decodeGif(contents, options) {
  return decode('decodeGif', contents, [options]);
}

/**
 * Decodes a WebP.
 * @overload
 * @param {Uint8Array} contents
 * @param {number} [channels] 0 (default): 4 where the file has alpha, else 3. 1: grey, 3: RGB, 4: RGB
 *     and alpha.
 * @param {boolean} [expandAnimations] True (default): animations are 4-D, all frames. False: their
 *     first frame alone, 3-D.
 * @returns {Tensor3D | Tensor4D} int32, [height, width, channels] or [frames, height, width, channels].
 * @throws {import('../native-error').NativeError} As decodeImage().
 */
/**
 * @overload
 * @param {Uint8Array} contents
 * @param {WebpOptions} options
 * @returns {Tensor3D | Tensor4D}
 */
/** @param {Uint8Array} contents @param {...any} options */
function decodeWebp(contents, ...options) {
  return decode('decodeWebp', contents, options);
}

module.exports = { decodeBmp, decodeGif, decodeImage, decodeJpeg, decodePng, decodeWebp };
