'use strict';

/** What a native session has been asked to tell when it is done. */
class Waits {
  #next = 0;
  /** @type {Map<number, (value: number) => void>} */
  #open = new Map();

  /** @param {any} session */
  constructor(session) {
    /** @param {number} id @param {number} value */
    session.onDone = (id, value) => {
      const resolve = this.#open.get(id);
      this.#open.delete(id);
      resolve?.(value);
    };
  }

  /** A number by which the native side names what it was asked for. */
  newId() {
    return this.#next++;
  }

  /** @param {number} id @returns {Promise<number>} What the native side tells. */
  end(id) {
    return new Promise((resolve) => this.#open.set(id, resolve));
  }
}

module.exports = { Waits };
