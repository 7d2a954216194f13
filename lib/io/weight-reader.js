'use strict';

const fs = require('node:fs/promises');
const { ReadableStream } = require('node:stream/web');
const { NativeError } = require('../native-error.js');
const { badModel, isMissing, messageOf } = require('./errors.js');
const { fileIdentity } = require('./files.js');

/** @typedef {import('./weight-files.js').WeightFile} WeightFile */
/** @typedef {(fraction: number) => void} OnProgress */

const OP = 'loadModel';

/** One job of libuv's thread pool: small enough to let the jobs of others in between. */
const READ_BYTES = 8 * 2 ** 20;

/** Files read at a time. libuv has four threads by default, and the backend's stream needs one. */
const MAX_PARALLEL_READS = 3;

/** Larger models come as several buffers: Node 20 has no typed array over 4 GiB. */
const MAX_BUFFER_BYTES = 2 ** 31;

/** Strings are walked over through a window of this size. */
const WINDOW_BYTES = 64 * 2 ** 10;

/**
 * @param {number} sizeBytes
 * @returns {ArrayBuffer}
 */
function allocate(sizeBytes) {
  try {
    return new ArrayBuffer(sizeBytes);
  } catch (error) {
    const message = `cannot allocate ${sizeBytes} bytes for the weights`;
    throw new NativeError('OUT_OF_MEMORY', OP, message, undefined, { cause: error });
  }
}

/**
 * Opens a weight file that was found before.
 *
 * @param {WeightFile} weightFile
 */
async function openUnchanged({ file, identity }) {
  let handle;
  try {
    handle = await fs.open(file, 'r');
  } catch (error) {
    const reason = isMissing(error) ? 'was removed while the model was loaded' : messageOf(error);
    throw badModel(OP, `${file}: ${reason}`, error);
  }
  try {
    if (fileIdentity(await handle.stat({ bigint: true })) !== identity) {
      throw badModel(OP, `${file}: was replaced while the model was loaded; load it again`);
    }
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Fills `target` from `position` of an open file.
 *
 * @param {import('node:fs/promises').FileHandle} handle
 * @param {string} file
 * @param {Uint8Array} target
 * @param {number} position
 * @param {(bytes: number) => void} [onBytes]
 */
async function readFully(handle, file, target, position, onBytes) {
  for (let done = 0; done < target.length;) {
    const length = Math.min(READ_BYTES, target.length - done);
    let bytesRead;
    try {
      ({ bytesRead } = await handle.read(target, done, length, position + done));
    } catch (error) {
      throw badModel(OP, `${file}: cannot be read: ${messageOf(error)}`, error);
    }
    if (bytesRead === 0) {
      const message = `ends at ${position + done} bytes; it was longer when the loading began`;
      throw badModel(OP, `${file}: ${message}`);
    }
    done += bytesRead;
    onBytes?.(bytesRead);
  }
}

/**
 * Reads all weight files, in order, into memory allocated once.
 *
 * @param {WeightFile[]} files
 * @param {OnProgress} [onProgress]
 * @param {number} [bufferBytes] The largest buffer to allocate.
 * @returns {Promise<ArrayBuffer | ArrayBuffer[]>} An array where one buffer cannot hold them all:
 *   buffers of one size, of which only the last is shorter. Other sizes would not do, as
 *   tfjs-core 4.22's `CompositeArrayBuffer` yields zeros where the last buffer is the longest.
 */
async function readWeights(files, onProgress, bufferBytes = MAX_BUFFER_BYTES) {
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  /** @type {ArrayBuffer[]} */
  const buffers = [];
  for (let start = 0; start < totalBytes; start += bufferBytes) {
    buffers.push(allocate(Math.min(bufferBytes, totalBytes - start)));
  }

  let readBytes = 0;
  const onBytes = (/** @type {number} */ bytes) => {
    readBytes += bytes;
    onProgress?.(readBytes / totalBytes);
  };
  /** @param {WeightFile} weightFile @param {number} start Its place in the whole. */
  const readOne = async (weightFile, start) => {
    const handle = await openUnchanged(weightFile);
    try {
      for (let done = 0; done < weightFile.sizeBytes;) {
        const index = Math.floor((start + done) / bufferBytes);
        const offset = (start + done) % bufferBytes;
        const length = Math.min(bufferBytes - offset, weightFile.sizeBytes - done);
        const target = new Uint8Array(buffers[index], offset, length);
        await readFully(handle, weightFile.file, target, done, onBytes);
        done += length;
      }
    } finally {
      await handle.close();
    }
  };

  let next = 0;
  let nextStart = 0;
  const readRest = async () => {
    while (next < files.length) {
      const weightFile = files[next++];
      const start = nextStart;
      nextStart += weightFile.sizeBytes;
      await readOne(weightFile, start);
    }
  };
  const results = await Promise.allSettled(Array.from({ length: MAX_PARALLEL_READS }, readRest));
  // Settled, so that no read goes on after the error has reached the caller.
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason;
  }
  if (totalBytes === 0) onProgress?.(1);
  return buffers.length > 1 ? buffers : (buffers[0] ?? new ArrayBuffer(0));
}

/** Reads any range of a list of files as if they were one. Keeps one file open at a time. */
class RangeReader {
  #files;
  /** @type {import('node:fs/promises').FileHandle | undefined} */
  #handle;
  #openIndex = -1;
  #window = new Uint8Array(0);
  #windowStart = 0;

  /** @param {WeightFile[]} files */
  constructor(files) {
    this.#files = files;
    /** Size of all files together. */
    this.sizeBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /**
   * Fills `target` from `position`.
   *
   * @param {Uint8Array} target
   * @param {number} position
   * @param {(bytes: number) => void} [onBytes]
   */
  async read(target, position, onBytes) {
    let start = 0;
    let done = 0;
    for (const [index, weightFile] of this.#files.entries()) {
      const end = start + weightFile.sizeBytes;
      const from = position + done;
      if (done < target.length && from < end) {
        const length = Math.min(target.length - done, end - from);
        const part = target.subarray(done, done + length);
        const handle = await this.#open(index);
        await readFully(handle, weightFile.file, part, from - start, onBytes);
        done += length;
      }
      start = end;
    }
  }

  /**
   * Reads a few bytes; cheap where calls go forward in small steps.
   *
   * @param {number} position
   * @param {number} length At most `WINDOW_BYTES`; the range must be within the files.
   * @returns {Promise<Uint8Array>} Valid until the next call.
   */
  async readAt(position, length) {
    const offset = position - this.#windowStart;
    if (offset < 0 || offset + length > this.#window.length) {
      this.#window = new Uint8Array(Math.min(WINDOW_BYTES, this.sizeBytes - position));
      this.#windowStart = position;
      await this.read(this.#window, position);
      return this.#window.subarray(0, length);
    }
    return this.#window.subarray(offset, offset + length);
  }

  async close() {
    const handle = this.#handle;
    this.#handle = undefined;
    this.#openIndex = -1;
    await handle?.close();
  }

  /** @param {number} index */
  async #open(index) {
    if (this.#handle && this.#openIndex === index) return this.#handle;
    await this.close();
    this.#handle = await openUnchanged(this.#files[index]);
    this.#openIndex = index;
    return this.#handle;
  }
}

/**
 * A stream of the weights, one chunk for each. tfjs-core's `decodeWeightsStream` copies what is
 * left of a chunk once for every weight that it takes out of it, so chunks that match the weights
 * spare it that.
 *
 * @param {WeightFile[]} files
 * @param {number[]} sizes Bytes of each weight, in order; they fill the files.
 * @param {OnProgress} [onProgress]
 * @returns {ReadableStream<ArrayBuffer>} Reads a weight when it is asked for, not before.
 */
function streamWeights(files, sizes, onProgress) {
  const reader = new RangeReader(files);
  const chunkSizes = sizes.filter((size) => size > 0);
  let position = 0;
  let index = 0;
  return new ReadableStream(
    {
      async start(controller) {
        if (chunkSizes.length > 0) return;
        onProgress?.(1);
        controller.close();
      },
      async pull(controller) {
        try {
          const chunk = allocate(chunkSizes[index++]);
          await reader.read(new Uint8Array(chunk), position);
          position += chunk.byteLength;
          controller.enqueue(chunk);
          onProgress?.(position / reader.sizeBytes);
        } catch (error) {
          await reader.close();
          throw error;
        }
        // At once, as tfjs-core does not ask for more once it has the last weight.
        if (index === chunkSizes.length) {
          await reader.close();
          controller.close();
        }
      },
      cancel: () => reader.close(),
    },
    { highWaterMark: 0 },
  );
}

module.exports = { MAX_BUFFER_BYTES, allocate, readWeights, streamWeights, RangeReader };
