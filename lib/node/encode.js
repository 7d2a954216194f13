'use strict';

// Encoders of images: those of tfjs-node, which they can stand for, and WebP. The work is done on a
// thread of libuv's pool.

const { NativeError } = require('../native-error');
const { encodeOptions } = require('./encode-options');
const { encodeImage } = require('./image-calls');
const { nativeBackend } = require('./native-backend');

/** @typedef {import('@tensorflow/tfjs-core').Tensor3D} Tensor3D */
/** @typedef {import('./encode-options').JpegEncodeOptions} JpegEncodeOptions */
/** @typedef {import('./encode-options').PngEncodeOptions} PngEncodeOptions */
/** @typedef {import('./encode-options').WebpEncodeOptions} WebpEncodeOptions */

/** Channels that `format` asks for. @type {Record<string, number>} */
const channelsOf = { grayscale: 1, rgb: 3 };

/** @param {string} op @param {Tensor3D} image @param {any[]} given @returns {Promise<Uint8Array>} */
async function encode(op, image, given) {
  const options = encodeOptions(op, given);
  const shape = /** @type {number[] | undefined} */ (image?.shape);
  if (shape === undefined || shape.length !== 3) {
    const got = shape === undefined ? typeof image : `[${shape}]`;
    throw new NativeError('BAD_SHAPE', op, `image: expected [height, width, channels], got ${got}`);
  }
  const { format } = options;
  if (format !== '' && shape[2] !== channelsOf[format]) {
    const message = `image: expected ${channelsOf[format]} channels for the format ${format}, got ${shape[2]}`;
    throw new NativeError('BAD_SHAPE', op, message);
  }
  if (image.dtype === 'string' || /** @type {string} */ (image.dtype) === 'complex64') {
    const message = `image: expected int32, float32 or bool, got ${image.dtype}`;
    throw new NativeError('BAD_DTYPE', op, message);
  }
  return encodeImage(nativeBackend(op), op, image, options);
}

/**
 * Encodes an image as JPEG. Values are from 0 to 255; others are taken modulo 256 and without their
 * fractions, as in a Uint8Array.
 * @overload
 * @param {Tensor3D} image [height, width, channels]: 1 (grey) or 3 (RGB) channels.
 * @param {'' | 'grayscale' | 'rgb'} [format] `''` (default): by the image's channels.
 * @param {number} [quality] 0 to 100; default 95.
 * @param {boolean} [progressive] Default false.
 * @param {boolean} [optimizeSize] Spends time to save bytes, at the same quality. Default false.
 * @param {boolean} [chromaDownsampling] Default true: 4:2:0.
 * @param {'in' | 'cm'} [densityUnit] Of the densities; default inches.
 * @param {number} [xDensity] Pixels a unit; default 300.
 * @param {number} [yDensity] Pixels a unit; default 300.
 * @param {string} [xmpMetadata] XMP to embed; default none.
 * @returns {Promise<Uint8Array>} Rejected with a NativeError. BAD_SHAPE, BAD_DTYPE: no such image.
 *     BAD_ATTR: no such option. OUT_OF_MEMORY. DISPOSED.
 */
/**
 * The same with options by name.
 * @overload
 * @param {Tensor3D} image
 * @param {JpegEncodeOptions} options
 * @returns {Promise<Uint8Array>}
 */
/** @param {Tensor3D} image @param {...any} options */
function encodeJpeg(image, ...options) {
  return encode('encodeJpeg', image, options);
}

/**
 * Encodes an image as PNG, of 8 bits. Values as in encodeJpeg().
 * @param {Tensor3D} image [height, width, channels]: 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGB
 *     and alpha) channels.
 * @param {number | PngEncodeOptions} [compression] From 0 (none) to 9 (slow), or -1 for zlib's choice;
 *     default 1.
 * @returns {Promise<Uint8Array>} Rejected as that of encodeJpeg().
 */
function encodePng(image, compression) {
  return encode('encodePng', image, [compression]);
}

/**
 * Encodes an image as WebP. Values as in encodeJpeg().
 * @overload
 * @param {Tensor3D} image [height, width, channels]: 1 (grey), 3 (RGB) or 4 (RGB and alpha) channels.
 * @param {number} [quality] 0 to 100; default 75. Of a lossless file: how hard it is compressed.
 * @param {boolean} [lossless] Default false.
 * @param {number} [effort] From 0 (fast) to 6 (small); default 4.
 * @returns {Promise<Uint8Array>} Rejected as that of encodeJpeg().
 */
/**
 * The same with options by name.
 * @overload
 * @param {Tensor3D} image
 * @param {WebpEncodeOptions} options
 * @returns {Promise<Uint8Array>}
 */
/** @param {Tensor3D} image @param {...any} options */
function encodeWebp(image, ...options) {
  return encode('encodeWebp', image, options);
}

module.exports = { encodeJpeg, encodePng, encodeWebp };
