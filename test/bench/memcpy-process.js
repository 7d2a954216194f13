'use strict';

// Times the C library's memcpy, which V8 calls between typed arrays. A process of its own,
// `memcpy-process.js <threads> <bytes>`: it says {ready} first, and answers each message {sliceMs}
// with {times: ms[]}, of copies of all the bytes that follow one another for about so long. Each
// thread copies its part; the main thread is one of them. It ends when its parent disconnects.

const { Worker, isMainThread, workerData } = require('node:worker_threads');

/** What the threads share: copies that were begun, how often a worker was ready for one, if they rest. */
const begun = 0;
const ready = 1;
const rests = 2;

/** A copy of so many bytes that can be repeated. @param {number} bytes */
function makeCopy(bytes) {
  const from = new Uint8Array(bytes).fill(1);
  const to = new Uint8Array(bytes).fill(2);
  return () => to.set(from);
}

/** A worker's part of every copy. It is ended with its process. */
function copyAlong() {
  const { control, bytes } = workerData;
  const copy = makeCopy(bytes);
  for (let count = 1; ; count++) {
    Atomics.add(control, ready, 1);
    // Sleeps only between slices: waking a thread takes longer than copying some pages.
    while (Atomics.load(control, begun) < count) Atomics.wait(control, rests, 1);
    copy();
  }
}

class Memcpy {
  #control = new Int32Array(new SharedArrayBuffer(12));
  #workers;
  #copies = 0;

  /** @param {number} bytes Of all threads together. @param {number} threads */
  constructor(bytes, threads) {
    const control = this.#control;
    control[rests] = 1;
    const part = Math.ceil(bytes / threads);
    this.copy = makeCopy(part);
    this.#workers = threads - 1;
    for (let i = 0; i < this.#workers; i++) {
      const worker = new Worker(__filename, { workerData: { control, bytes: part } });
      // It would be waited for in vain; within a slice whoever asked for that notices.
      worker.on('error', (error) => {
        throw error;
      });
    }
  }

  get #areReady() {
    return Atomics.load(this.#control, ready) === this.#workers * (this.#copies + 1);
  }

  /** Resolves when there is something to copy on all threads. */
  async start() {
    while (!this.#areReady) await new Promise(setImmediate);
  }

  /** Copies for about so long. @param {number} sliceMs @returns {number[]} What each took, in ms. */
  slice(sliceMs) {
    const end = performance.now() + sliceMs;
    const times = [];
    Atomics.store(this.#control, rests, 0);
    Atomics.notify(this.#control, rests);
    do {
      const begin = performance.now();
      Atomics.store(this.#control, begun, ++this.#copies);
      this.copy();
      while (!this.#areReady);
      times.push(performance.now() - begin);
    } while (performance.now() < end);
    Atomics.store(this.#control, rests, 1);
    return times;
  }
}

async function main() {
  const [threads, bytes] = process.argv.slice(2).map(Number);
  const memcpy = new Memcpy(bytes, threads);
  await memcpy.start();
  process.on('message', ({ sliceMs }) => process.send?.({ times: memcpy.slice(sliceMs) }));
  process.on('disconnect', () => process.exit());
  process.send?.({ ready: true });
}

if (isMainThread) main();
else copyAlong();
