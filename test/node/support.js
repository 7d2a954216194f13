'use strict';

const sharp = require('sharp');
const { Random } = require('../fuzz/random');

// sharp keeps threads and files for reuse, which tests do not need.
sharp.cache(false);
sharp.concurrency(1);

/**
 * Pixels that compress well in places and badly in others: slopes, with some noise.
 * @param {number} width @param {number} height @param {number} channels @param {number} [seed]
 * @returns {Uint8Array}
 */
function samplePixels(width, height, channels, seed = 1) {
  const random = new Random(seed, 'pixels');
  const slopes = random.list(channels, () => [random.int(-9, 9), random.int(-9, 9)]);
  return Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const c = i % channels;
    const x = Math.floor(i / channels) % width;
    const y = Math.floor(i / channels / width);
    const noise = (x >> 3) % 2 === 0 ? random.int(-20, 20) : 0;
    return (((128 + slopes[c][0] * x + slopes[c][1] * y) & 255) + noise) & 255;
  });
}

/** A pipeline of sharp over such pixels. */
function sampleImage(width, height, channels, seed) {
  const pixels = samplePixels(width, height, channels, seed);
  return sharp(pixels, { raw: { width, height, channels } });
}

/** One of noise, which is made fast. */
function noiseImage(width, height) {
  const noise = { type: /** @type {const} */ ('gaussian'), mean: 128, sigma: 30 };
  return sharp({ create: { width, height, channels: 3, background: 'black', noise } });
}

/**
 * What sharp reads in a file.
 * @param {Uint8Array} file
 * @param {{channels?: 1 | 3 | 4, pages?: number, rotate?: boolean}} [options] Without channels as many
 *     as the file has. `pages`: -1 for all.
 * @returns {Promise<{shape: number[], values: number[]}>}
 */
async function readBySharp(file, { channels, pages = 1, rotate = false } = {}) {
  let image = sharp(file, { pages });
  if (rotate) image = image.autoOrient();
  if (channels === 1) image = image.removeAlpha().toColourspace('b-w');
  if (channels === 3) image = image.removeAlpha().toColourspace('srgb');
  if (channels === 4) image = image.ensureAlpha().toColourspace('srgb');
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const height = info.pageHeight ?? info.height;
  const frames = pages === 1 ? [] : [info.height / height];
  return { shape: [...frames, height, info.width, info.channels], values: Array.from(data) };
}

/** @param {import('@tensorflow/tfjs-core').Tensor} tensor Is disposed. */
function contentsOf(tensor) {
  const { shape, dtype } = tensor;
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return { shape, dtype, values };
}

/** The greatest difference of values at the same place. */
function greatestDifference(a, b) {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

/** What an error has that programs look at. */
function failureOf(call, ...args) {
  try {
    call(...args);
  } catch (error) {
    return { name: error.name, code: error.code, op: error.op, message: error.message };
  }
  throw new Error('nothing was thrown');
}

module.exports = {
  contentsOf,
  failureOf,
  greatestDifference,
  noiseImage,
  readBySharp,
  sampleImage,
  samplePixels,
};
