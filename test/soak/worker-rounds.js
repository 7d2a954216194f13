'use strict';

// Starts worker threads and ends them in the middle of their work, one after another, and prints
// what memory that took.
//
// usage: node --expose-gc worker-rounds.js count

const { once } = require('node:events');
const { Worker, isMainThread, parentPort } = require('node:worker_threads');
const tf = require('../../lib');

const SAMPLES = 20;

function work() {
  const one = tf.ones([1 << 18]);
  const addUp = () =>
    tf.tidy(() => {
      let sum = one;
      for (let i = 0; i < 100; ++i) sum = tf.add(sum, one);
      return sum.dataSync();
    });
  addUp();
  parentPort.postMessage('working');
  for (;;) addUp();
}

async function main(count) {
  const samples = [];
  const start = performance.now();
  for (let i = 1; i <= count; ++i) {
    const worker = new Worker(__filename);
    await once(worker, 'message');
    const code = await worker.terminate();
    if (code !== 1) throw new Error(`round ${i}: terminate() gave ${code}`);
    if (i % Math.ceil(count / SAMPLES) === 0) {
      global.gc();
      // What is kept for reuse depends on how far each of them came.
      tf.native.trimMemory();
      samples.push(process.memoryUsage().rss);
    }
  }
  const milliseconds = (performance.now() - start) / count;
  console.log(JSON.stringify({ samples, milliseconds, ...tf.native.memory() }));
}

if (isMainThread) main(Number(process.argv[2]));
else work();
