'use strict';

const { NativeError } = require('../native-error');

/** @typedef {'JPEG' | 'PNG' | 'GIF' | 'BMP' | 'WebP'} ImageType */

/**
 * @typedef {object} Signature
 * @property {ImageType} type
 * @property {(number | null)[]} bytes That a file of the type begins with; null for any.
 */

/** @type {Signature[]} */
const signatures = [
  { type: 'JPEG', bytes: [0xff, 0xd8, 0xff] },
  { type: 'PNG', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: 'GIF', bytes: [...Buffer.from('GIF8')] },
  { type: 'BMP', bytes: [...Buffer.from('BM')] },
  {
    type: 'WebP',
    bytes: [...Buffer.from('RIFF'), null, null, null, null, ...Buffer.from('WEBP')],
  },
];

/**
 * The types that a function takes. As in tfjs-node, decoders of JPEG, PNG and GIF take one another's
 * files.
 * @type {Record<string, ImageType[]>}
 */
const typesOf = {
  decodeImage: ['JPEG', 'PNG', 'GIF', 'BMP', 'WebP'],
  decodeJpeg: ['JPEG', 'PNG', 'GIF'],
  decodePng: ['JPEG', 'PNG', 'GIF'],
  decodeGif: ['JPEG', 'PNG', 'GIF'],
  decodeBmp: ['BMP'],
  decodeWebp: ['WebP'],
};

/**
 * The type of an image's file, by its first bytes.
 * @param {string} op
 * @param {Uint8Array} contents
 * @returns {ImageType}
 * @throws {NativeError} BAD_DTYPE for what is no Uint8Array; BAD_ATTR where the function takes no such
 *     file.
 */
function imageTypeFor(op, contents) {
  // An array of another realm is no instance of this one's class.
  const tag = Object.prototype.toString.call(contents);
  if (tag !== '[object Uint8Array]' && tag !== '[object Uint8ClampedArray]') {
    throw new NativeError('BAD_DTYPE', op, `contents: expected a Uint8Array, got ${tag}`);
  }
  const found = signatures.find(({ bytes }) =>
    bytes.every((byte, i) => byte === null || byte === contents[i]),
  );
  if (found === undefined) {
    // tfjs-node's own text, which programs compare with. (WebP is taken, too.)
    const message = 'Expected image (BMP, JPEG, PNG, or GIF), but got unsupported image type';
    throw new NativeError('BAD_ATTR', op, message, undefined, { verbatim: true });
  }
  if (!typesOf[op].includes(found.type)) {
    const message = `contents: expected ${typesOf[op].join(', ')}, got ${found.type}: use decodeImage`;
    throw new NativeError('BAD_ATTR', op, message);
  }
  return found.type;
}

module.exports = { imageTypeFor };
