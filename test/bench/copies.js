'use strict';

const { BenchProcess } = require('./bench-process');
const { sizes } = require('./kernel-cases');

/** @typedef {import('./kernel-cases').Size} Size */

/** Cases whose kernels copy as fast as memory, or caches, let them. */
const ownCopies = ['Concat of rows', 'Neg'];
/** Memory holds it, and caches do not. @type {Size} */
const largest = '16m';
const bytes = sizes[largest] * Float32Array.BYTES_PER_ELEMENT;
/** A slice that takes so much longer than it should has lost a thread. */
const lateMs = 10_000;

/**
 * The fastest copies of a while, in gigabytes read and written a second.
 * @typedef {object} CopyRates
 * @property {number} own Of floats, by tfjs-native.
 * @property {number} memcpy By the C library.
 */

/**
 * Copies of the largest size, which say how fast memory is. They take turns with what is measured by
 * them: on a machine that is shared, memory may be twice as fast a minute later.
 */
class Copies {
  /** @type {{kind: keyof CopyRates, process: BenchProcess}[]} */
  #copiers;

  /** @param {number} threads */
  constructor(threads) {
    const args = [String(threads)];
    this.#copiers = [
      ...ownCopies.map(() => ({
        kind: /** @type {const} */ ('own'),
        process: new BenchProcess('kernel-process.js', ['native', ...args], threads),
      })),
      {
        kind: /** @type {const} */ ('memcpy'),
        process: new BenchProcess('memcpy-process.js', [...args, String(bytes)], threads),
      },
    ];
  }

  /** Makes what is to be copied. It must come before the first slice. */
  async start() {
    for (const { process } of this.#copiers) accepted(await process.answer());
    for (const [i, name] of ownCopies.entries()) {
      const { process } = this.#copiers[i];
      accepted(await process.ask({ prepare: { name, size: largest } }));
      accepted(await process.ask({ first: true }));
    }
  }

  /** Copies for so long in each way. @param {number} sliceMs @returns {Promise<CopyRates>} */
  async slice(sliceMs) {
    const rates = { own: 0, memcpy: 0 };
    for (const { kind, process } of this.#copiers) {
      const { times } = accepted(await process.ask({ sliceMs }, sliceMs + lateMs));
      rates[kind] = Math.max(rates[kind], (2 * bytes) / Math.min(...times) / 1e6);
    }
    return rates;
  }

  async end() {
    for (const { process } of this.#copiers) await process.end();
  }
}

/** @param {any} answer */
function accepted(answer) {
  if (answer.refused !== undefined) throw new Error(`copies of memory: ${answer.refused}`);
  return answer;
}

/** @param {CopyRates | undefined} one @param {CopyRates} other @returns {CopyRates} */
function fasterOf(one, other) {
  return {
    own: Math.max(one?.own ?? 0, other.own),
    memcpy: Math.max(one?.memcpy ?? 0, other.memcpy),
  };
}

module.exports = { Copies, fasterOf, ownCopies, largest };
