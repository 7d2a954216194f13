'use strict';

const { fork } = require('node:child_process');
const path = require('node:path');

/** The bench's end of a contender's process. */
class ContenderProcess {
  #child;

  /** @param {string} kind @param {string} model @param {number} threads */
  constructor(kind, model, threads) {
    this.kind = kind;
    /** @type {number[]} */
    this.times = [];
    /** @type {string | undefined} Why it predicts no more. */
    this.failure = undefined;
    this.#child = fork(path.join(__dirname, 'contender.js'), [kind, model, String(threads)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Keeps typed arrays.
      serialization: 'advanced',
      execArgv: ['--expose-gc'],
      env: { ...process.env, TFJS_NATIVE_THREADS: String(threads) },
    });
  }

  /** @returns {Promise<any>} The next message, or a refusal when the process ends without one. */
  answer() {
    return new Promise((resolve) => {
      const ended = (code, signal) => resolve({ refused: `ended with ${signal ?? code}` });
      this.#child.once('exit', ended);
      this.#child.once('message', (message) => {
        this.#child.off('exit', ended);
        resolve(message);
      });
    });
  }

  /** Predicts that often, and keeps the times or the failure. @param {number} rounds */
  async take(rounds) {
    if (this.failure !== undefined) return;
    this.#child.send({ rounds });
    const { times, refused } = await this.answer();
    this.failure = refused;
    this.times.push(...(times ?? []));
  }

  /** @returns {Promise<number | undefined>} Bytes that it holds in memory. */
  async memory() {
    if (this.failure !== undefined) return undefined;
    this.#child.send({ memory: true });
    return (await this.answer()).rssBytes;
  }

  /** Resolves when the process is gone. */
  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.connected) this.#child.disconnect();
    await gone;
  }
}

module.exports = { ContenderProcess };
