'use strict';

const { NativeError } = require('../native-error');
const { checkOptions, flag, givenOptions, oneOf } = require('./options');

/**
 * @typedef {object} CommonOptions
 * @property {boolean} [orientation] Turns and mirrors the image as its EXIF metadata asks for (JPEG,
 *     PNG, WebP). Default false: the pixels as they lie in the file, as tfjs-node has them.
 * @property {number} [maxBytes] What the tensor may take, 4 bytes a value. Default 2^31. A file that
 *     would take more is refused before any of that is allocated.
 */

/**
 * @typedef {object} ChannelOptions
 * @property {number} [channels] 0 (default): as many as the file has. 1: grey, 3: RGB, 4: RGB and
 *     alpha.
 */

/**
 * @typedef {object} DtypeOptions
 * @property {string} [dtype] `'int32'`, as nothing else is supported.
 */

/**
 * @typedef {object} AnimationOptions
 * @property {boolean} [expandAnimations] True (default): animations are 4-D, all frames. False: their
 *     first frame alone, 3-D.
 */

/**
 * @typedef {object} OwnJpegOptions
 * @property {number} [ratio] Scales down by 1 (default), 2, 4 or 8 while decoding, which is faster.
 * @property {boolean} [fancyUpscaling] True (default): a slower but nicer upscaling of the chroma.
 * @property {boolean} [tryRecoverTruncated] False (default): a truncated file is an error. True: what
 *     is missing is made up.
 * @property {number} [acceptableFraction] From 0 to 1 (default): the part of the rows that must be
 *     there; those missing are black.
 * @property {string} [dctMethod] `'INTEGER_FAST'`, `'INTEGER_ACCURATE'`, or `''` (default), which is
 *     the fast one, as in TensorFlow.
 */

/** @typedef {CommonOptions & ChannelOptions & OwnJpegOptions} JpegOptions */
/** @typedef {CommonOptions & ChannelOptions & DtypeOptions} PngOptions */
/** @typedef {CommonOptions & ChannelOptions} BmpOptions */
/** @typedef {CommonOptions} GifOptions */
/** @typedef {CommonOptions & ChannelOptions & AnimationOptions} WebpOptions */
/** @typedef {PngOptions & WebpOptions & JpegOptions} ImageOptions */

/**
 * @typedef {object} NativeDecodeOptions What native/binding/session_images.cc reads.
 * @property {number} channels
 * @property {boolean} expandAnimations
 * @property {boolean} expandStills
 * @property {boolean} orientation
 * @property {number} maxBytes
 * @property {number} ratio
 * @property {boolean} fancyUpscaling
 * @property {boolean} tryRecoverTruncated
 * @property {number} acceptableFraction
 * @property {boolean} isAccurate
 */

const common = ['orientation', 'maxBytes'];
const jpegNames = [
  'ratio',
  'fancyUpscaling',
  'tryRecoverTruncated',
  'acceptableFraction',
  'dctMethod',
];

/**
 * @typedef {object} Signature
 * @property {string[]} positional Names of the arguments after the contents, as tfjs-node has them.
 * @property {string[]} named What an object of options may have besides.
 */

/** @type {Record<string, Signature>} */
const signatures = {
  decodeImage: {
    positional: ['channels', 'dtype', 'expandAnimations'],
    named: [...jpegNames, ...common],
  },
  decodeJpeg: { positional: ['channels', ...jpegNames], named: common },
  decodePng: { positional: ['channels', 'dtype'], named: common },
  decodeBmp: { positional: ['channels'], named: common },
  decodeGif: { positional: [], named: common },
  decodeWebp: { positional: ['channels', 'expandAnimations'], named: common },
};

const defaults = {
  channels: 0,
  dtype: 'int32',
  expandAnimations: true,
  orientation: false,
  maxBytes: 2 ** 31,
  ratio: 1,
  fancyUpscaling: true,
  tryRecoverTruncated: false,
  acceptableFraction: 1,
  dctMethod: '',
  // What follows from the others.
  isAccurate: false,
  expandStills: false,
};

/** @type {Record<string, import('./options').Rule>} */
const rules = {
  channels: oneOf(0, 1, 3, 4),
  expandAnimations: flag(),
  orientation: flag(),
  maxBytes: {
    expected: 'a positive whole number',
    fits: (value) => Number.isSafeInteger(value) && value > 0,
  },
  ratio: oneOf(1, 2, 4, 8),
  fancyUpscaling: flag(),
  tryRecoverTruncated: flag(),
  acceptableFraction: {
    expected: 'a number from 0 to 1',
    fits: (value) => value >= 0 && value <= 1,
  },
  dctMethod: oneOf('', 'INTEGER_FAST', 'INTEGER_ACCURATE'),
};

/**
 * The options of a call: the arguments after the contents, or an object in their place.
 * @param {string} op The function.
 * @param {any[]} given
 * @returns {NativeDecodeOptions}
 * @throws {NativeError} BAD_ATTR
 */
function decodeOptions(op, given) {
  const { positional, named } = signatures[op];
  // Spreading twice would leave V8 objects that outlive its young generation: they pile up where many
  // small images are read.
  const options = { ...defaults };
  Object.assign(options, givenOptions(op, given, positional, named));
  if (options.dtype !== 'int32') {
    // tfjs-node's own text.
    const message = 'decodeImage could only return Tensor of type `int32` for now.';
    throw new NativeError('BAD_DTYPE', op, message, undefined, { verbatim: true });
  }
  checkOptions(op, options, rules);
  options.isAccurate = options.dctMethod === 'INTEGER_ACCURATE';
  options.expandStills = op === 'decodeGif';
  return options;
}

module.exports = { decodeOptions };
