'use strict';

/**
 * Trains a network to tell three spirals apart, shows its progress, logs for TensorBoard, saves the
 * model, loads it again and asks it.
 *
 * usage: node train.js [--epochs N] [--out FOLDER]
 */

const path = require('node:path');
const { parseArgs } = require('node:util');
const tf = require('../../lib');

const SPIRALS = 3;
const POINTS_PER_SPIRAL = 400;
const VALIDATION_SHARE = 0.2;
const SEED = 7;

/**
 * Points of the plane on noisy spirals that wind around each other.
 * @returns {{xs: import('@tensorflow/tfjs-core').Tensor2D, ys: import('@tensorflow/tfjs-core').Tensor2D}}
 *     xs of [points, 2], ys of [points, spirals], both in the same random order
 */
function makeSpirals() {
  return tf.tidy(() => {
    const count = SPIRALS * POINTS_PER_SPIRAL;
    const radius = tf.randomUniform([count], 0.1, 1, 'float32', SEED);
    const noise = tf.randomNormal([count], 0, 0.12, 'float32', SEED + 1);
    const spiral = tf.randomUniform([count], 0, SPIRALS, 'float32', SEED + 2).floor();
    const turn = spiral.mul((2 * Math.PI) / SPIRALS);
    const angle = radius.mul(9).add(turn).add(noise);
    const xs = tf.stack([radius.mul(angle.cos()), radius.mul(angle.sin())], 1);
    return { xs, ys: tf.oneHot(spiral.toInt(), SPIRALS).toFloat() };
  });
}

function makeModel() {
  let seed = SEED;
  const layer = (options) =>
    tf.layers.dense({ ...options, kernelInitializer: tf.initializers.heNormal({ seed: seed++ }) });
  const model = tf.sequential();
  model.add(layer({ units: 48, activation: 'relu', inputShape: [2] }));
  model.add(layer({ units: 48, activation: 'relu' }));
  model.add(layer({ units: SPIRALS, activation: 'softmax' }));
  model.compile({
    optimizer: tf.train.adam(0.01),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return model;
}

async function main() {
  const { values } = parseArgs({
    options: {
      epochs: { type: 'string', default: '20' },
      out: { type: 'string', default: path.join(__dirname, 'out') },
    },
  });
  const logs = path.join(values.out, 'logs');
  const folder = path.join(values.out, 'model');

  const { xs, ys } = makeSpirals();
  const model = makeModel();
  // On a terminal each epoch shows a progress bar; `verbose: 0` would switch it off.
  const { history } = await model.fit(xs, ys, {
    epochs: Number(values.epochs),
    batchSize: 32,
    validationSplit: VALIDATION_SHARE,
    callbacks: tf.node.tensorBoard(logs, { histogramFreq: 10 }),
  });
  const accuracy = history.val_acc.at(-1);
  console.log(`validation accuracy ${(100 * Number(accuracy)).toFixed(1)}%`);

  await model.save(`file://${folder}`);
  const loaded = await tf.loadLayersModel(`file://${folder}/model.json`);
  const [before, after] = await Promise.all(
    [model, loaded].map(async (each) => each.predict(xs).data()),
  );
  if (before.some((value, i) => value !== after[i])) throw new Error('the loaded model differs');
  console.log(`saved in ${folder}; the loaded model says the same`);
  console.log(`charts: pip install tensorboard; tensorboard --logdir ${logs}`);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
