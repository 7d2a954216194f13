'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { NativeError } = require('../../native-error.js');
const { kindOf, messageOf } = require('../../io/errors.js');
const { nativeBackend } = require('../native-backend.js');
const { EventFile } = require('./event-file.js');
const { histogramOf } = require('./histogram.js');
const { histogramEvent, scalarEvent } = require('./messages.js');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {Float32Array | Float64Array | Int32Array | Uint8Array} Values */

const DEFAULT_BUCKETS = 30;

/** The longest that Node's timers wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Writers that are open in this thread; they are flushed when it ends. @type {Set<SummaryFileWriter>} */
const openWriters = new Set();
let watchesExit = false;

/**
 * Writes summaries into an event file of TensorBoard. They are gathered, and written when more than
 * `maxQueue` wait, `flushMillis` after the last time, when flush() or close() is called, and when
 * the process ends by itself or by process.exit(). A call whose summary cannot be written throws and
 * leaves no trace of it; what waited before goes on waiting.
 */
class SummaryFileWriter {
  #maxQueue;
  #flushMillis;
  #file;
  /** @type {Buffer[]} */
  #queue = [];
  #flushed = performance.now();
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #isClosed = false;

  /**
   * @param {string} logdir
   * @param {number} maxQueue
   * @param {number} flushMillis
   * @param {string} filenameSuffix
   * @throws {NativeError} BAD_ATTR when the file cannot be made; `cause` is the system's error.
   */
  constructor(logdir, maxQueue, flushMillis, filenameSuffix) {
    this.#maxQueue = maxQueue;
    this.#flushMillis = flushMillis;
    try {
      this.#file = new EventFile(logdir, filenameSuffix);
    } catch (error) {
      throw this.#unwritable('summaryFileWriter', logdir, error);
    }
    openWriters.add(this);
    if (!watchesExit) process.on('exit', flushAtExit);
    watchesExit = true;
  }

  /**
   * Writes one value of a series.
   * @param {string} name The series; in TensorBoard a part up to a `/` makes a group.
   * @param {number | Tensor} value A number, or a tensor of rank 0, whose value is waited for. It is
   *     written as float32.
   * @param {number} step An integer that grows from call to call.
   * @param {string} [description] Of the series, in Markdown.
   * @throws {NativeError} BAD_ATTR, BAD_SHAPE, BAD_DTYPE; DISPOSED after close()
   */
  scalar(name, value, step, description) {
    const op = 'SummaryFileWriter.scalar';
    checkSeries(op, name, step, description);
    if (value instanceof tfc.Tensor) {
      if (value.rank !== 0) {
        throw new NativeError('BAD_SHAPE', op, `value: expected rank 0, got [${value.shape}]`);
      }
      [value] = valuesOf(op, 'value', value);
    } else if (typeof value !== 'number') {
      const got = kindOf(value);
      throw new NativeError('BAD_ATTR', op, `value: expected a number or a scalar, got ${got}`);
    }
    this.#add(op, scalarEvent(name, value, step, description));
  }

  /**
   * Writes how values are distributed, for TensorBoard's pages of histograms and distributions.
   * @param {string} name The series.
   * @param {Tensor | Values} data Numbers of any shape; a tensor's are waited for. Those that are not
   *     finite are left out.
   * @param {number} step An integer that grows from call to call.
   * @param {number} [buckets] How many buckets of equal width, 30 by default. Equal values get one
   *     of width 1, and where there are none there are no buckets.
   * @param {string} [description] Of the series, in Markdown.
   * @throws {NativeError} BAD_ATTR, BAD_DTYPE; DISPOSED after close()
   */
  histogram(name, data, step, buckets = DEFAULT_BUCKETS, description) {
    const op = 'SummaryFileWriter.histogram';
    checkSeries(op, name, step, description);
    if (!Number.isInteger(buckets) || buckets <= 0) {
      const got = kindOf(buckets);
      throw new NativeError('BAD_ATTR', op, `buckets: expected a positive integer, got ${got}`);
    }
    const values = valuesOf(op, 'data', data);
    this.#add(op, histogramEvent(name, histogramOf(values, buckets), step, description));
  }

  /**
   * Writes what waits.
   * @throws {NativeError} BAD_ATTR when it cannot be written; then it goes on waiting.
   */
  flush() {
    this.#flush('SummaryFileWriter.flush');
  }

  /**
   * Writes what waits and closes the file. The next summaryFileWriter() for the folder begins another
   * one. Closing twice does nothing.
   * @throws {NativeError} BAD_ATTR when it cannot be written; the file is closed all the same.
   */
  close() {
    if (this.#isClosed) return;
    try {
      this.#flush('SummaryFileWriter.close');
    } finally {
      this.#isClosed = true;
      openWriters.delete(this);
      this.#file.close();
      clearTimeout(this.#timer);
    }
  }

  get isClosed() {
    return this.#isClosed;
  }

  /** The backend whose tensors are written without moving them, as in tfjs-node. */
  get backend() {
    return nativeBackend('SummaryFileWriter.backend');
  }

  /** @param {string} op @param {Buffer} event */
  #add(op, event) {
    if (this.#isClosed) throw new NativeError('DISPOSED', op, 'the writer has been closed');
    this.#queue.push(event);
    const isDue = performance.now() - this.#flushed >= this.#flushMillis;
    if (this.#queue.length <= this.#maxQueue && !isDue) {
      this.#startTimer();
      return;
    }
    try {
      this.#flush(op);
    } catch (error) {
      // Whoever catches this and goes on must not fill the memory.
      this.#queue.pop();
      throw error;
    }
  }

  /** @param {string} op */
  #flush(op) {
    if (this.#queue.length > 0) {
      try {
        this.#file.append(this.#queue);
      } catch (error) {
        throw this.#unwritable(op, this.#file.path, error);
      }
      this.#queue = [];
    }
    this.#flushed = performance.now();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** For a series that goes quiet. It keeps no process alive. */
  #startTimer() {
    if (this.#timer !== undefined) return;
    const flushLater = () => {
      this.#timer = undefined;
      try {
        this.flush();
      } catch {
        // Nobody to tell here: the queue stays, and the next call throws what its own attempt gives.
      }
    };
    this.#timer = setTimeout(flushLater, Math.min(this.#flushMillis, MAX_TIMER_MS));
    this.#timer.unref();
  }

  /** @param {string} op @param {string} file @param {unknown} cause */
  #unwritable(op, file, cause) {
    const message = `logdir: cannot write ${file}: ${messageOf(cause)}`;
    return new NativeError('BAD_ATTR', op, message, undefined, { cause });
  }
}

function flushAtExit() {
  for (const writer of openWriters) {
    try {
      writer.flush();
    } catch (error) {
      console.error(`The last summaries are lost. ${messageOf(error)}`);
    }
  }
}

/** @param {string} op @param {unknown} name @param {unknown} step @param {unknown} description */
function checkSeries(op, name, step, description) {
  if (typeof name !== 'string') {
    throw new NativeError('BAD_ATTR', op, `name: expected a string, got ${kindOf(name)}`);
  }
  if (!Number.isSafeInteger(step)) {
    throw new NativeError('BAD_ATTR', op, `step: expected an integer, got ${kindOf(step)}`);
  }
  if (description !== undefined && typeof description !== 'string') {
    const got = kindOf(description);
    throw new NativeError('BAD_ATTR', op, `description: expected a string, got ${got}`);
  }
}

/**
 * @param {string} op @param {string} argument @param {Tensor | Values} data
 * @returns {Values}
 */
function valuesOf(op, argument, data) {
  if (ArrayBuffer.isView(data) && !(data instanceof DataView)) return data;
  if (!(data instanceof tfc.Tensor)) {
    const message = `${argument}: expected a tensor or a typed array, got ${kindOf(data)}`;
    throw new NativeError('BAD_ATTR', op, message);
  }
  if (!['float32', 'int32', 'bool'].includes(data.dtype)) {
    throw new NativeError('BAD_DTYPE', op, `${argument}: expected numbers, got ${data.dtype}`);
  }
  return data.dataSync();
}

module.exports = { SummaryFileWriter };
