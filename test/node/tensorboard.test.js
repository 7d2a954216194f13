'use strict';

const fs = require('node:fs');
const path = require('node:path');
const tf = require('../../lib');
const { readSummaries } = require('./event-reader');
const { makeFolder } = require('./folders');

const SAMPLES = 10;
const BATCH = 4;
const BATCHES = 3;

function makeModel() {
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: 3, inputShape: [2], name: 'hidden' }));
  model.add(tf.layers.dense({ units: 1, name: 'out' }));
  model.compile({ loss: 'meanSquaredError', optimizer: 'sgd', metrics: ['MAE'] });
  return model;
}

const xs = tf.randomUniform([SAMPLES, 2], 0, 1, 'float32', 1);
const ys = tf.randomUniform([SAMPLES, 1], 0, 1, 'float32', 2);
const validationData = [xs, ys];

/** Trains a new model, and notes the losses of each batch. */
async function train(callback, options = {}) {
  const batches = { loss: [], MAE: [] };
  const notes = new tf.CustomCallback({
    onBatchEnd: (_, logs) => Object.keys(batches).forEach((key) => batches[key].push(logs[key])),
  });
  const model = options.model ?? makeModel();
  const callbacks = [callback, notes];
  const args = { epochs: 2, batchSize: BATCH, verbose: 0, ...options, callbacks };
  const { history } = await model.fit(xs, ys, args);
  return { model, history, batches };
}

/** The series of a folder, [step, value] by name. */
function seriesOf(folder) {
  const series = {};
  for (const { tag, step, value, buckets } of readSummaries(folder)) {
    (series[tag] ??= []).push([step, value ?? buckets]);
  }
  return series;
}

const { fround } = Math;
/** Values as written, with their steps from 1 on. */
const steps = (values, first = 1) => values.map((value, i) => [first + i, fround(value)]);

test('losses and metrics of epochs, those of validation apart', async () => {
  const folder = makeFolder();
  const { history } = await train(tf.node.tensorBoard(folder), { validationData });
  expect(fs.readdirSync(folder).sort()).toEqual(['train', 'val']);
  expect(seriesOf(path.join(folder, 'train'))).toEqual({
    epoch_loss: steps(history.loss),
    epoch_MAE: steps(history.MAE),
  });
  expect(seriesOf(path.join(folder, 'val'))).toEqual({
    epoch_loss: steps(history.val_loss),
    epoch_MAE: steps(history.val_MAE),
  });
});

test('of batches, counted through all epochs and trainings', async () => {
  const folder = makeFolder();
  const callback = tf.node.tensorBoard(folder, { updateFreq: 'batch' });
  const first = await train(callback, { validationSplit: 0.2, batchSize: 4 });
  const second = await train(callback, { validationSplit: 0.2, batchSize: 4 });
  const losses = [...first.batches.loss, ...second.batches.loss];
  expect(losses).toHaveLength(8);
  const { batch_loss, batch_MAE, epoch_loss } = seriesOf(path.join(folder, 'train'));
  expect(batch_loss).toEqual(steps(losses));
  expect(batch_MAE).toEqual(steps([...first.batches.MAE, ...second.batches.MAE]));
  expect(epoch_loss).toEqual([...steps(first.history.loss), ...steps(second.history.loss)]);
  expect(Object.keys(seriesOf(path.join(folder, 'val')))).toEqual(['epoch_loss', 'epoch_MAE']);
});

test('training that goes on at a later epoch', async () => {
  const folder = makeFolder();
  const { history } = await train(tf.node.tensorBoard(folder), { initialEpoch: 5, epochs: 7 });
  expect(fs.readdirSync(folder)).toEqual(['train']);
  expect(seriesOf(path.join(folder, 'train')).epoch_loss).toEqual(steps(history.loss, 6));
});

test('its writers can be listened to before the training, and stand for closed ones', async () => {
  const folder = makeFolder();
  const callback = tf.node.tensorBoard(folder);
  expect([callback.trainWriter, callback.valWriter]).toEqual([null, null]);
  expect(callback.ensureTrainWriterCreated()).toBe(callback.trainWriter);
  expect(callback.ensureValWriterCreated()).toBe(callback.valWriter);
  const [onTrain, onVal] = [callback.trainWriter, callback.valWriter].map((writer) =>
    jest.spyOn(writer, 'scalar'),
  );
  const first = await train(callback, { validationData });
  expect(onTrain.mock.calls.map(([name, , step]) => [name, step])).toEqual([
    ['epoch_loss', 1],
    ['epoch_MAE', 1],
    ['epoch_loss', 2],
    ['epoch_MAE', 2],
  ]);
  expect(onVal.mock.calls[0]).toEqual(['epoch_loss', first.history.val_loss[0], 1]);

  expect(seriesOf(path.join(folder, 'train')).epoch_loss).toEqual(steps(first.history.loss));

  const closed = callback.trainWriter;
  closed.close();
  await train(callback, { validationData });
  expect(callback.trainWriter).not.toBe(closed);
  expect(fs.readdirSync(path.join(folder, 'train'))).toHaveLength(2);
});

test('fitDataset()', async () => {
  const folder = makeFolder();
  const data = tf.data.zip({
    xs: tf.data.array(await xs.array()),
    ys: tf.data.array(await ys.array()),
  });
  const callbacks = tf.node.tensorBoard(folder, { updateFreq: 'batch' });
  const { history } = await makeModel().fitDataset(data.batch(BATCH), {
    epochs: 2,
    verbose: 0,
    callbacks,
  });
  const { batch_loss, epoch_loss } = seriesOf(path.join(folder, 'train'));
  expect(batch_loss.map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(batch_loss).toHaveLength(2 * BATCHES);
  expect(epoch_loss).toEqual(steps(history.loss));
});

test('the distributions of the weights after each so many epochs', async () => {
  const folder = makeFolder();
  const seen = [];
  const model = makeModel();
  const least = new tf.CustomCallback({
    onEpochEnd: async () => seen.push(await model.weights[0].read().min().data()),
  });
  const callbacks = [tf.node.tensorBoard(folder, { histogramFreq: 2 }), least];
  await model.fit(xs, ys, { epochs: 4, batchSize: BATCH, verbose: 0, callbacks });
  const series = seriesOf(path.join(folder, 'train'));
  for (const { name, shape } of model.weights) {
    expect(series[name].map(([step]) => step)).toEqual([0, 2]);
    for (const [, buckets] of series[name]) {
      const sum = buckets.reduce((all, [, , count]) => all + count, 0);
      expect(sum).toBe(tf.util.sizeFromShape(shape));
    }
  }
  const edges = series[model.weights[0].name].map(([, [[left]]]) => left);
  expect(edges).toEqual([seen[0][0], seen[2][0]]);
});

test('each epoch is there at its end, also of a training that fails', async () => {
  const folder = makeFolder();
  const failure = new tf.CustomCallback({
    onEpochEnd: (epoch) => {
      if (epoch === 1) throw new Error('enough');
    },
  });
  const callbacks = [tf.node.tensorBoard(folder), failure];
  const fit = makeModel().fit(xs, ys, { epochs: 5, verbose: 0, callbacks });
  await expect(fit).rejects.toThrow('enough');
  expect(seriesOf(path.join(folder, 'train')).epoch_loss.map(([step]) => step)).toEqual([1, 2]);
});

test('the training rejects where nothing can be written', async () => {
  const file = path.join(makeFolder(), 'file');
  fs.writeFileSync(file, '');
  const fit = train(tf.node.tensorBoard(file));
  await expect(fit).rejects.toMatchObject({
    name: 'NativeError',
    code: 'BAD_ATTR',
    cause: { code: 'ENOTDIR' },
    message: expect.stringContaining(`cannot write ${path.join(file, 'train')}`),
  });
});

test('no tensor is left', async () => {
  const model = makeModel();
  const callback = tf.node.tensorBoard(makeFolder(), { histogramFreq: 1, updateFreq: 'batch' });
  await train(callback, { model });
  const before = tf.memory().numTensors;
  await train(callback, { model });
  expect(tf.memory().numTensors).toBe(before);
});

test.each([
  [['a', { updateFreq: 'foo' }], `Expected updateFreq to be 'batch' or 'epoch', got "foo"`],
  [['a', { histogramFreq: -1 }], 'Expected histogramFreq to be a non-negative integer, got -1'],
  [['a', { histogramFreq: 1.3 }], 'Expected histogramFreq to be a non-negative integer, got 1.3'],
  [[''], 'Expected a non-empty string, got ""'],
])('refuses %j', (args, text) => {
  expect(() => tf.node.tensorBoard(...args)).toThrow(text);
  expect(() => tf.node.tensorBoard(...args)).toThrow(
    expect.objectContaining({ code: 'BAD_ATTR', op: 'tensorBoard' }),
  );
});
