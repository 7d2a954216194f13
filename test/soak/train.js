'use strict';

// Trains a small model step by step and prints what memory that took.
//
// usage: node --expose-gc train.js steps

const tf = require('../../lib');

const SAMPLES = 20;
const BATCH = 8;

function makeModel() {
  const { layers } = tf;
  const model = tf.sequential({
    layers: [
      layers.conv2d({ inputShape: [8, 8, 1], filters: 4, kernelSize: 3, activation: 'relu' }),
      layers.batchNormalization(),
      layers.reshape({ targetShape: [6, 24] }),
      layers.gru({ units: 8 }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy' });
  return model;
}

async function main([countText]) {
  const count = Number(countText);
  await tf.setBackend('onednn');
  const model = makeModel();
  const ys = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: BATCH }, (_, i) => i % 3),
      'int32',
    ),
    3,
  );
  const samples = [];
  let numTensors = 0;
  const start = performance.now();
  for (let step = 1; step <= count; ++step) {
    const xs = tf.randomNormal([BATCH, 8, 8, 1], 0, 1, 'float32', step);
    const loss = await model.trainOnBatch(xs, ys);
    if (Number.isNaN(loss)) throw new Error(`the loss of step ${step} is not a number`);
    xs.dispose();
    // The optimizer makes its variables in the first step.
    if (step === 1) ({ numTensors } = tf.memory());
    if (step % Math.ceil(count / SAMPLES) === 0) {
      global.gc();
      samples.push(process.memoryUsage().rss);
    }
  }
  const milliseconds = (performance.now() - start) / count;
  const more = tf.memory().numTensors - numTensors;
  if (more > 0) throw new Error(`${count} steps left ${more} tensors`);
  console.log(JSON.stringify({ samples, milliseconds, ...tf.native.memory() }));
}

main(process.argv.slice(2));
