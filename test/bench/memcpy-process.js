'use strict';

// What the C library's memcpy copies a second; V8 calls it between typed arrays. A process of its own,
// `memcpy-process.js <threads>`: it says {ready} first, and answers each message {bytes, rounds} with
// {gigabytes}, read and written a second in the best round. In a round each thread copies its part;
// the main thread is one of them. It ends when its parent disconnects.

const { Worker, isMainThread, workerData } = require('node:worker_threads');

/** What the threads share: rounds that have begun, and how often a worker was ready for one. */
const begun = 0;
const ready = 1;

/** A copy of so many bytes that can be repeated. @param {number} bytes */
function makeCopy(bytes) {
  const from = new Uint8Array(bytes).fill(1);
  const to = new Uint8Array(bytes).fill(2);
  return () => to.set(from);
}

/** A worker's part of every round. It is ended from outside. */
function copyInRounds() {
  const { control, bytes } = workerData;
  const copy = makeCopy(bytes);
  for (let round = 1; ; round++) {
    Atomics.add(control, ready, 1);
    // Waking a thread takes longer than copying some pages.
    while (Atomics.load(control, begun) < round);
    copy();
  }
}

/** @param {number} bytes Of all threads together. @param {number} threads @param {number} rounds */
async function copyRate(bytes, threads, rounds) {
  const control = new Int32Array(new SharedArrayBuffer(8));
  const part = Math.ceil(bytes / threads);
  const workers = Array.from(
    { length: threads - 1 },
    () => new Worker(__filename, { workerData: { control, bytes: part } }),
  );
  const areReady = (/** @type {number} */ times) =>
    Atomics.load(control, ready) === workers.length * times;
  while (!areReady(1)) await new Promise(setImmediate);
  const copy = makeCopy(part);
  let bestMs = Infinity;
  for (let round = 1; round <= rounds; round++) {
    const begin = performance.now();
    Atomics.store(control, begun, round);
    copy();
    while (!areReady(round + 1));
    bestMs = Math.min(bestMs, performance.now() - begin);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  return (2 * bytes) / bestMs / 1e6;
}

if (isMainThread) {
  process.on('message', async ({ bytes, rounds }) => {
    process.send?.({ gigabytes: await copyRate(bytes, Number(process.argv[2]), rounds) });
  });
  process.on('disconnect', () => process.exit());
  process.send?.({ ready: true });
} else {
  copyInRounds();
}
