'use strict';

// Models trained natively follow the same losses as on tfjs's plain cpu backend.

const tf = require('../../lib');
const { valuesFrom } = require('./support');

const STEPS = 20;
const BATCH = 4;
const RELATIVE_TOLERANCE = 1e-3;

const { layers } = tf;

/** A classifier's last layer. @param {number} units */
const scores = (units) => layers.dense({ units, activation: 'softmax' });

/** Scores of all pairs of a sequence weigh its values, as attention does. */
function attention(x) {
  const project = () => layers.dense({ units: 4 }).apply(x);
  const pairs = layers.dot({ axes: 2 }).apply([project(), project()]);
  const weights = layers.activation({ activation: 'softmax' }).apply(pairs);
  const mixed = layers.dot({ axes: [2, 1] }).apply([weights, project()]);
  return layers.add().apply([mixed, x]);
}

/**
 * What each model has between its input and its output.
 * @type {Record<string, {input: number[], classes: number, ids?: number, parts: () => any[]}>}
 */
const MODELS = {
  dense: {
    input: [6],
    classes: 3,
    parts: () => [layers.dense({ units: 8, activation: 'relu' }), scores(3)],
  },
  'convolutions, pooling and batch norm': {
    input: [8, 8, 2],
    classes: 3,
    parts: () => [
      layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'elu' }),
      layers.batchNormalization(),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2 }),
      layers.averagePooling2d({ poolSize: 2 }),
      layers.flatten(),
      scores(3),
    ],
  },
  'separable and depthwise convolutions': {
    input: [7, 7, 3],
    classes: 2,
    parts: () => [
      layers.separableConv2d({ filters: 5, kernelSize: 3, activation: 'relu6' }),
      layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', activation: 'selu' }),
      layers.globalAveragePooling2d({}),
      scores(2),
    ],
  },
  'convolutions in three dimensions': {
    input: [4, 5, 4, 2],
    classes: 2,
    parts: () => [
      layers.conv3d({ filters: 3, kernelSize: 2, activation: 'sigmoid' }),
      layers.maxPooling3d({ poolSize: 2 }),
      layers.flatten(),
      scores(2),
    ],
  },
  'convolutions along time': {
    input: [12, 3],
    classes: 2,
    parts: () => [
      layers.conv1d({ filters: 4, kernelSize: 3, strides: 2, activation: 'tanh' }),
      layers.layerNormalization({}),
      layers.globalMaxPooling1d({}),
      scores(2),
    ],
  },
  'two layers of LSTM': {
    input: [5, 4],
    classes: 3,
    parts: () => [
      layers.lstm({ units: 6, returnSequences: true }),
      layers.lstm({ units: 4 }),
      scores(3),
    ],
  },
  GRU: { input: [5, 4], classes: 3, parts: () => [layers.gru({ units: 6 }), scores(3)] },
  'bidirectional LSTM over masked embeddings': {
    input: [6],
    classes: 2,
    ids: 9,
    parts: () => [
      layers.embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
      layers.bidirectional({ layer: layers.lstm({ units: 3 }), mergeMode: 'concat' }),
      scores(2),
    ],
  },
  'masking and simple recurrence': {
    input: [4, 3],
    classes: 2,
    parts: () => [layers.masking({ maskValue: 0 }), layers.simpleRNN({ units: 5 }), scores(2)],
  },
  attention: {
    input: [5, 4],
    classes: 3,
    parts: () => [{ apply: attention }, layers.layerNormalization({}), layers.flatten(), scores(3)],
  },
};

const OPTIMIZERS = {
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.05, 0.9),
  nesterov: () => tf.train.momentum(0.05, 0.9, true),
  adagrad: () => tf.train.adagrad(0.1),
  adadelta: () => tf.train.adadelta(0.5),
  adam: () => tf.train.adam(0.02),
  adamax: () => tf.train.adamax(0.02),
  rmsprop: () => tf.train.rmsprop(0.01, 0.9, 0.5),
};

/** The model with weights that depend on their shapes and places alone. @param {string} name */
function makeModel(name) {
  const { input, parts } = MODELS[name];
  const inputs = tf.input({ shape: input });
  const outputs = parts().reduce((x, part) => part.apply(x), inputs);
  const model = tf.model({ inputs, outputs });
  tf.tidy(() => {
    // Variances stay positive.
    const weights = model.getWeights().map((weight, i) => {
      const values = valuesFrom(i + 1, weight.size).map((value) => value * 0.4);
      const isVariance = model.weights[i].name.includes('moving_variance');
      return tf.tensor(isVariance ? values.map((value) => 1 + value) : values, weight.shape);
    });
    model.setWeights(weights);
  });
  return model;
}

/** @param {string} name @returns {{xs: any, ys: any}} One epoch: five batches. */
function makeData(name) {
  const { input, classes, ids } = MODELS[name];
  const examples = (STEPS / 4) * BATCH;
  const size = examples * input.reduce((product, extent) => product * extent, 1);
  const values = valuesFrom(1000, size);
  // A third of the ids and of the steps is masked.
  const inputs = ids === undefined ? values : values.map((v) => Math.floor(((v + 1) / 2) * ids));
  const labels = Array.from({ length: examples }, (_, i) => (i * 7 + (i >> 2)) % classes);
  return {
    xs: tf.tensor(inputs, [examples, ...input]),
    ys: tf.oneHot(tf.tensor1d(labels, 'int32'), classes),
  };
}

/**
 * @param {string} backend @param {string} name @param {() => any} makeOptimizer
 * @param {boolean} fromDataset
 * @returns {Promise<{losses: number[], left: number}>} The loss of each step, and the tensors left.
 */
async function lossesOf(backend, name, makeOptimizer, fromDataset = false) {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const optimizer = makeOptimizer();
  const model = makeModel(name);
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const { xs, ys } = makeData(name);
  const losses = [];
  const options = {
    epochs: 4,
    verbose: 0,
    callbacks: { onBatchEnd: (_, { loss }) => void losses.push(loss) },
  };
  if (fromDataset) {
    const dataset = tf.data
      .zip({ xs: tf.data.array(await xs.array()), ys: tf.data.array(await ys.array()) })
      .batch(BATCH);
    await model.fitDataset(dataset, options);
  } else {
    await model.fit(xs, ys, { ...options, batchSize: BATCH, shuffle: false });
  }
  tf.dispose([xs, ys]);
  model.dispose();
  optimizer.dispose();
  return { losses, left: tf.memory().numTensors - before };
}

/** tfjs itself leaves a tensor behind. */
function expectSameCurve({ losses, left }, { losses: expected, left: leftThere }) {
  expect(left).toBe(leftThere);
  expect(losses).toHaveLength(STEPS);
  losses.forEach((loss, step) => {
    const error = Math.abs(loss - expected[step]) / Math.abs(expected[step]);
    // Written so that a NaN is wrong.
    if (!(error <= RELATIVE_TOLERANCE)) {
      throw new Error(`step ${step}: loss ${loss}, expected ${expected[step]}`);
    }
  });
  // It learns: otherwise all curves would be flat, and the same.
  const mean = (/** @type {number[]} */ list) => list.reduce((sum, x) => sum + x, 0) / list.length;
  expect(mean(losses.slice(-5))).toBeLessThan(mean(losses.slice(0, 5)));
}

test.each(Object.keys(MODELS))('%s', async (name) => {
  const expected = await lossesOf('cpu', name, OPTIMIZERS.adam);
  expectSameCurve(await lossesOf('onednn', name, OPTIMIZERS.adam), expected);
});

test.each(Object.keys(OPTIMIZERS))('with the optimizer %s', async (optimizer) => {
  const model = 'separable and depthwise convolutions';
  const expected = await lossesOf('cpu', model, OPTIMIZERS[optimizer]);
  expectSameCurve(await lossesOf('onednn', model, OPTIMIZERS[optimizer]), expected);
});

test('fitDataset() gives what fit() gives', async () => {
  const losses = await lossesOf('onednn', 'GRU', OPTIMIZERS.adam);
  expectSameCurve(await lossesOf('onednn', 'GRU', OPTIMIZERS.adam, true), losses);
});

test('10 epochs leave memory as it is after the first', async () => {
  await tf.setBackend('onednn');
  const model = makeModel('dense');
  model.compile({ optimizer: OPTIMIZERS.adam(), loss: 'categoricalCrossentropy' });
  const { xs, ys } = makeData('dense');
  const figures = [];
  await model.fit(xs, ys, {
    epochs: 10,
    verbose: 0,
    callbacks: {
      onEpochEnd: () => {
        const { numTensors, numBytes } = tf.memory();
        figures.push({ numTensors, numBytes });
      },
    },
  });
  expect(figures.slice(2)).toEqual(figures.slice(1, -1));
  tf.dispose([xs, ys]);
  model.dispose();
});
