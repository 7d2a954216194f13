'use strict';

const { networks } = require('./networks');
const { inputShape } = require('./models');
const { median, markdownTable } = require('./statistics');

const predictions = 10;

/**
 * How long the event loop stands still while a heavy model runs: the gaps between the ticks of a
 * 5 ms timer during `await model.predict(x).data()` of ResNet50, after warm-up.
 * @returns {Promise<string>} A markdown table, in ms.
 */
async function eventLoop() {
  const tf = require('../../lib');
  await tf.setBackend('onednn');
  const artifacts = networks.resnet50();
  const model = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const x = tf.zeros(inputShape(artifacts.modelTopology));
  const predict = async () => {
    const y = model.predict(x);
    await y.data();
    y.dispose();
  };
  for (let i = 0; i < 3; i++) await predict();

  const gaps = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  }, 5);
  const times = [];
  for (let i = 0; i < predictions; i++) {
    const begin = performance.now();
    await predict();
    times.push(performance.now() - begin);
  }
  clearInterval(timer);
  x.dispose();
  model.dispose();
  return markdownTable(
    [
      `5 ms timer during ${predictions} predictions of ResNet50`,
      'ticks',
      'median gap',
      'largest gap',
      'a prediction',
    ],
    [
      [
        'ms',
        String(gaps.length),
        median(gaps).toFixed(1),
        Math.max(...gaps).toFixed(1),
        median(times).toFixed(1),
      ],
    ],
  );
}

module.exports = { eventLoop };
