'use strict';

const fs = require('node:fs/promises');
const { badArgument, isMissing, messageOf } = require('../io/errors.js');
const { chooseLocation, isFileUrl, parseLocation } = require('../io/location.js');

/** @typedef {{chunkSize?: number, offset?: number}} ChunkOptions Bytes, as in tfjs-data. */

const OP = 'readData';
const DEFAULT_CHUNK_BYTES = 2 ** 20;

/** @param {string} file @param {unknown} error @returns {never} */
function refuse(file, error) {
  const reason = isMissing(error) ? 'no such file' : `cannot be read: ${messageOf(error)}`;
  throw badArgument(OP, `${file}: ${reason}`, error);
}

/**
 * tfjs-data 4.22 reads a `file://` source (`tf.data.csv('file://…')`) as a whole, with Node.js's
 * thread standing still, and fails where it has more than 2 GiB. This reads it chunk by chunk.
 *
 * @param {{FileDataSource: Function}} data tfjs-data.
 */
function mendLocalData({ FileDataSource }) {
  const { iterator } = FileDataSource.prototype;
  /** @this {{input: unknown, options: ChunkOptions}} */
  FileDataSource.prototype.iterator = async function () {
    if (!isFileUrl(this.input)) return iterator.call(this);
    const file = await chooseLocation(parseLocation(this.input, OP));
    const stats = await fs.stat(file).catch((error) => refuse(file, error));
    // Pipes can be read only once, from their beginning; files like those in /proc say nothing of
    // their size.
    if (!stats.isFile() || stats.size === 0) {
      const bytes = await fs.readFile(file).catch((error) => refuse(file, error));
      return iterator.call({ input: new Uint8Array(bytes), options: this.options });
    }
    // What decodes and splits the chunks stays tfjs-data's.
    const chunks = await iterator.call({ input: new Uint8Array(0), options: this.options });
    const reader = new ChunkReader(file, stats, this.options);
    chunks.next = () => reader.next();
    chunks.summary = () => `FileChunks ${file}`;
    return chunks;
  };
}

/**
 * Reads a file from beginning to end, up to the size that it had at first. Keeps no file open
 * between chunks: tfjs-data has no word for an iterator that is abandoned, as is each one that it
 * reads the header of a CSV file with.
 */
class ChunkReader {
  #file;
  #stats;
  #chunkBytes;
  #position;
  /** @type {Promise<unknown>} The chunk before, as callers need not wait for it. */
  #last = Promise.resolve();

  /** @param {string} file @param {import('node:fs').Stats} stats @param {ChunkOptions} options */
  constructor(file, stats, { chunkSize, offset }) {
    this.#file = file;
    this.#stats = stats;
    this.#chunkBytes = chunkSize || DEFAULT_CHUNK_BYTES;
    this.#position = offset || 0;
  }

  /** @returns {Promise<{value: Uint8Array | null, done: boolean}>} */
  next() {
    const chunk = this.#last.then(() => this.#read());
    this.#last = chunk.catch(() => {});
    return chunk;
  }

  async #read() {
    const left = this.#stats.size - this.#position;
    if (left <= 0) return { value: null, done: true };
    const value = new Uint8Array(Math.min(left, this.#chunkBytes));
    const handle = await fs.open(this.#file, 'r').catch((error) => refuse(this.#file, error));
    try {
      const { dev, ino } = await handle.stat();
      if (dev !== this.#stats.dev || ino !== this.#stats.ino) {
        throw badArgument(OP, `${this.#file}: was replaced while it was read`);
      }
      for (let done = 0; done < value.length;) {
        const position = this.#position + done;
        const { bytesRead } = await handle
          .read(value, done, value.length - done, position)
          .catch((error) => refuse(this.#file, error));
        if (bytesRead === 0) {
          throw badArgument(OP, `${this.#file}: was shortened while it was read`);
        }
        done += bytesRead;
      }
    } finally {
      await handle.close();
    }
    this.#position += value.length;
    return { value, done: false };
  }
}

module.exports = { mendLocalData };
