'use strict';

// As tfjs-node's documentation shows training: a model is fitted with a progress bar and logs for
// TensorBoard, saved, loaded and asked.
//
// usage: node train.js FOLDER

const path = require('path');
const tf = require('@tensorflow/tfjs-node');

const folder = process.argv[2];

async function main() {
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: 16, activation: 'relu', inputShape: [4] }));
  model.add(tf.layers.dense({ units: 1 }));
  model.compile({ loss: 'meanSquaredError', optimizer: 'adam', metrics: ['MAE'] });

  const xs = tf.randomUniform([64, 4]);
  const ys = xs.sum(1, true);
  const { history } = await model.fit(xs, ys, {
    epochs: 3,
    batchSize: 16,
    validationSplit: 0.25,
    callbacks: tf.node.tensorBoard(path.join(folder, 'logs'), { updateFreq: 'batch' }),
  });

  const summaryWriter = tf.node.summaryFileWriter(path.join(folder, 'logs', 'mine'));
  for (let step = 0; step < 5; step++) summaryWriter.scalar('sine', Math.sin(step), step);
  summaryWriter.flush();

  await model.save(`file://${folder}/model`);
  const loaded = await tf.loadLayersModel(`file://${folder}/model/model.json`);
  const input = tf.tensor2d([[0.1, 0.2, 0.3, 0.4]]);
  console.log(
    JSON.stringify({
      version: tf.version['tfjs-node'],
      loss: history.loss,
      validationLoss: history.val_loss,
      before: Array.from(model.predict(input).dataSync()),
      after: Array.from(loaded.predict(input).dataSync()),
    }),
  );
}

main();
