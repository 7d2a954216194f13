'use strict';

// Products, convolutions and gradients whose extents are no multiples of any vector or block,
// compared with tfjs's cpu backend. Each is computed three times with the same weights, so that packed
// forms of them are made and used; the cpu backend, which takes long, computes it once.

const { expectSameAsCpu, random } = require('../ops/oracle');

const EXTENTS = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 127, 129];

/**
 * Up to 1,400 products of random signs are added in float32, in another order than by tfjs.
 * @param {(tf: any) => any} compute
 */
const expectSame = (compute) => expectSameAsCpu(compute, { tolerance: 5e-5 });

/** @param {any} tf @param {() => any} compute */
function thrice(tf, compute) {
  const first = compute();
  const again = tf.getBackend() === 'cpu' ? () => tf.clone(first) : compute;
  return [first, again(), again()];
}

/** @param {any} tf @param {number} n */
function productsOf(tf, n) {
  const outputs = [];
  for (const [rows, inner, columns] of [
    [n, 20, 6],
    [2, n, 5],
    [3, 14, n],
    [1, 1400, n],
  ]) {
    for (const [ta, tb] of [
      [false, false],
      [false, true],
      [true, false],
    ]) {
      const a = random(tf, ta ? [inner, rows] : [rows, inner], 1);
      const b = random(tf, tb ? [columns, inner] : [inner, columns], 2);
      outputs.push(...thrice(tf, () => tf.matMul(a, b, ta, tb)));
    }
  }
  return outputs;
}

describe.each(EXTENTS)('%i', (n) => {
  // Up to 1,400 products are added in float32.
  test('matrix products', () => expectSame((tf) => productsOf(tf, n)));

  test.each([
    ['1x1', 1, 1, 'same', 1],
    ['3x3', 3, 1, 'same', 1],
    ['3x3 with steps', 3, 2, 'valid', 1],
    ['3x3 dilated', 3, 1, 'same', 2],
  ])('convolutions, %s', (_name, size, strides, pad, dilations) =>
    expectSame((tf) => {
      const outputs = [];
      for (const [from, to] of [
        [n, 6],
        [3, n],
        [Math.min(n, 33), Math.min(n, 33)],
      ]) {
        const x = random(tf, [1, 5, 6, from], 1);
        const filter = random(tf, [size, size, from, to], 2);
        const bias = random(tf, [to], 3);
        const attrs = { x, filter, strides, pad, dilations, bias, activation: 'relu' };
        outputs.push(...thrice(tf, () => tf.fused.conv2d(attrs)));
      }
      for (const multiplier of [1, 2, 3]) {
        const x = random(tf, [1, 5, 6, n], 4);
        const filter = random(tf, [size, size, n, multiplier], 5);
        const call = () => tf.depthwiseConv2d(x, filter, strides, pad, 'NHWC', dilations);
        outputs.push(...thrice(tf, call));
      }
      return outputs;
    }),
  );

  test('transposed convolutions', () =>
    expectSame((tf) => {
      const outputs = [];
      for (const [from, to, strides] of [
        [n, 5, 1],
        [3, n, 2],
      ]) {
        const x = random(tf, [1, 4, 5, from], 1);
        const filter = random(tf, [3, 3, to, from], 2);
        const shape = [1, 4 * strides, 5 * strides, to];
        const call = () => tf.conv2dTranspose(x, filter, shape, strides, 'same');
        outputs.push(...thrice(tf, call));
      }
      return outputs;
    }));

  test('gradients', () =>
    expectSame((tf) => {
      const x = random(tf, [1, 5, 6, n], 1);
      const filter = random(tf, [3, 3, n, 7], 2);
      const depthwise = random(tf, [3, 3, n, 2], 3);
      return [
        ...tf.grads((x, filter) => tf.conv2d(x, filter, 2, 'same'))([x, filter]),
        ...tf.grads((x, filter) => tf.conv2d(x, filter, 1, 'valid'))([x, filter]),
        ...tf.grads((x, filter) => tf.depthwiseConv2d(x, filter, 1, 'same'))([x, depthwise]),
        ...tf.grads((a, b) => tf.matMul(a, b, true, false))([
          random(tf, [n, 5], 4),
          random(tf, [n, 9], 5),
        ]),
      ];
    }));
});
