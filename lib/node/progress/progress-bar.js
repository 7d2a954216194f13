'use strict';

/** Columns of a terminal that does not tell. */
const DEFAULT_COLUMNS = 80;

const TO_LINE_START = '\r';
const CLEAR_TO_LINE_END = '\x1b[K';

/**
 * @typedef {object} Terminal A stream for people, as process.stderr is where it is a terminal.
 * @property {boolean} [isTTY]
 * @property {number} [columns]
 * @property {(text: string) => unknown} write
 */

/** A terminal that does not know may say 0. @param {Terminal} stream */
const columnsOf = (stream) => stream.columns || DEFAULT_COLUMNS;

/**
 * A line on a terminal that shows how far something is, and goes away when it is done; elsewhere
 * nothing is written. It has the constructor and the tick() of the package `progress`, which may
 * stand in its place.
 */
class ProgressBar {
  #format;
  #width;
  #total;
  #head;
  #throttleMs;
  #stream;
  #done = 0;
  #isComplete = false;
  #started = performance.now();
  #rendered = -Infinity;
  /** @type {Record<string, string>} */
  #tokens = {};

  /**
   * @param {string} format Text with `:bar`, `:eta` in seconds, and `:<name>` for each token.
   * @param {object} options
   * @param {number} options.total Ticks until it is complete.
   * @param {number} options.width Of the bar, in characters.
   * @param {string} options.head Character at the bar's end.
   * @param {number} options.renderThrottle Milliseconds between two renderings, at the least.
   * @param {Terminal} [options.stream]
   */
  constructor(format, { total, width, head, renderThrottle, stream = process.stderr }) {
    this.#format = format;
    this.#width = Math.max(width, 1);
    this.#total = total;
    this.#head = head;
    this.#throttleMs = renderThrottle;
    this.#stream = stream;
  }

  /** Whether a tick now would be shown, so that whoever makes tokens with effort may leave it. */
  isDue() {
    const isTerminal = this.#stream.isTTY === true;
    return isTerminal && performance.now() - this.#rendered >= this.#throttleMs;
  }

  /**
   * @param {number | Record<string, string>} [ticks] How far it has come, 1 by default; or tokens.
   * @param {Record<string, string>} [tokens] Values to show from now on.
   */
  tick(ticks = 1, tokens = {}) {
    if (this.#isComplete) return;
    this.#done += typeof ticks === 'number' ? ticks : 1;
    Object.assign(this.#tokens, typeof ticks === 'number' ? tokens : ticks);
    this.#isComplete = this.#done >= this.#total;
    if (this.#isComplete && this.#stream.isTTY === true) {
      this.#stream.write(TO_LINE_START + CLEAR_TO_LINE_END);
    } else if (this.isDue()) {
      this.#rendered = performance.now();
      this.#stream.write(TO_LINE_START + this.#line() + CLEAR_TO_LINE_END);
    }
  }

  #line() {
    const share = this.#done / this.#total;
    const length = Math.round(share * this.#width);
    const bar = `${'='.repeat(Math.max(length - 1, 0))}${length > 0 ? this.#head : ''}`;
    const elapsedMs = performance.now() - this.#started;
    const eta = share > 0 ? (((1 / share - 1) * elapsedMs) / 1000).toFixed(1) : '?';
    /** @type {Record<string, string>} */
    const values = { ...this.#tokens, bar: bar.padEnd(this.#width, '-'), eta };
    const line = this.#format.replace(/:(\w+)/g, (text, name) => values[name] ?? text);
    // A line that is wrapped could not be written over.
    return line.trimEnd().slice(0, columnsOf(this.#stream) - 1);
  }
}

module.exports = { ProgressBar, columnsOf };
