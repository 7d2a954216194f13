'use strict';

// Operators that tfjs has asynchronously run beside the event loop.

const tf = require('../..');

/** What tfjs-core computes in JavaScript. */
const { kernel_impls: impls } = require('@tensorflow/tfjs-core');

const boxes = tf.tensor2d(
  [
    [0, 0, 1, 1],
    [0, 0.1, 1, 1.1],
    [0, -0.1, 1, 0.9],
    [0, 10, 1, 11],
    [0, 10.1, 1, 11.1],
    [0, 100, 1, 101],
  ].flat(),
  [6, 4],
);
const scores = tf.tensor1d([0.9, 0.75, 0.6, 0.95, 0.5, 0.3]);

test('whereAsync', async () => {
  for (const shape of [[0], [1], [7, 5], [300, 301]]) {
    const condition = tf.randomUniform(shape).greater(0.5);
    const found = await tf.whereAsync(condition);
    const expected = impls.whereImpl(shape, condition.dataSync());
    expect(found.shape).toEqual(expected.shape);
    expect(found.dtype).toBe('int32');
    expect(found.dataSync()).toEqual(expected.dataSync());
  }
  expect((await tf.whereAsync([true, false, true])).arraySync()).toEqual([[0], [2]]);
});

test('non-maximum suppression', async () => {
  const plain = await tf.image.nonMaxSuppressionAsync(boxes, scores, 3);
  expect(plain.arraySync()).toEqual([3, 0, 5]);
  const none = await tf.image.nonMaxSuppressionAsync(boxes, scores, 3, 0.5, 2);
  expect(none.shape).toEqual([0]);
  const padded = await tf.image.nonMaxSuppressionPaddedAsync(boxes, scores, 5, 0.5, 0, true);
  expect(padded.selectedIndices.arraySync()).toEqual([3, 0, 5, 0, 0]);
  expect(padded.validOutputs.arraySync()).toBe(3);
  const soft = await tf.image.nonMaxSuppressionWithScoreAsync(boxes, scores, 6, 1, 0, 0.5);
  const expected = impls.nonMaxSuppressionV5Impl(boxes.dataSync(), scores.dataSync(), 6, 1, 0, 0.5);
  expect(soft.selectedIndices.arraySync()).toEqual([...expected.selectedIndices]);
  soft.selectedScores.arraySync().forEach((score, i) => {
    expect(score).toBeCloseTo(expected.selectedScores[i], 5);
  });
});

test('the event loop goes on, and inputs may be disposed meanwhile', async () => {
  const condition = tf.tidy(() => tf.range(0, 4 << 20).greater(5));
  const before = tf.memory().numTensors;
  const pending = tf.whereAsync(condition);
  condition.dispose();
  const turn = new Promise((resolve) => setImmediate(() => resolve('a turn')));
  expect(await Promise.race([pending, turn])).toBe('a turn');
  const found = await pending;
  expect(found.shape).toEqual([(4 << 20) - 6, 1]);
  expect(tf.memory().numTensors).toBe(before);
});

test('several at once, each with its own answer', async () => {
  const conditions = Array.from({ length: 20 }, (_, i) => tf.range(0, 100).less(i));
  const found = await Promise.all(conditions.map((condition) => tf.whereAsync(condition)));
  expect(found.map(({ shape }) => shape[0])).toEqual(conditions.map((_, i) => i));
});

test('the error of an input rejects', async () => {
  const failed = tf.bincount(tf.fill([20000], -1, 'int32'), tf.tensor1d([]), 3);
  await expect(tf.whereAsync(failed.cast('bool'))).rejects.toThrow(/\[Bincount\] x/);
  await expect(tf.image.nonMaxSuppressionAsync(boxes, tf.tensor1d([1]), 3)).rejects.toThrow(
    /\[NonMaxSuppressionV3\] scores: expected shape \[6\]/,
  );
});

test('on another backend as ever', async () => {
  await tf.setBackend('cpu');
  try {
    expect((await tf.whereAsync(tf.tensor1d([0, 1], 'bool'))).arraySync()).toEqual([[1]]);
  } finally {
    await tf.setBackend('onednn');
  }
});
