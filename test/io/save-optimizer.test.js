'use strict';

// Saving a model together with its optimizer leaves nothing behind.

const tf = require('../../lib');
const { makeFolder } = require('./support');

beforeAll(() => tf.setBackend('onednn'));

/** A model that has been trained for a few steps. @param {any} optimizer */
async function trained(optimizer) {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 4, inputShape: [3] }), tf.layers.dense({ units: 1 })],
  });
  model.compile({ optimizer, loss: 'meanSquaredError' });
  const [x, y] = [tf.ones([6, 3]), tf.ones([6, 1])];
  await model.fit(x, y, { epochs: 3, verbose: 0 });
  tf.dispose([x, y]);
  return model;
}

const valuesOf = (named) => named.map(({ name, tensor }) => [name, Array.from(tensor.dataSync())]);

describe.each([
  ['sgd', () => tf.train.sgd(0.1)],
  ['momentum', () => tf.train.momentum(0.1, 0.9)],
  ['adagrad', () => tf.train.adagrad(0.1)],
  ['adadelta', () => tf.train.adadelta(0.1)],
  ['adam', () => tf.train.adam(0.1)],
  ['rmsprop', () => tf.train.rmsprop(0.1, 0.9, 0.5)],
  ['rmsprop, centered', () => tf.train.rmsprop(0.1, 0.9, 0.5, 1e-7, true)],
])('%s', (_, makeOptimizer) => {
  test('repeated saves make no tensors, and the optimizer goes on', async () => {
    const model = await trained(makeOptimizer());
    const url = `file://${makeFolder()}/model`;
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) await model.save(url, { includeOptimizer: true });
    await Promise.all([1, 2, 3].map(() => model.save(url, { includeOptimizer: true })));
    expect(tf.memory().numTensors).toBe(before);

    const own = await model.optimizer.getWeights();
    const loaded = await tf.loadLayersModel(`${url}/model.json`);
    const other = await loaded.optimizer.getWeights();
    expect(own[0].name).toBe('iter');
    expect(Array.from(own[0].tensor.dataSync())).toEqual([3]);
    expect(valuesOf(other).map(([, values]) => values)).toEqual(
      valuesOf(own).map(([, values]) => values),
    );
    tf.dispose([own[0].tensor, other[0].tensor]);

    const [x, y] = [tf.ones([6, 3]), tf.ones([6, 1])];
    for (const each of [model, loaded]) await each.fit(x, y, { epochs: 1, verbose: 0 });
    expect(Array.from(loaded.predict(x).dataSync())).toEqual(
      Array.from(model.predict(x).dataSync()),
    );
  });

  test('neither does a save that fails', async () => {
    const model = await trained(makeOptimizer());
    const before = tf.memory().numTensors;
    const handler = tf.io.withSaveHandler(async () => {
      throw new Error('the disk is full');
    });
    const saving = model.save(handler, { includeOptimizer: true });
    await expect(saving).rejects.toThrow('the disk is full');
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('an optimizer without weights to save says so, and leaves nothing', async () => {
  const model = await trained(tf.train.adamax(0.1));
  const before = tf.memory().numTensors;
  const saving = model.save(`file://${makeFolder()}/model`, { includeOptimizer: true });
  await expect(saving).rejects.toThrow('getWeights() is not implemented for Adamax yet.');
  expect(tf.memory().numTensors).toBe(before);
});

test('a save without the optimizer, or of a model without one, is as ever', async () => {
  const compiled = await trained(tf.train.adam());
  const bare = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
  const artifacts = [];
  const handler = tf.io.withSaveHandler(async (given) => {
    artifacts.push(given);
    return { modelArtifactsInfo: {} };
  });
  await compiled.save(handler);
  await bare.save(handler, { includeOptimizer: true });
  await compiled.save(handler, { includeOptimizer: true });
  expect(
    artifacts.map(({ trainingConfig }) => trainingConfig?.optimizer_config.class_name),
  ).toEqual([undefined, undefined, 'Adam']);
});

test('what getWeights() gives stays the caller’s', async () => {
  const model = await trained(tf.train.adam());
  const [iterations] = await model.optimizer.getWeights();
  await model.save(`file://${makeFolder()}/model`, { includeOptimizer: true });
  expect(Array.from(iterations.tensor.dataSync())).toEqual([3]);
});
