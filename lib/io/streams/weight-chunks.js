'use strict';

const { badModel, kindOf } = require('../errors.js');
const { allocate } = require('../weight-reader.js');
const { STRING_LENGTH_BYTES, elementCount, fixedBytes } = require('../weight-specs.js');
const { PieceReader } = require('./pieces.js');

/** @typedef {import('@tensorflow/tfjs-core').io.WeightsManifestEntry} WeightsManifestEntry */

const OP = 'loadModel';

/** Memory for strings grows in steps, so that a length that lies cannot ask for all of it. */
const STRING_STEP_BYTES = 2 ** 20;

/**
 * Bytes of a group of weights.
 *
 * @param {WeightsManifestEntry[]} specs
 * @returns {number | undefined} Undefined where there are strings: only the data tell.
 */
function groupBytes(specs) {
  let sum = 0;
  for (const spec of specs) {
    const bytes = fixedBytes(spec);
    if (bytes === undefined) return undefined;
    sum += bytes;
  }
  return sum;
}

/**
 * @param {WeightsManifestEntry[]} specs
 * @param {string} where
 * @param {number | string} got
 */
function wrongLength(specs, where, got) {
  const expected = groupBytes(specs) ?? 'fewer';
  const message = `expected ${expected} bytes for ${specs.length} weights, got ${got}`;
  return badModel(OP, `${where}: ${message}`);
}

/** Memory that grows as it is filled. */
class GrowingBytes {
  #bytes = new Uint8Array(STRING_STEP_BYTES);
  #length = 0;

  /**
   * @param {PieceReader} reader
   * @param {number} count Bytes to take from it.
   * @returns {Promise<Uint8Array | undefined>} The end of them; undefined where it has fewer.
   */
  async take(reader, count) {
    for (let left = count; left > 0;) {
      const step = Math.min(left, STRING_STEP_BYTES);
      if (this.#length + step > this.#bytes.length) {
        const larger = new Uint8Array(allocate(this.#bytes.length * 2));
        larger.set(this.#bytes.subarray(0, this.#length));
        this.#bytes = larger;
      }
      if (!(await reader.fill(this.#bytes.subarray(this.#length, this.#length + step)))) {
        return undefined;
      }
      this.#length += step;
      left -= step;
    }
    return this.#bytes.subarray(Math.max(0, this.#length - count), this.#length);
  }

  toBuffer() {
    return this.#bytes.buffer.slice(0, this.#length);
  }
}

/**
 * @param {PieceReader} reader
 * @param {WeightsManifestEntry} spec Of a weight of strings.
 * @returns {Promise<ArrayBuffer | undefined>} As it is in its file; undefined where that ends before.
 */
async function readStrings(reader, spec) {
  const bytes = new GrowingBytes();
  for (let i = elementCount(spec.shape); i > 0; i--) {
    const head = await bytes.take(reader, STRING_LENGTH_BYTES);
    if (head === undefined) return undefined;
    const length = head[0] + head[1] * 2 ** 8 + head[2] * 2 ** 16 + head[3] * 2 ** 24;
    if ((await bytes.take(reader, length)) === undefined) return undefined;
  }
  return bytes.toBuffer();
}

/**
 * Cuts a group's data into its weights, and checks that they fill it exactly.
 *
 * @param {WeightsManifestEntry[]} specs
 * @param {AsyncIterator<Uint8Array>} pieces The group's data. Closed at the end, whatever happens.
 * @param {string} where Names the data in errors.
 * @param {object} [options]
 * @param {boolean} [options.mayGoOn] More data may follow; they are not asked for.
 * @param {boolean} [options.takesPieces] A piece that is a weight is a chunk, too, and not copied.
 * @param {boolean} [options.reuses] A chunk is valid until the next one only, and may be longer than
 *   its weight.
 * @returns {AsyncGenerator<ArrayBuffer>} A chunk for each of `specs`. The last one comes only after
 *   the check, as tfjs-core asks for no more then.
 */
async function* weightChunks(specs, pieces, where, options = {}) {
  const { mayGoOn = false, takesPieces = false, reuses = false } = options;
  const reader = new PieceReader(pieces);
  try {
    const largest = specs.reduce((most, spec) => Math.max(most, fixedBytes(spec) ?? 0), 0);
    const shared = reuses ? allocate(largest) : undefined;
    for (const [i, spec] of specs.entries()) {
      const size = fixedBytes(spec);
      /** @type {ArrayBuffer | undefined} */
      let chunk;
      if (size === undefined) {
        chunk = await readStrings(reader, spec);
        if (chunk === undefined) {
          const message = `the strings of weight ${kindOf(spec.name)} (shape [${spec.shape}])`;
          throw badModel(
            OP,
            `${where}: ${message} pass the end of the data, ${reader.position} bytes`,
          );
        }
      } else {
        chunk = takesPieces ? await reader.takeWhole(size) : undefined;
        if (chunk === undefined) {
          chunk = shared ?? allocate(size);
          if (!(await reader.fill(new Uint8Array(chunk, 0, size)))) {
            throw wrongLength(specs, where, `${reader.position} bytes`);
          }
        }
      }
      if (i === specs.length - 1 && !mayGoOn && !(await reader.isAtEnd())) {
        throw wrongLength(specs, where, 'more');
      }
      yield chunk;
    }
    if (specs.length === 0 && !mayGoOn && !(await reader.isAtEnd())) {
      throw wrongLength(specs, where, 'more');
    }
  } finally {
    await reader.close();
  }
}

module.exports = { groupBytes, weightChunks, wrongLength };
