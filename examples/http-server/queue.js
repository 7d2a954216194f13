'use strict';

/** There is no room for another task; HTTP says 503. */
class QueueFull extends Error {
  statusCode = 503;
}

/**
 * Does a few tasks at a time, lets a few wait, and refuses more: a server that is asked for more than
 * it can do answers some requests in time, instead of all of them too late.
 */
class BoundedQueue {
  #running = 0;
  /** @type {(() => void)[]} What starts the tasks that wait. */
  #waiting = [];

  /** @param {{maxRunning: number, maxWaiting: number}} limits */
  constructor({ maxRunning, maxWaiting }) {
    this.maxRunning = maxRunning;
    this.maxWaiting = maxWaiting;
  }

  get running() {
    return this.#running;
  }

  get waiting() {
    return this.#waiting.length;
  }

  /**
   * @template T
   * @param {() => Promise<T>} task
   * @param {AbortSignal} [signal] A task that waits when it is aborted is never begun.
   * @returns {Promise<T>}
   * @throws {QueueFull}
   */
  async add(task, signal) {
    signal?.throwIfAborted();
    if (this.#running < this.maxRunning) this.#running++;
    // Whoever ends a task hands its place over.
    else await this.#place(signal);
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  /** @param {AbortSignal} [signal] */
  #place(signal) {
    if (this.waiting >= this.maxWaiting)
      throw new QueueFull(`${this.waiting} requests wait already`);
    return new Promise((resolve, reject) => {
      const start = () => {
        signal?.removeEventListener('abort', giveUp);
        resolve(undefined);
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1);
        reject(signal?.reason);
      };
      this.#waiting.push(start);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }
}

module.exports = { BoundedQueue, QueueFull };
