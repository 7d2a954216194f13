// A test of a project in TypeScript, compiled to a CommonJS module for Jest.

import { expect, test } from '@jest/globals';
import * as tf from 'tfjs-native';

test('it computes natively', async () => {
  const x: tf.Tensor2D = tf.ones([2, 3]);
  const sums: tf.Tensor = tf.matMul(x, x, false, true);
  expect(tf.getBackend()).toBe('onednn');
  expect(await sums.array()).toEqual([
    [3, 3],
    [3, 3],
  ]);
  expect(sums.dataSync()).toBeInstanceOf(Float32Array);
});
