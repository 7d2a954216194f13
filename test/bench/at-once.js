'use strict';

const { inputShape, listModels, loadArtifacts, titles } = require('./models');
const { median, markdownTable } = require('./statistics');

const requests = 16;
const rounds = 40;
const models = ['emotion', 'facemesh', 'face-detection-short', 'mobilenet-v2'];

/** @param {() => Promise<any>} work @returns {Promise<number>} Median ms. */
async function timeOf(work) {
  const times = [];
  for (let i = 0; i < rounds; i++) {
    const begin = performance.now();
    await work();
    times.push(performance.now() - begin);
  }
  return median(times);
}

/**
 * What 16 predictions take that are asked for at once, beside 16 one after another, on one thread and
 * on all. Where one prediction alone keeps all threads busy there is nothing left to gain.
 * @returns {Promise<string>} A markdown table, in ms for all 16.
 */
async function atOnce() {
  const tf = require('../../lib');
  await tf.setBackend('onednn');
  const threads = tf.native.threads();
  const { names } = listModels();
  const rows = [];
  for (const name of models.filter((model) => names.includes(model))) {
    const artifacts = loadArtifacts(name);
    const model = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
    const x = tf.zeros(inputShape(artifacts.modelTopology));
    const predict = async () => {
      const outputs = [model.predict(x)].flat();
      await Promise.all(outputs.map((output) => output.data()));
      tf.dispose(outputs);
    };
    const inTurn = async () => {
      for (let i = 0; i < requests; i++) await predict();
    };
    const together = () => Promise.all(Array.from({ length: requests }, predict));
    await tf.native.warmup(model, [x.shape]);
    await inTurn();
    await together();
    tf.native.setThreads(1);
    const alone = await timeOf(inTurn);
    tf.native.setThreads(threads);
    const after = await timeOf(inTurn);
    const once = await timeOf(together);
    rows.push([
      titles[name] ?? name,
      ...[alone, after, once].map((ms) => ms.toFixed(1)),
      (after / once).toFixed(2),
      (alone / once).toFixed(2),
    ]);
    x.dispose();
    model.dispose();
  }
  const header = [
    `${requests} predictions`,
    'in turn, 1 thread',
    `in turn, ${threads}`,
    `at once, ${threads}`,
    `in turn on ${threads} / at once`,
    'in turn on 1 / at once',
  ];
  return markdownTable(header, rows);
}

module.exports = { atOnce };
