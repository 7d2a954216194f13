'use strict';

/** Elements of the largest tensor of a call, by the size's name: powers of 4. */
const sizes = { tiny: 16, '1k': 2 ** 10, '64k': 2 ** 16, '1m': 2 ** 20, '16m': 2 ** 24 };

/**
 * @typedef {keyof typeof sizes} Size
 * @typedef {import('./tensors').TensorSpec} TensorSpec
 */

/**
 * @typedef {object} KernelCall
 * @property {Record<string, any> | TensorSpec[]} inputs What is no TensorSpec is given as it is; a
 *     list of them becomes a list of tensors.
 * @property {Record<string, any>} [attrs]
 * @property {number} [products] Multiplications with an addition each.
 * @property {boolean} [onlyWrites] The values of its inputs are not read.
 * @property {boolean} [isView] It moves nothing, not before its output is read.
 */

/** @typedef {(size: number) => KernelCall} MakeCall */

/**
 * Of an operator one call, or several by what sets them apart.
 * @typedef {Record<string, MakeCall | Record<string, MakeCall>>} CallsByOperator
 */

/**
 * @typedef {object} Family
 * @property {CallsByOperator} [memoryBound] Takes as long as moving its bytes does, if all is well.
 * @property {CallsByOperator} [others]
 */

// Shapes are lists of small integers, as a program's are: what is computed goes through Math.floor()
// where V8 would keep a double, as one list of doubles makes tfjs slower on all other shapes.

/** As many rows as columns. @param {number} size */
const side = (size) => Math.sqrt(size);
/** @param {number} size */
const matrix = (size) => [side(size), side(size)];

/** Channels that images of a size have. @param {number} size */
const channelsOf = (size) => (size < 2 ** 10 ? 4 : size < 2 ** 16 ? 16 : 64);

/** One square image, channels last. @param {number} size */
function image(size) {
  const channels = channelsOf(size);
  const extent = side(size / channels);
  return [1, extent, extent, channels];
}

/** The same with half the height and width. @param {number} size */
function halfImage(size) {
  const [batch, height, width, channels] = image(size);
  return [batch, Math.floor(height / 2), Math.floor(width / 2), channels];
}

/** Of three channels. @param {number} size */
function photo(size) {
  const extent = Math.floor(side(size / 3));
  return [1, extent, extent, 3];
}

/** One cubic volume, channels last. @param {number} size */
function volume(size) {
  const extent = Math.floor(2 ** Math.floor(Math.log2(size) / 4));
  return [1, extent, extent, extent, Math.floor(size / extent ** 3)];
}

/** @param {number[]} shape */
const channels = (shape) => shape[shape.length - 1];

module.exports = { sizes, side, matrix, channelsOf, image, halfImage, photo, volume, channels };
