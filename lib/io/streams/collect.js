'use strict';

const { MAX_BUFFER_BYTES, allocate } = require('../weight-reader.js');
const { groupBytes, weightChunks, wrongLength } = require('./weight-chunks.js');

/** @typedef {import('./pieces.js').Source} Source */
/** @typedef {import('@tensorflow/tfjs-core').io.WeightsManifestEntry} WeightsManifestEntry */

/**
 * Weights, and the files that they lie in.
 *
 * @typedef {object} SourceGroup
 * @property {WeightsManifestEntry[]} specs
 * @property {Source[]} sources
 * @property {string} where Names the group in errors.
 */

/** Files that are read at a time. More would each keep pieces in memory that nobody has taken yet. */
const MAX_PARALLEL = 4;

/** Memory for all weights, allocated as they arrive. */
class WeightBuffers {
  /** @type {ArrayBuffer[]} */
  #buffers = [];
  #totalBytes;
  #bufferBytes;

  /**
   * @param {number} totalBytes
   * @param {number} bufferBytes The largest buffer to allocate.
   */
  constructor(totalBytes, bufferBytes) {
    this.#totalBytes = totalBytes;
    this.#bufferBytes = bufferBytes;
  }

  /**
   * @param {number} position
   * @param {Uint8Array} bytes
   */
  write(position, bytes) {
    for (let done = 0; done < bytes.length;) {
      const at = position + done;
      const offset = at % this.#bufferBytes;
      const part = bytes.subarray(done, done + this.#bufferBytes - offset);
      new Uint8Array(this.#buffer(Math.floor(at / this.#bufferBytes))).set(part, offset);
      done += part.length;
    }
  }

  /** @returns {ArrayBuffer | ArrayBuffer[]} As `readWeights` of weight-reader.js. */
  finish() {
    return this.#buffers.length > 1 ? this.#buffers : (this.#buffers[0] ?? new ArrayBuffer(0));
  }

  /** @param {number} index */
  #buffer(index) {
    const sizeBytes = Math.min(this.#bufferBytes, this.#totalBytes - index * this.#bufferBytes);
    this.#buffers[index] ??= allocate(sizeBytes);
    return this.#buffers[index];
  }
}

/** @param {Source[]} sources @param {AbortSignal} signal @returns {AsyncGenerator<any>} */
async function* piecesOf(sources, signal) {
  for (const source of sources) {
    const { pieces } = await source.open({ signal, canRestart: false });
    yield* pieces;
  }
}

/**
 * The chunks of a group, one for each weight.
 *
 * @param {SourceGroup} group
 * @param {AbortSignal} signal
 * @param {{reuses?: boolean}} [options] See `weightChunks`.
 */
function groupChunks({ specs, sources, where }, signal, options) {
  return weightChunks(specs, piecesOf(sources, signal), where, options);
}

/**
 * A value that is known later.
 *
 * @template T
 * @returns {{promise: Promise<T>, resolve: (value: T) => void, reject: (error: unknown) => void}}
 */
function later() {
  let resolve = /** @type {(value: T) => void} */ (() => {});
  let reject = /** @type {(error: unknown) => void} */ (() => {});
  const promise = new Promise((...functions) => ([resolve, reject] = functions));
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/**
 * Reads files in parallel. Where a file starts is known once those before it have told their
 * sizes, be it when they are opened or when they end.
 *
 * @param {SourceGroup[]} groups Of known sizes.
 * @param {number[]} starts Where each of them starts in the whole.
 * @param {(position: number, bytes: Uint8Array) => void} write
 * @param {(bytes: number) => void} onBytes Told of every piece, and of what is to be read again.
 * @param {AbortController} controller Aborted where one file fails.
 */
async function readParallel(groups, starts, write, onBytes, controller) {
  const files = groups.flatMap((group, g) => {
    const end = starts[g] + /** @type {number} */ (groupBytes(group.specs));
    return group.sources.map((source, i) => {
      const isLast = i === group.sources.length - 1;
      return { source, group, groupStart: starts[g], groupEnd: end, isFirst: i === 0, isLast };
    });
  });
  for (const [g, { sources, specs, where }] of groups.entries()) {
    const bytes = groupBytes(specs);
    if (sources.length === 0 && bytes !== 0) throw wrongLength(groups[g].specs, where, '0 bytes');
  }
  const places = files.map(() => /** @type {ReturnType<typeof later<number>>} */ (later()));
  files.forEach(({ isFirst, groupStart }, i) => isFirst && places[i].resolve(groupStart));
  const failure = later();

  /** @param {number} i */
  const readOne = async (i) => {
    const { source, group, groupStart, groupEnd, isLast } = files[i];
    const { signal } = controller;
    const { sizeBytes, pieces } = await source.open({ signal, canRestart: true });
    try {
      const toNext = (/** @type {number} */ start, /** @type {number} */ size) => {
        const end = start + size;
        if (end > groupEnd || (isLast && end !== groupEnd)) {
          throw wrongLength(
            group.specs,
            group.where,
            isLast ? `${end - groupStart} bytes` : 'more',
          );
        }
        if (!isLast) places[i + 1].resolve(end);
      };
      const start = await /** @type {Promise<number>} */ (
        Promise.race([places[i].promise, failure.promise])
      );
      if (sizeBytes !== undefined) toNext(start, sizeBytes);
      let done = 0;
      for await (const piece of pieces) {
        if (piece === null) {
          onBytes(-done);
          done = 0;
          continue;
        }
        if (start + done + piece.length > groupEnd) {
          throw wrongLength(group.specs, group.where, 'more');
        }
        write(start + done, piece);
        done += piece.length;
        onBytes(piece.length);
      }
      toNext(start, done);
    } finally {
      // Of no effect after the end; before, it lets go of the source.
      pieces.return(undefined).catch(() => {});
    }
  };
  let next = 0;
  const readRest = async () => {
    while (next < files.length) await readOne(next++);
  };
  try {
    await Promise.all(Array.from({ length: MAX_PARALLEL }, readRest));
  } catch (error) {
    failure.reject(error);
    controller.abort(error);
    throw error;
  }
}

/**
 * Reads all weights, in order, each straight to its place in memory allocated once.
 *
 * @param {SourceGroup[]} groups
 * @param {(fraction: number) => void} [onProgress]
 * @param {number} [bufferBytes] The largest buffer to allocate.
 * @returns {Promise<ArrayBuffer | ArrayBuffer[]>} As `readWeights` of weight-reader.js.
 */
async function collectWeights(groups, onProgress, bufferBytes = MAX_BUFFER_BYTES) {
  const controller = new AbortController();
  // Sizes of groups with strings are known only once these are here; they are seldom large.
  /** @type {Map<number, ArrayBuffer[]>} */
  const collected = new Map();
  const sizes = [];
  for (const [g, group] of groups.entries()) {
    let bytes = groupBytes(group.specs);
    if (bytes === undefined) {
      const chunks = [];
      for await (const chunk of groupChunks(group, controller.signal)) chunks.push(chunk);
      collected.set(g, chunks);
      bytes = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
    }
    sizes.push(bytes);
  }
  let totalBytes = 0;
  const starts = sizes.map((bytes) => (totalBytes += bytes) - bytes);
  const buffers = new WeightBuffers(totalBytes, bufferBytes);

  let readBytes = 0;
  let told = 0;
  const onBytes = (/** @type {number} */ bytes) => {
    readBytes += bytes;
    if (readBytes <= told) return;
    told = readBytes;
    onProgress?.(told / totalBytes);
  };
  for (const [g, chunks] of collected) {
    let position = starts[g];
    for (const chunk of chunks) {
      buffers.write(position, new Uint8Array(chunk));
      position += chunk.byteLength;
    }
    onBytes(sizes[g]);
  }
  const isKnown = (/** @type {unknown} */ _, /** @type {number} */ g) => !collected.has(g);
  const write = buffers.write.bind(buffers);
  const known = groups.filter(isKnown);
  await readParallel(known, starts.filter(isKnown), write, onBytes, controller);
  if (totalBytes === 0) onProgress?.(1);
  return buffers.finish();
}

module.exports = { collectWeights, groupChunks };
