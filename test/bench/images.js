'use strict';

// Decoders of images side by side: what each does with one file, and that all see the same pixels.

const sharp = require('sharp');
const tf = require('../../lib');

/**
 * @typedef {object} Decoder
 * @property {string} title
 * @property {boolean} isSync Several at once are one after another.
 * @property {(file: Buffer) => any} decode Starts it, and ends when the pixels are there.
 * @property {(decoded: any) => ArrayLike<number> | Promise<ArrayLike<number>>} values
 * @property {(decoded: any) => void} dispose
 */

const tensors = {
  values: (/** @type {import('@tensorflow/tfjs-core').Tensor} */ tensor) => tensor.data(),
  dispose: (/** @type {import('@tensorflow/tfjs-core').Tensor} */ tensor) => tensor.dispose(),
};

/** @param {Buffer} file */
const decodeBySharp = (file) => sharp(file).raw().toBuffer({ resolveWithObject: true });

/** @type {Record<string, Decoder>} */
const decoders = {
  native: {
    title: 'decodeImageAsync',
    isSync: false,
    decode: (file) => tf.node.decodeImageAsync(file),
    ...tensors,
  },
  sync: {
    title: 'decodeImage',
    isSync: true,
    decode: (file) => tf.node.decodeImage(file),
    ...tensors,
  },
  sharp: {
    title: 'sharp, bytes',
    isSync: false,
    decode: decodeBySharp,
    values: ({ data }) => data,
    dispose: () => {},
  },
  'sharp-tensor': {
    title: 'sharp, tensor',
    isSync: false,
    decode: async (file) => {
      const { data, info } = await decodeBySharp(file);
      return tf.tensor3d(data, [info.height, info.width, info.channels], 'int32');
    },
    ...tensors,
  },
};

/** @type {Record<string, (image: import('sharp').Sharp) => import('sharp').Sharp>} */
const writers = {
  jpeg: (image) => image.jpeg({ quality: 85 }),
  png: (image) => image.png(),
};

/**
 * Something like a photograph: soft shapes, and a little noise.
 * @param {string} format @param {number} width @param {number} height
 */
async function photograph(format, width, height) {
  const noise = { type: /** @type {const} */ ('gaussian'), mean: 128, sigma: 60 };
  const coarse = { width: width >> 5, height: height >> 5, channels: /** @type {const} */ (3) };
  const shapes = await sharp({ create: { ...coarse, background: 'black', noise } })
    .png()
    .toBuffer();
  const soft = { type: /** @type {const} */ ('gaussian'), mean: 128, sigma: 4 };
  const create = {
    width,
    height,
    channels: /** @type {const} */ (3),
    background: 'black',
    noise: soft,
  };
  const grain = await sharp({ create }).png().toBuffer();
  const image = sharp(shapes)
    .resize(width, height, { kernel: 'cubic' })
    .composite([{ input: grain, blend: 'soft-light' }])
    .removeAlpha();
  return writers[format](image).toBuffer();
}

module.exports = { decoders, photograph, writers };
