'use strict';

const { checkOptions, flag, givenOptions, oneOf, wholeNumber } = require('./options');

/**
 * @typedef {object} JpegEncodeOptions
 * @property {'' | 'grayscale' | 'rgb'} [format] `''` (default): by the image's channels.
 * @property {number} [quality] 0 to 100; default 95.
 * @property {boolean} [progressive] Default false.
 * @property {boolean} [optimizeSize] Spends time to save bytes, at the same quality. Default false.
 * @property {boolean} [chromaDownsampling] Default true: 4:2:0.
 * @property {'in' | 'cm'} [densityUnit] Of the densities; default inches.
 * @property {number} [xDensity] Pixels a unit; default 300.
 * @property {number} [yDensity] Pixels a unit; default 300.
 * @property {string} [xmpMetadata] XMP to embed; default none.
 */

/**
 * @typedef {object} PngEncodeOptions
 * @property {number} [compression] From 0 (none) to 9 (slow), or -1 for zlib's choice; default 1.
 */

/**
 * @typedef {object} WebpEncodeOptions
 * @property {number} [quality] 0 to 100; default 75. Of a lossless file: how hard it is compressed.
 * @property {boolean} [lossless] Default false.
 * @property {number} [effort] From 0 (fast) to 6 (small); default 4.
 */

/**
 * @typedef {object} NativeEncodeOptions What native/binding/session_encoding.cc reads.
 * @property {'JPEG' | 'PNG' | 'WebP'} type
 * @property {number} quality
 * @property {boolean} progressive
 * @property {boolean} optimizeSize
 * @property {boolean} chromaDownsampling
 * @property {boolean} isPerCm
 * @property {number} xDensity
 * @property {number} yDensity
 * @property {string} xmpMetadata
 * @property {number} compression
 * @property {boolean} lossless
 * @property {number} effort
 */

/** What a JPEG has 16 bits for. */
const density = wholeNumber(1, 65535);

const defaults = {
  format: '',
  quality: 95,
  progressive: false,
  optimizeSize: false,
  chromaDownsampling: true,
  densityUnit: 'in',
  xDensity: 300,
  yDensity: 300,
  xmpMetadata: '',
  compression: 1,
  lossless: false,
  effort: 4,
};

/** @type {Record<string, import('./options').Rule>} */
const rules = {
  format: oneOf('', 'grayscale', 'rgb'),
  quality: wholeNumber(0, 100),
  progressive: flag(),
  optimizeSize: flag(),
  chromaDownsampling: flag(),
  densityUnit: oneOf('in', 'cm'),
  xDensity: density,
  yDensity: density,
  xmpMetadata: { expected: 'a string', fits: (value) => typeof value === 'string' },
  compression: wholeNumber(-1, 9),
  lossless: flag(),
  effort: wholeNumber(0, 6),
};

/**
 * @typedef {object} Signature
 * @property {'JPEG' | 'PNG' | 'WebP'} type
 * @property {string[]} positional Names of the arguments after the image, as tfjs-node has them.
 * @property {Partial<typeof defaults>} own Defaults that differ.
 */

/** @type {Record<string, Signature>} */
const signatures = {
  encodeJpeg: {
    type: 'JPEG',
    positional: [
      'format',
      'quality',
      'progressive',
      'optimizeSize',
      'chromaDownsampling',
      'densityUnit',
      'xDensity',
      'yDensity',
      'xmpMetadata',
    ],
    own: {},
  },
  encodePng: { type: 'PNG', positional: ['compression'], own: {} },
  encodeWebp: { type: 'WebP', positional: ['quality', 'lossless', 'effort'], own: { quality: 75 } },
};

/**
 * The options of a call: the arguments after the image, or an object in their place.
 * @param {string} op The function.
 * @param {any[]} given
 * @returns {NativeEncodeOptions & {format: string}}
 * @throws {import('../native-error').NativeError} BAD_ATTR
 */
function encodeOptions(op, given) {
  const { type, positional, own } = signatures[op];
  const options = { ...defaults, ...own, ...givenOptions(op, given, positional) };
  checkOptions(op, options, rules);
  return { ...options, type, isPerCm: options.densityUnit === 'cm' };
}

module.exports = { encodeOptions };
