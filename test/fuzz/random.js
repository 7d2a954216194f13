'use strict';

// Reproducible random choices. The same seed gives the same call on every machine.

/** Extents at which vector loops, blocks and tails change over. */
const EXTENTS = [1, 1, 2, 2, 3, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33];

/** Channel counts: odd ones, whole vectors, and one more or less. */
const CHANNELS = [1, 1, 2, 3, 4, 7, 8, 15, 16, 17, 32, 33];

class Random {
  #state;

  /** @param {number} seed @param {string} [text] Another stream for each text, such as an operator. */
  constructor(seed, text = '') {
    this.#state = seed >>> 0;
    for (let i = 0; i < text.length; i++) {
      this.#state = (Math.imul(this.#state, 31) + text.charCodeAt(i)) >>> 0;
    }
  }

  /** In [0, 1). A counter whose bits are mixed, so that seeds beside one another differ at once. */
  next() {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let bits = this.#state;
    bits = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b);
    bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
    return ((bits ^ (bits >>> 16)) >>> 0) / 4294967296;
  }

  /** A whole number from low to high, both included. @param {number} low @param {number} high */
  int(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** @param {number} low @param {number} high */
  between(low, high) {
    return low + this.next() * (high - low);
  }

  /** @param {number} probability */
  chance(probability) {
    return this.next() < probability;
  }

  /** @template T @param {readonly T[]} list @returns {T} */
  pick(list) {
    return list[this.int(0, list.length - 1)];
  }

  /** @template T @param {number} length @param {(i: number) => T} make @returns {T[]} */
  list(length, make) {
    return Array.from({ length }, (_, i) => make(i));
  }

  /** @template T @param {T[]} list @returns {T[]} */
  shuffled(list) {
    const copy = list.slice();
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy;
  }

  channels() {
    return this.pick(CHANNELS);
  }

  /**
   * A shape of at most `limit` elements; now and then an extent is 0.
   * @param {{min?: number, max?: number, limit?: number, empty?: number}} [options] Ranks, and the
   *     probability of an empty tensor.
   */
  shape({ min = 0, max = 6, limit = 3000, empty = 0.04 } = {}) {
    const rank = this.int(min, max);
    const most = this.chance(0.03) ? limit * 20 : limit;
    const shape = [];
    let count = 1;
    for (let i = 0; i < rank; i++) {
      let extent = this.pick(EXTENTS);
      if (rank <= 2 && this.chance(0.3)) extent = this.int(1, 40 * extent);
      shape.push(Math.max(1, Math.min(extent, Math.floor(most / count))));
      count *= shape[i];
    }
    if (rank > 0 && this.chance(empty)) shape[this.int(0, rank - 1)] = 0;
    return this.shuffled(shape);
  }
}

module.exports = { Random };
