'use strict';

// A worker of the pool: says {ready}, then answers each input with {output} or {error}. null ends it.

const { parentPort, workerData } = require('node:worker_threads');
const tf = require('tfjs-native');

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);

async function main() {
  const model = await tf.loadGraphModel(`file://${workerData.model}`);
  const [, ...extents] = /** @type {number[]} */ (model.inputs[0].shape);
  const shape = [1, ...extents];
  // Compiled graphs let go of the weights that this thread loaded, where another has the same.
  await tf.native.warmup(model, [shape]);

  /** @param {Uint8Array} bytes */
  async function classify(bytes) {
    const pixels = tf.tidy(() => tf.tensor(bytes, shape, 'float32').div(255));
    try {
      const output = await tf.native.run(model, pixels);
      const scores = await output.data();
      output.dispose();
      return scores;
    } finally {
      pixels.dispose();
    }
  }

  port.on('message', async (bytes) => {
    if (bytes === null) {
      model.dispose();
      port.close();
      return;
    }
    try {
      const output = await classify(bytes);
      port.postMessage({ output }, [output.buffer]);
    } catch (error) {
      port.postMessage({ error });
    }
  });
  port.postMessage({ ready: true });
}

main();
