'use strict';

// Operators that tfjs has asynchronously run beside the event loop.

const { tf, longChain } = require('./support');

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

/** What a call gives on a backend: values and shapes, or the error. */
async function outcomeOf(backend, call) {
  await tf.setBackend(backend);
  try {
    const before = tf.memory().numTensors;
    const inputs = [];
    const keep = (tensor) => (inputs.push(tensor), tensor);
    const result = await call(keep);
    const tensors = result instanceof tf.Tensor ? { result } : result;
    const plain = Object.entries(tensors).map(([name, tensor]) => {
      const { shape, dtype } = tensor;
      return { name, shape, dtype, values: Array.from(tensor.dataSync(), Math.fround) };
    });
    tf.dispose(tensors);
    tf.dispose(inputs);
    return { plain, left: tf.memory().numTensors - before };
  } catch (error) {
    return { error: error.message };
  } finally {
    await tf.setBackend('onednn');
  }
}

const { image } = tf;
const six = (keep) => [keep(boxes.clone()), keep(scores.clone())];
const bools = (keep, values, shape) => keep(tf.tensor(values, shape, 'bool'));
const numbers = (keep, values, shape) => keep(tf.tensor(values, shape));
const ints = (keep, values, shape) => keep(tf.tensor(values, shape, 'int32'));

describe('the same as what tfjs computes in JavaScript', () => {
  test.each([
    ['whereAsync', (k) => tf.whereAsync(bools(k, [1, 0, 1, 1, 0, 1], [2, 3]))],
    ['whereAsync of a list', () => tf.whereAsync([true, false, true])],
    ['whereAsync of float32', (k) => tf.whereAsync(numbers(k, [1, 0, 2]))],
    ['setdiff1dAsync', (k) => tf.setdiff1dAsync(numbers(k, [5, NaN, 1, 5, -0, 2]), numbers(k, [1, 0, NaN]))],
    ['setdiff1dAsync of bools', (k) => tf.setdiff1dAsync(bools(k, [1, 0, 1]), bools(k, [0]))],
    ['setdiff1dAsync of none', (k) => tf.setdiff1dAsync(numbers(k, []), numbers(k, [1]))],
    ['setdiff1dAsync of lists', () => tf.setdiff1dAsync([1, 2, 3], [2])],
    ['setdiff1dAsync of two dtypes', (k) => tf.setdiff1dAsync(numbers(k, [1]), bools(k, [1]))],
    ['setdiff1dAsync of a matrix', (k) => tf.setdiff1dAsync(numbers(k, [1], [1, 1]), numbers(k, [1]))],
    ['setdiff1dAsync of a scalar', (k) => tf.setdiff1dAsync(numbers(k, [1]), numbers(k, 1, []))],
    ['booleanMaskAsync', (k) => tf.booleanMaskAsync(numbers(k, [1, 2, 3, 4, 5, 6], [3, 2]), bools(k, [1, 0, 1]))],
    ['booleanMaskAsync along an axis', (k) => tf.booleanMaskAsync(numbers(k, [1, 2, 3, 4, 5, 6], [3, 2]), bools(k, [0, 1]), 1)],
    ['booleanMaskAsync of two dimensions', (k) => tf.booleanMaskAsync(numbers(k, [1, 2, 3, 4], [2, 2, 1]), bools(k, [0, 1, 1, 1], [2, 2]))],
    ['booleanMaskAsync that keeps nothing', (k) => tf.booleanMaskAsync(numbers(k, [1, 2]), bools(k, [0, 0]))],
    ['booleanMaskAsync of lists', () => tf.booleanMaskAsync([[1, 2], [3, 4]], [true, false])],
    ['booleanMaskAsync by a scalar', (k) => tf.booleanMaskAsync(numbers(k, [1, 2]), bools(k, 1, []))],
    ['booleanMaskAsync by another shape', (k) => tf.booleanMaskAsync(numbers(k, [1, 2]), bools(k, [1]))],
    ['booleanMaskAsync by numbers', (k) => tf.booleanMaskAsync(numbers(k, [1, 2]), numbers(k, [1, 0]))],
    ['booleanMaskAsync along none', (k) => tf.booleanMaskAsync(numbers(k, [1, 2]), bools(k, [1, 0]), 1)],
    ['inTopKAsync', (k) => tf.inTopKAsync(numbers(k, [20, 10, 40, 30, 30, 50, -20, 10], [2, 4]), ints(k, [2, 0], [2]))],
    ['inTopKAsync of two', (k) => tf.inTopKAsync(numbers(k, [20, 10, 40, 30, 30, 50, -20, 10], [2, 4]), ints(k, [3, 2], [2]), 2)],
    ['inTopKAsync of all', (k) => tf.inTopKAsync(numbers(k, [3, 2, 1, 1, 2, 3], [2, 3]), ints(k, [2, 3], [2]), 3)],
    ['inTopKAsync of equals', (k) => tf.inTopKAsync(numbers(k, [1, 2, 2, 2, 2, 2, 1, 1], [2, 4]), ints(k, [3, 2], [2]), 2)],
    ['inTopKAsync of three dimensions', (k) => tf.inTopKAsync(numbers(k, [1, 2, 4, 3, 5, 6, 8, 7], [2, 2, 2]), ints(k, [1, 1, 0, 0], [2, 2]))],
    ['inTopKAsync of int32', (k) => tf.inTopKAsync(ints(k, [5, -5, 7, 0, 0, 0], [2, 3]), ints(k, [-1, 1], [2]), 2)],
    ['inTopKAsync of targets that are floats', (k) => tf.inTopKAsync(numbers(k, [1, 3, 2], [1, 3]), numbers(k, [1.5], [1]))],
    ['inTopKAsync of no rows', (k) => tf.inTopKAsync(numbers(k, [], [0, 3]), ints(k, [], [0]), 2)],
    ['inTopKAsync of bools', (k) => tf.inTopKAsync(bools(k, [0, 1, 1], [1, 3]), ints(k, [2], [1]))],
    ['inTopKAsync of lists', () => tf.inTopKAsync([[1, 3, 2]], [1])],
    ['inTopKAsync of a half', (k) => tf.inTopKAsync(numbers(k, [1, 3, 2], [1, 3]), ints(k, [2], [1]), 1.5)],
    ['inTopKAsync of too many', (k) => tf.inTopKAsync(numbers(k, [1, 3, 2], [1, 3]), ints(k, [2], [1]), 4)],
    ['inTopKAsync of none', (k) => tf.inTopKAsync(numbers(k, [1, 3, 2], [1, 3]), ints(k, [2], [1]), 0)],
    ['inTopKAsync of a list of predictions', (k) => tf.inTopKAsync(numbers(k, [1, 3, 2]), ints(k, [2], [1]))],
    ['inTopKAsync of another shape', (k) => tf.inTopKAsync(numbers(k, [1, 3, 2], [1, 3]), ints(k, [2, 1], [2]))],
    ['nonMaxSuppressionAsync', (k) => image.nonMaxSuppressionAsync(...six(k), 3)],
    ['with nulls', (k) => image.nonMaxSuppressionAsync(...six(k), 3, null, null)],
    ['with thresholds', (k) => image.nonMaxSuppressionAsync(...six(k), 9, 0.2, 0.55)],
    ['of NaN boxes', (k) => image.nonMaxSuppressionAsync(...six(k), NaN, 0.2, NaN)],
    ['of a fraction', (k) => image.nonMaxSuppressionAsync(...six(k), 1.5)],
    ['of a wrong threshold', (k) => image.nonMaxSuppressionAsync(...six(k), 3, 1.5)],
    ['of one score', (k) => image.nonMaxSuppressionAsync(six(k)[0], numbers(k, [1]), 3)],
    ['of scores twice', (k) => image.nonMaxSuppressionAsync(six(k)[1], six(k)[1], 3)],
    ['of lists', () => image.nonMaxSuppressionAsync([[0, 0, 1, 1], [2, 2, 3, 3]], [0.5, 0.7], 3)],
    ['nonMaxSuppressionPaddedAsync', (k) => image.nonMaxSuppressionPaddedAsync(...six(k), 5, 0.5, 0, true)],
    ['padded to more than there are', (k) => image.nonMaxSuppressionPaddedAsync(...six(k), 50, 0.5, 0, true)],
    ['padded to nothing', (k) => image.nonMaxSuppressionPaddedAsync(...six(k), -2, 0.5, 0, true)],
    ['padded to a fraction', (k) => image.nonMaxSuppressionPaddedAsync(...six(k), 2.5, 0.5, 0, true)],
    ['not padded', (k) => image.nonMaxSuppressionPaddedAsync(...six(k), 5)],
    ['nonMaxSuppressionWithScoreAsync', (k) => image.nonMaxSuppressionWithScoreAsync(...six(k), 6, 1, 0, 0.5)],
    ['with a score and null', (k) => image.nonMaxSuppressionWithScoreAsync(...six(k), 6, 0.3, null, null)],
    ['with a score and a wrong sigma', (k) => image.nonMaxSuppressionWithScoreAsync(...six(k), 6, 0.3, 0, 2)],
  ])('%s', async (_, call) => {
    const [expected, actual] = [await outcomeOf('cpu', call), await outcomeOf('onednn', call)];
    expect(actual.error).toBe(expected.error);
    expect(actual.left).toBe(expected.left);
    const facts = (/** @type {any[]} */ plain) =>
      plain?.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
    expect(facts(actual.plain)).toEqual(facts(expected.plain));
    actual.plain?.forEach(({ values }, i) =>
      values.forEach((value, k) => {
        const wanted = expected.plain[i].values[k];
        if (Number.isNaN(wanted)) expect(value).toBeNaN();
        else expect(value).toBeCloseTo(wanted, 5);
      }),
    );
  });

  test.each([
    ['Where', () => tf.whereAsync(tf.tensor1d([1, 0], 'bool'))],
    ['Where', () => tf.booleanMaskAsync(tf.ones([2, 3]), tf.tensor1d([1, 0], 'bool'))],
    ['ListDiff', () => tf.setdiff1dAsync(tf.tensor1d([1, 0]), tf.tensor1d([1]))],
    ['NonMaxSuppressionV3', () => image.nonMaxSuppressionAsync(boxes, scores, 3)],
    ['NonMaxSuppressionV4', () => image.nonMaxSuppressionPaddedAsync(boxes, scores, 3)],
    ['NonMaxSuppressionV5', () => image.nonMaxSuppressionWithScoreAsync(boxes, scores, 3)],
  ])('by the native %s', async (op, call) => {
    const waits = jest.spyOn(/** @type {any} */ (tf.backend()), 'waitForCall');
    await call();
    expect(waits.mock.calls.map(([name]) => name)).toEqual([op]);
    waits.mockRestore();
  });

  test('inTopKAsync reads nothing', async () => {
    const read = jest.spyOn(/** @type {any} */ (tf.backend()), 'read');
    const targets = tf.tensor1d([2], 'int32');
    expect((await tf.inTopKAsync(tf.tensor2d([[1, 3, 2]]), targets, 2)).dataSync()[0]).toBe(1);
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
  });

  test('under the names that tfjs gives them', () => {
    const core = require('@tensorflow/tfjs-core');
    expect(tf.whereAsync.name).toBe('whereAsync_');
    expect(image.nonMaxSuppressionPaddedAsync.name).toBe('nonMaxSuppressionPaddedAsync_');
    // Packages that call tfjs-core themselves get them, too.
    expect(core.whereAsync).toBe(tf.whereAsync);
    expect(core.setdiff1dAsync).toBe(tf.setdiff1dAsync);
    expect(core.image.nonMaxSuppressionAsync).toBe(image.nonMaxSuppressionAsync);
  });
}); // prettier-ignore

test('the event loop goes on, and inputs may be disposed meanwhile', async () => {
  const condition = tf.tidy(() => tf.range(0, 4 << 20).greater(5));
  const before = tf.memory().numTensors;
  const chain = longChain(); // It waits behind this.
  const pending = tf.whereAsync(condition);
  condition.dispose();
  const turn = new Promise((resolve) => setImmediate(() => resolve('a turn')));
  expect(await Promise.race([pending, turn])).toBe('a turn');
  const found = await pending;
  chain.dispose();
  expect(found.shape).toEqual([(4 << 20) - 6, 1]);
  expect(tf.memory().numTensors).toBe(before);
});

test.each([
  ['setdiff1dAsync', () => tf.setdiff1dAsync(tf.range(0, 1 << 20), tf.range(5, 1 << 20))],
  ['booleanMaskAsync', () => tf.booleanMaskAsync(tf.range(0, 1 << 20), tf.range(0, 1 << 20).less(5))],
])('%s lets the event loop go on, too', async (_, start) => {
  const chain = longChain();
  const pending = start();
  const turn = new Promise((resolve) => setImmediate(() => resolve('a turn')));
  expect(await Promise.race([pending, turn])).toBe('a turn');
  const result = [await pending].flat()[0];
  chain.dispose();
  expect(Array.from(result.dataSync())).toEqual([0, 1, 2, 3, 4]);
}); // prettier-ignore

test('several at once, each with its own answer', async () => {
  const conditions = Array.from({ length: 20 }, (_, i) => tf.range(0, 100).less(i));
  const found = await Promise.all(conditions.map((condition) => tf.whereAsync(condition)));
  expect(found.map(({ shape }) => shape[0])).toEqual(conditions.map((_, i) => i));
});

test('the error of an input rejects', async () => {
  const failed = tf.bincount(tf.fill([20000], -1, 'int32'), tf.tensor1d([]), 3);
  await expect(tf.whereAsync(failed.cast('bool'))).rejects.toThrow(/\[Bincount\] x/);
  const other = tf.range(0, 20000, 1, 'int32');
  await expect(tf.setdiff1dAsync(other, failed.cast('int32'))).rejects.toThrow(/\[Bincount\] x/);
  await expect(tf.booleanMaskAsync(tf.ones([3, 2]), failed.cast('bool'))).rejects.toThrow(
    /\[Bincount\] x/,
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
