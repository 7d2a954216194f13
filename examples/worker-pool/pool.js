'use strict';

const { Worker } = require('node:worker_threads');

/**
 * @typedef {object} Task
 * @property {any} input
 * @property {(output: any) => void} resolve
 * @property {(error: unknown) => void} reject
 */

/** Worker threads that all do the same, each one task at a time. */
class WorkerPool {
  #file;
  #workerData;
  /** @type {Map<Worker, Task | null>} What each is doing. */
  #workers = new Map();
  /** @type {Worker[]} */
  #idle = [];
  /** @type {Task[]} */
  #waiting = [];
  /** @type {Promise<unknown> | null} */
  #closed = null;

  /**
   * @param {string} file What the workers run; see worker.js for what is said between them.
   * @param {any} workerData
   */
  constructor(file, workerData) {
    this.#file = file;
    this.#workerData = workerData;
  }

  get size() {
    return this.#workers.size;
  }

  /**
   * Adds a worker.
   * @returns {Promise<void>} It is ready for its first task.
   */
  async grow() {
    const worker = new Worker(this.#file, { workerData: this.#workerData });
    this.#workers.set(worker, null);
    let isReady = false;
    await new Promise((resolve, reject) => {
      worker.on('message', (message) => {
        if (isReady) this.#finish(worker, message);
        isReady = true;
        resolve(undefined);
        this.#next(worker);
      });
      /** @type {unknown} */
      let reason;
      worker.on('error', (error) => {
        reason = error;
      });
      worker.on('exit', (code) => {
        reason ??= new Error(`the worker ended with ${code}`);
        reject(reason);
        // Another takes its place; one that never got ready would not get so the next time, either.
        if (isReady && !this.#closed) this.grow().catch(() => {});
        this.#fail(worker, reason);
      });
    });
  }

  /**
   * @param {any} input Buffers of a SharedArrayBuffer are not copied.
   * @returns {Promise<any>} The output.
   */
  run(input) {
    if (this.#closed) return Promise.reject(new Error('the pool is closed'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject });
      const worker = this.#idle.pop();
      if (worker !== undefined) this.#next(worker);
    });
  }

  /** Waits for all tasks and ends the workers. */
  close() {
    this.#closed ??= Promise.all(
      [...this.#workers.keys()].map((worker) => {
        const ended = new Promise((resolve) => worker.once('exit', resolve));
        if (this.#idle.includes(worker)) worker.postMessage(null);
        return ended;
      }),
    );
    this.#idle = [];
    return this.#closed;
  }

  /** @param {Worker} worker Which has nothing to do. */
  #next(worker) {
    const task = this.#waiting.shift() ?? null;
    this.#workers.set(worker, task);
    if (task !== null) worker.postMessage(task.input);
    else if (this.#closed) worker.postMessage(null);
    else this.#idle.push(worker);
  }

  /** @param {Worker} worker @param {{output?: any, error?: unknown}} message */
  #finish(worker, { output, error }) {
    const task = this.#workers.get(worker);
    if (error === undefined) task?.resolve(output);
    else task?.reject(error);
  }

  /** @param {Worker} worker Which is gone. @param {unknown} error */
  #fail(worker, error) {
    this.#workers.get(worker)?.reject(error);
    this.#workers.delete(worker);
    this.#idle = this.#idle.filter((other) => other !== worker);
    // Nobody is left to do it.
    if (this.#workers.size === 0) for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

module.exports = { WorkerPool };
