'use strict';

/** @typedef {import('./call-frame').CallFrame} CallFrame */
/** @typedef {import('./handle').Handle} Handle */

/** A power of two; a call takes the place of another one of the same remainder. */
const places = 64;

/** Of the words that makeCallWriter() writes: how many inputs, and the slot of the first one. */
const countAt = 1;
const slotAt = 2;

/**
 * What calls of an operator came to whose output is its input's data under another shape: all that
 * the native side would do for an equal call is to say that shape again.
 */
class KnownViews {
  /** @type {({key: Float64Array, dtype: string, shape: number[], elements: number} | null)[]} */
  #known = new Array(places).fill(null);

  /**
   * @param {CallFrame} frame A call.
   * @param {Handle} handle Of its first input.
   * @returns {number[] | undefined} The output's shape, a new array. Undefined where the native side
   *     has to say it, or what is wrong.
   */
  find({ words, length }, { dtype, elements }) {
    const found = this.#known[placeOf(words, length)];
    if (found === null || found.dtype !== dtype || found.elements > elements) return undefined;
    const { key } = found;
    if (key.length !== length) return undefined;
    for (let i = 0; i < length; i++) if (key[i] !== words[i] && i !== slotAt) return undefined;
    return found.shape.slice();
  }

  /**
   * @param {CallFrame} frame A call. With several inputs it is not kept: of those behind the first
   *     one the words do not say enough.
   * @param {string} dtype Of its input. @param {number[]} shape Of its output.
   */
  add({ words, length }, dtype, shape) {
    if (words[countAt] !== 1) return;
    const key = words.slice(0, length);
    const entry = { key, dtype, shape: shape.slice(), elements: sizeOf(shape) };
    this.#known[placeOf(key, length)] = entry;
  }
}

/** @param {Float64Array} words @param {number} length */
function placeOf(words, length) {
  let hash = length;
  for (let i = slotAt + 1; i < length; i++) hash = Math.imul(hash ^ words[i], 0x9e3779b1);
  return hash >>> 26;
}

/** How many elements a shape has. @param {number[]} shape */
function sizeOf(shape) {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i];
  return size;
}

module.exports = { KnownViews, sizeOf };
