'use strict';

const { fork } = require('node:child_process');
const path = require('node:path');

/** Compares ONNX exports with tfjs's cpu backend, in a process of its own. */
class Verifier {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;

  start() {
    this.#child = fork(path.join(__dirname, 'verify-process.js'), { serialization: 'advanced' });
  }

  stop() {
    this.#child?.disconnect();
  }

  /**
   * @param {any} artifacts One at a time.
   * @returns {Promise<{apart?: number, operators?: string[], error?: string}>} As verify-process.js
   *   answers.
   */
  verify(artifacts) {
    const child = this.#child;
    if (child === undefined) throw new Error('the process has not been started');
    return new Promise((resolve, reject) => {
      const ended = (code, signal) => reject(new Error(`the process ended with ${signal ?? code}`));
      child.once('exit', ended);
      child.once('message', (/** @type {any} */ answer) => {
        child.off('exit', ended);
        resolve(answer);
      });
      child.send(artifacts);
    });
  }
}

module.exports = { Verifier };
