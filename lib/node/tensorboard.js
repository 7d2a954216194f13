'use strict';

const path = require('node:path');
const { CustomCallback } = require('@tensorflow/tfjs-layers');
const { NativeError } = require('../native-error.js');
const { kindOf } = require('../io/errors.js');
const { summaryFileWriter } = require('./summaries');

/**
 * @typedef {object} TensorBoardCallbackArgs
 * @property {'batch' | 'epoch'} [updateFreq] Whether losses and metrics are logged after each batch
 *     besides after each epoch. `'epoch'` by default.
 * @property {number} [histogramFreq] After each so many epochs the distributions of the weights are
 *     logged. 0, the default, is never.
 */

/** @typedef {import('./summaries/summary-file-writer.js').SummaryFileWriter} SummaryFileWriter */
/** @typedef {Record<string, any>} Logs Losses and metrics by name; numbers when they get here. */

/** Entries of logs that are no metrics. */
const NO_METRICS = ['batch', 'size', 'num_steps'];
const VALIDATION_PREFIX = 'val_';

/**
 * Logs the training of a layers model for TensorBoard. Made by tensorBoard(). What is not private has
 * the names that it has in tfjs-node, where tests of programs listen in.
 */
class TensorBoardCallback extends CustomCallback {
  /** Of the folder `train`, once something has been logged. @type {SummaryFileWriter | null} */
  trainWriter = null;
  /** Of the folder `val`. @type {SummaryFileWriter | null} */
  valWriter = null;
  #logdir;
  #updateFreq;
  #histogramFreq;
  #batchesSeen = 0;
  /** @type {any} The LayersModel that is trained. */
  #model = null;

  /**
   * @param {string} logdir
   * @param {TensorBoardCallbackArgs} args
   */
  constructor(logdir, { updateFreq = 'epoch', histogramFreq = 0 }) {
    super({
      onBatchEnd: async (_, logs) => {
        this.#batchesSeen++;
        if (this.#updateFreq === 'batch') this.#logMetrics(logs, 'batch_', this.#batchesSeen);
      },
      onEpochEnd: async (epoch, logs) => {
        this.#logMetrics(logs, 'epoch_', epoch + 1);
        const freq = this.#histogramFreq;
        if (freq > 0 && epoch % freq === 0) await this.#logWeights(epoch);
        this.#flush();
      },
      onTrainEnd: async () => this.#flush(),
    });
    if (typeof logdir !== 'string' || logdir === '') {
      throw badArgument('logdir', `Expected a non-empty string, got ${kindOf(logdir)}`);
    }
    if (!['batch', 'epoch'].includes(updateFreq)) {
      const got = kindOf(updateFreq);
      throw badArgument('updateFreq', `Expected updateFreq to be 'batch' or 'epoch', got ${got}`);
    }
    if (!Number.isInteger(histogramFreq) || histogramFreq < 0) {
      const got = kindOf(histogramFreq);
      const expected = 'Expected histogramFreq to be a non-negative integer';
      throw badArgument('histogramFreq', `${expected}, got ${got}`);
    }
    this.#logdir = logdir;
    this.#updateFreq = updateFreq;
    this.#histogramFreq = histogramFreq;
  }

  /** @override @param {any} model A LayersModel. */
  setModel(model) {
    this.#model = model;
  }

  /** @returns {SummaryFileWriter} Another than before where that has been closed. */
  ensureTrainWriterCreated() {
    return (this.trainWriter = summaryFileWriter(path.join(this.#logdir, 'train')));
  }

  /** @returns {SummaryFileWriter} Another than before where that has been closed. */
  ensureValWriterCreated() {
    return (this.valWriter = summaryFileWriter(path.join(this.#logdir, 'val')));
  }

  /** @param {Logs | undefined} logs @param {string} prefix @param {number} step */
  #logMetrics(logs, prefix, step) {
    for (const [key, value] of Object.entries(logs ?? {})) {
      if (NO_METRICS.includes(key)) continue;
      if (key.startsWith(VALIDATION_PREFIX)) {
        const name = prefix + key.slice(VALIDATION_PREFIX.length);
        this.ensureValWriterCreated().scalar(name, value, step);
      } else {
        this.ensureTrainWriterCreated().scalar(prefix + key, value, step);
      }
    }
  }

  /** Without holding up the event loop while values are computed. @param {number} step */
  async #logWeights(step) {
    for (const weight of this.#model.weights) {
      const values = await weight.read().data();
      this.ensureTrainWriterCreated().histogram(weight.name, values, step);
    }
  }

  #flush() {
    this.trainWriter?.flush();
    this.valWriter?.flush();
  }
}

/** @param {string} argument @param {string} message */
function badArgument(argument, message) {
  return new NativeError('BAD_ATTR', 'tensorBoard', `${argument}: ${message}`);
}

/**
 * A callback for `fit()` and `fitDataset()` of layers models that logs losses and metrics for
 * TensorBoard: those of training into the folder `train` under `logdir`, those of validation into
 * `val`, named `epoch_loss` and so on, and with `updateFreq: 'batch'` also `batch_loss`.
 *
 *     await model.fit(xs, ys, { epochs: 10, callbacks: tf.node.tensorBoard('/tmp/logs') });
 *
 * Where they cannot be written, `fit()` rejects.
 *
 * @param {string} [logdir]
 * @param {TensorBoardCallbackArgs} [args]
 * @returns {TensorBoardCallback}
 * @throws {NativeError} BAD_ATTR
 */
function tensorBoard(logdir = './logs', args) {
  return new TensorBoardCallback(logdir, args ?? {});
}

module.exports = { tensorBoard };
