'use strict';

const { fork } = require('node:child_process');
const path = require('node:path');

/** The bench's end of a process of its own, which answers each message with one. */
class BenchProcess {
  #child;

  /** @param {string} script In this folder. @param {string[]} args @param {number} threads */
  constructor(script, args, threads) {
    this.#child = fork(path.join(__dirname, script), args, {
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

  /**
   * @param {object} message
   * @param {number} [limitMs] The process is ended when it has not answered by then.
   * @returns {Promise<any>} Its answer, or why there is none.
   */
  async ask(message, limitMs) {
    if (!this.#child.connected) return { refused: 'has ended' };
    const answer = this.answer();
    this.#child.send(message);
    if (limitMs === undefined) return answer;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#child.kill('SIGKILL');
    }, limitMs);
    const given = await answer;
    clearTimeout(timer);
    return isLate ? { late: true, refused: `took more than ${limitMs} ms` } : given;
  }

  /** Whether there is a process no more. */
  get hasEnded() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Resolves when the process is gone. */
  async end() {
    if (this.hasEnded) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.connected) this.#child.disconnect();
    await gone;
  }
}

module.exports = { BenchProcess };
