'use strict';

// The proof that the kernel contract carries captured graphs: a real model's eager run, recorded and
// replayed on another input, gives what eager gives.

const fs = require('node:fs');
const path = require('node:path');
const tf = require('../../lib');
const { CapturedGraph } = require('../../lib/capture');

const models = path.join(__dirname, '..', '..', '..', 'shared', 'models');
const names = ['emotion', 'facemesh', 'meet-segmentation'];
const present = names.filter((name) => fs.existsSync(path.join(models, name)));
if (present.length < names.length) {
  console.warn(`capture: ${names.length - present.length} models skipped, files missing`);
}

/** @param {number[]} shape @param {number} seed */
const image = (shape, seed) => tf.randomUniform(shape, 0, 1, 'float32', seed);

/** @param {import('@tensorflow/tfjs-core').Tensor[]} tensors */
const valuesOf = (tensors) => tensors.map((tensor) => Array.from(tensor.dataSync()));

beforeAll(() => tf.setBackend('onednn'));

test('arithmetic: inputs, constants, views, an output that is an input', () => {
  const weights = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const x = tf.tensor1d([1, 2, 3, 4]);
  const compute = (input) => {
    const y = input.reshape([2, 2]).add(weights);
    return [y.mul(y), input.clone(), weights.sub(y)];
  };
  const { graph, outputs } = CapturedGraph.capture(tf.backend(), [x], () => compute(x));
  const z = tf.tensor1d([-5, 0.5, 7, 1e9]);
  const replayed = graph.replay([z]);
  expect(valuesOf(outputs)).toEqual(valuesOf(compute(x)));
  expect(valuesOf(replayed)).toEqual(valuesOf(compute(z)));
  expect(replayed.map((tensor) => tensor.shape)).toEqual([[2, 2], [4], [2, 2]]);
});

test('inputs of another shape, dtype or number are refused', () => {
  const x = tf.tensor1d([1, 2]);
  const { graph } = CapturedGraph.capture(tf.backend(), [x], () => [x.add(x)]);
  const refused = (inputs) => {
    try {
      graph.replay(inputs);
      return null;
    } catch (error) {
      return error.code;
    }
  };
  expect(refused([tf.tensor1d([1, 2, 3])])).toBe('BAD_SHAPE');
  expect(refused([tf.tensor1d([1, 2], 'int32')])).toBe('BAD_DTYPE');
  expect(refused([])).toBe('BAD_SHAPE');
});

test('a run that throws leaves nothing behind', () => {
  const x = tf.tensor1d([1]);
  const failing = () => {
    throw new Error('mine');
  };
  expect(() => CapturedGraph.capture(tf.backend(), [x], failing)).toThrow('mine');
  const { outputs } = CapturedGraph.capture(tf.backend(), [x], () => [x.add(x)]);
  expect(valuesOf(outputs)).toEqual([[2]]);
});

(present.length > 0 ? test.each(present) : test.skip.each(names))(
  '%s: replayed on a new input as eager',
  async (name) => {
    const model = await tf.loadGraphModel(`file://${path.join(models, name, 'model.json')}`);
    const shape = model.inputs[0].shape.map((extent) => Math.max(1, extent));
    const predict = (input) => [model.predict(input)].flat();
    const x = image(shape, 1);
    const { graph, outputs } = CapturedGraph.capture(tf.backend(), [x], () => predict(x));
    tf.dispose(outputs);
    for (const seed of [2, 3]) {
      const y = image(shape, seed);
      expect(valuesOf(graph.replay([y]))).toEqual(valuesOf(predict(y)));
    }
  },
);
