'use strict';

const { CustomCallback } = require('@tensorflow/tfjs-layers');
const { getSuccinctNumberDisplay } = require('./number-display.js');
const { ProgressBar, columnsOf } = require('./progress-bar.js');

/** @typedef {Record<string, any>} Logs Losses and metrics by name: numbers, or scalars until read. */

const RENDER_THROTTLE_MS = 50;
const FORMAT = 'eta=:eta :bar :placeholderForLossesAndMetrics';

/** Entries of logs that are no metrics. */
const NO_METRICS = ['batch', 'size'];

/** @param {string} message */
function logToTerminal(message) {
  terminal().write(`${message}\n`);
}

/**
 * How the progress of training is shown. Programs may put in their own: then they get to see it
 * whether there is a terminal or not.
 */
const progressBarHelper = {
  /** @type {any} A class with the constructor and tick() of the package `progress`. */
  ProgressBar,
  /** Gets each line that stays. @type {(message: string) => void} */
  log: logToTerminal,
  /** The terminal; process.stderr by default. @type {import('./progress-bar.js').Terminal | null} */
  stream: null,
};

/** @returns {import('./progress-bar.js').Terminal} */
function terminal() {
  return progressBarHelper.stream ?? process.stderr;
}

/**
 * Shows the progress of `fit()` and `fitDataset()` on a terminal. tfjs-layers makes one for each
 * training with `verbose` 1, the default, or more. Where nobody watches it reads no losses, since
 * that would wait for each batch.
 */
class ProgbarLogger extends CustomCallback {
  #isWatched =
    terminal().isTTY === true ||
    progressBarHelper.log !== logToTerminal ||
    progressBarHelper.ProgressBar !== ProgressBar;
  /** Batches of an epoch; 0 where that is not known before its end. */
  #batchesPerEpoch = 0;
  #batchesSeen = 0;
  #epochBegan = 0;
  /** @type {string | null} What the epoch's batches took, once they are done. */
  #times = null;
  /** @type {any} */
  #bar = null;

  constructor() {
    super({});
  }

  /** @override */
  async onTrainBegin() {
    const { samples, batchSize, steps } = /** @type {any} */ (this.params);
    this.#batchesPerEpoch = samples != null ? Math.ceil(samples / batchSize) : (steps ?? 0);
  }

  /** @override @param {number} epoch @param {any} logs */
  async onEpochBegin(epoch, logs) {
    await super.onEpochBegin(epoch, logs);
    this.#epochBegan = performance.now();
    this.#batchesSeen = 0;
    this.#times = null;
    this.#bar = null;
    if (this.#isWatched) progressBarHelper.log(`Epoch ${epoch + 1} / ${this.params.epochs}`);
  }

  /** @override @param {number} batch @param {any} logs */
  async onBatchEnd(batch, logs) {
    this.#batchesSeen++;
    if (this.#isWatched) await this.#showBatch(logs, batch === this.#batchesPerEpoch - 1);
    await super.onBatchEnd(batch, logs);
  }

  /** @param {Logs} logs @param {boolean} isLast */
  async #showBatch(logs, isLast) {
    const columns = columnsOf(terminal());
    this.#bar ??= new progressBarHelper.ProgressBar(FORMAT, {
      width: Math.floor(columns / 2),
      // The last tick is that of the epoch's end.
      total: this.#batchesPerEpoch + 1,
      head: '>',
      renderThrottle: RENDER_THROTTLE_MS,
      stream: terminal(),
    });
    /** @type {Record<string, string>} */
    const tokens = {};
    // After the last batch what has been enqueued is waited for, so that its time is counted.
    if (isLast || (this.#bar.isDue?.() ?? true)) {
      const room = Math.floor(columns / 2 - 12);
      tokens.placeholderForLossesAndMetrics = cut(await metricsText(logs), room);
    }
    if (this.#batchesPerEpoch === 0) this.#bar.tick(0, tokens);
    else this.#bar.tick(tokens);
    if (isLast) this.#measure();
  }

  /** Per sample where their number is known, else per batch. */
  #measure() {
    const ms = performance.now() - this.#epochBegan;
    const { samples } = /** @type {any} */ (this.params);
    const microseconds = (1000 * ms) / (samples ?? this.#batchesSeen);
    this.#times = `${ms.toFixed(0)}ms ${microseconds.toFixed(0)}us/step`;
  }

  /** @override @param {number} epoch @param {any} logs */
  async onEpochEnd(epoch, logs) {
    if (this.#isWatched) {
      const metrics = await metricsText(logs);
      // There were fewer batches, or their number was not known: validation is in the time as well.
      if (this.#times === null) this.#measure();
      this.#bar?.tick({ placeholderForLossesAndMetrics: '' });
      progressBarHelper.log(`${this.#times} - ${metrics}`);
    }
    await super.onEpochEnd(epoch, logs);
  }
}

/** @param {string} text @param {number} room in characters, negative on a very narrow terminal */
function cut(text, room) {
  return text.length > room ? `${text.slice(0, Math.max(room - 3, 0))}...` : text;
}

/**
 * @param {Logs} logs They stay as they are: others read them, too.
 * @returns {Promise<string>}
 */
async function metricsText(logs) {
  const names = Object.keys(logs).filter((name) => !NO_METRICS.includes(name));
  const parts = names.sort().map(async (name) => {
    const value = typeof logs[name] === 'number' ? logs[name] : (await logs[name].data())[0];
    return `${name}=${getSuccinctNumberDisplay(value)} `;
  });
  return (await Promise.all(parts)).join('');
}

module.exports = { ProgbarLogger, progressBarHelper };
