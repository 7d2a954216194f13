'use strict';

// How often the weights of a model are in memory. Counted in live array buffers, after a garbage
// collection, in units of the model's size.

const v8 = require('node:v8');
const vm = require('node:vm');
const { tf, makeFolder, writeGraphModel } = require('./support');

const COUNT = 32;
const WEIGHT_BYTES = 2 ** 20;
const MODEL_BYTES = COUNT * WEIGHT_BYTES;

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc');

function liveBytes() {
  // The first one hands dead buffers to a sweeper that runs beside it; the second waits for that.
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** @returns {string} the URL of a model of 32 weights of 1 MiB, in shards that cut through them */
function makeModel() {
  const bytes = Buffer.alloc(WEIGHT_BYTES, 1);
  const shape = [WEIGHT_BYTES / 4];
  const weights = Array.from({ length: COUNT }, (_, i) => {
    return { name: `w${i}`, shape, dtype: 'float32', bytes };
  });
  const cuts = [0.3, 7.1, 7.9, 20.5].map((at) => Math.floor(at * WEIGHT_BYTES));
  return `file://${writeGraphModel(makeFolder(), [weights], { cuts })}`;
}

/** Calls `load` with an `onProgress`. Returns what it gives, and the most memory seen meanwhile. */
async function watch(load) {
  const before = liveBytes();
  let most = 0;
  let looked = -1;
  const onProgress = (fraction) => {
    // Collecting takes long beside other tests' heap: 25 looks are enough.
    if (fraction < looked + 0.04) return;
    looked = fraction;
    most = Math.max(most, liveBytes() - before);
  };
  const result = await load(onProgress);
  return { result, most: most / MODEL_BYTES, after: (liveBytes() - before) / MODEL_BYTES };
}

test('load() holds the weights once, also while it reads', async () => {
  const url = makeModel();
  const { result, most, after } = await watch((onProgress) => {
    return tf.io.getLoadHandlers(url, { onProgress })[0].load();
  });
  expect(result.weightData.byteLength).toBe(MODEL_BYTES);
  expect(after).toBeGreaterThan(0.99);
  expect(after).toBeLessThan(1.05);
  expect(most).toBeLessThan(1.05);
});

test('a graph model holds the weights twice: its tensors, and the artifacts for save()', async () => {
  const url = makeModel();
  const { result, most, after } = await watch((onProgress) => {
    return tf.loadGraphModel(url, { onProgress });
  });
  expect(after).toBeGreaterThan(1.99);
  expect(after).toBeLessThan(2.05);
  expect(most).toBeLessThan(1.05);
  result.dispose();
});

test('a graph model that was streamed holds the weights once, also while it reads', async () => {
  const url = makeModel();
  const { result, most, after } = await watch((onProgress) => {
    return tf.loadGraphModel(url, { onProgress, streamWeights: true });
  });
  expect(after).toBeGreaterThan(0.99);
  expect(after).toBeLessThan(1.05);
  // Besides the tensors, the weight in hand: as read, as collected and as cut out by tfjs-core.
  expect(most).toBeLessThan(1 + 5 / COUNT);
  result.dispose();
});
