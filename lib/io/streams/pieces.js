'use strict';

const { types } = require('node:util');

/**
 * A file of weights that is about to be read, wherever it lies.
 *
 * @typedef {object} Source
 * @property {(options: OpenOptions) => Promise<OpenedSource>} open
 */

/**
 * @typedef {object} OpenOptions
 * @property {AbortSignal} signal Ends the reading.
 * @property {boolean} canRestart Whether the reader can begin again at the first byte.
 */

/**
 * @typedef {object} OpenedSource
 * @property {number | undefined} sizeBytes Where it is known before the end.
 * @property {AsyncGenerator<Uint8Array | null>} pieces Null, only where the reader can restart: what
 *   follows is the file from its first byte. To be run to its end or returned from.
 */

/**
 * A view of the bytes of a piece, which may be of any realm.
 *
 * @param {unknown} piece
 * @returns {Uint8Array | undefined} Undefined where it is no piece of binary data.
 */
function bytesOf(piece) {
  if (types.isAnyArrayBuffer(piece)) return new Uint8Array(piece);
  if (ArrayBuffer.isView(piece)) {
    return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  }
  return undefined;
}

/**
 * The pieces of a stream of the Web or of Node.js, or of anything else that can be iterated over.
 * Binary data is one piece: old polyfills of `fetch` have bodies that are no streams.
 *
 * @param {any} stream
 * @returns {AsyncGenerator<any>} Cancels the stream where it is left early.
 */
async function* streamPieces(stream) {
  if (typeof stream.getReader !== 'function') {
    if (bytesOf(stream) === undefined) yield* stream;
    else yield stream;
    return;
  }
  const reader = stream.getReader();
  let isDone = false;
  try {
    for (;;) {
      const next = await reader.read();
      isDone = next.done;
      if (isDone) return;
      yield next.value;
    }
  } finally {
    // Nobody waits: a stream that hangs could take for ever to cancel.
    if (!isDone) reader.cancel().catch(() => {});
  }
}

/** Reads pieces of any length as if they were one file. */
class PieceReader {
  #pieces;
  /** @type {Uint8Array} */
  #rest = new Uint8Array(0);

  /** @param {AsyncIterator<Uint8Array>} pieces */
  constructor(pieces) {
    this.#pieces = pieces;
    /** Bytes that were read so far. */
    this.position = 0;
  }

  /**
   * Fills `target`.
   *
   * @param {Uint8Array} target
   * @returns {Promise<boolean>} False where the pieces end before.
   */
  async fill(target) {
    let done = 0;
    while (done < target.length) {
      if (!(await this.#next())) return false;
      const part = this.#rest.subarray(0, target.length - done);
      target.set(part, done);
      done += part.length;
      this.position += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return true;
  }

  /**
   * Takes a piece as it is, where the next one is a whole buffer of the length that is wanted.
   *
   * @param {number} length
   * @returns {Promise<ArrayBuffer | undefined>} Undefined, and nothing taken, where it is not.
   */
  async takeWhole(length) {
    if (length === 0 || !(await this.#next())) return undefined;
    const { buffer } = this.#rest;
    const isWhole = this.#rest.length === length && buffer.byteLength === length;
    if (!isWhole || !types.isArrayBuffer(buffer)) return undefined;
    this.#rest = new Uint8Array(0);
    this.position += length;
    return buffer;
  }

  /** Whether there is nothing left. */
  async isAtEnd() {
    return !(await this.#next());
  }

  async close() {
    await this.#pieces.return?.();
  }

  /** Sees to it that there is a byte. Returns false at the end. */
  async #next() {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) return false;
      this.#rest = value;
    }
    return true;
  }
}

module.exports = { PieceReader, bytesOf, streamPieces };
