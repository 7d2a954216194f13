'use strict';

const tf = require('tfjs-native');
const { Index } = require('./similarity');

/** @type {Index} */
let index;

beforeEach(() => {
  index = new Index(
    ['east', 'north', 'north-east'],
    [Float32Array.of(2, 0), Float32Array.of(0, 5), Float32Array.of(1, 1)],
  );
});

afterEach(() => index.dispose());

test('the most similar come first', async () => {
  const found = await index.find(Float32Array.of(3, 1), 2);
  expect(found.map(({ text }) => text)).toEqual(['east', 'north-east']);
  // Computed in float32: not to be compared with ===.
  expect(found[0].similarity).toBeCloseTo(3 / Math.sqrt(10), 6);
});

test('values are arrays of the realm of the tests', async () => {
  const [{ similarity }] = await index.find(Float32Array.of(0, 1), 1);
  expect(similarity).toBe(1);
  const values = await tf.tensor1d([1, 2]).data();
  expect(values).toBeInstanceOf(Float32Array);
  expect(values).toEqual(Float32Array.of(1, 2));
});

test('no tensor is left behind', async () => {
  const before = tf.memory().numTensors;
  await index.find(Float32Array.of(1, 2), 3);
  expect(tf.memory().numTensors).toBe(before);
});

test('what cannot be computed is an error with a code', () => {
  expect(() => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3]))).toThrow(/inner dimensions/);
  expect(() => tf.native.setThreads(0)).toThrow(expect.objectContaining({ code: 'BAD_ATTR' }));
});
