'use strict';

// Windows that oneDNN does not expect: wholly in the padding, with steps out of the input, one
// alone. The fuzz found them.

const { expectSameAsCpu, random } = require('./oracle');

/** @type {[string, number[], number[], object][]} */
const cases = [
  ['windows in the padding', [2, 4, 5, 3], [2, 3, 3, 7], { pad: [[0, 0], [5, 4], [6, 7], [0, 0]] }], // prettier-ignore
  ['padding of one side', [1, 3, 3, 16], [1, 1, 16, 16], { pad: [[0, 0], [0, 3], [4, 0], [0, 0]] }], // prettier-ignore
  ['a step out of the input', [1, 5, 6, 3], [2, 2, 3, 4], { pad: 'same', strides: [9, 7] }],
  ['a step of 10^9', [1, 5, 6, 3], [2, 2, 3, 4], { pad: 'same', strides: 1e9 }],
  ['one window', [2, 4, 4, 3], [4, 4, 3, 5], { pad: 'valid', strides: [3, 3] }],
  ['an end that no window touches', [1, 9, 8, 4], [1, 2, 4, 6], { pad: 'valid', strides: [4, 5] }],
];

describe.each(cases)('%s', (_name, xShape, filterShape, { pad, strides = 1 }) => {
  test('conv2d', () =>
    expectSameAsCpu((tf) =>
      tf.conv2d(random(tf, xShape, 1), random(tf, filterShape, 2), strides, pad),
    ));

  test('fused with relu6', () =>
    expectSameAsCpu((tf) =>
      tf.fused.conv2d({
        x: random(tf, xShape, 1),
        filter: random(tf, filterShape, 2),
        bias: random(tf, [filterShape[3]], 3),
        strides,
        pad,
        activation: 'relu6',
      }),
    ));

  test('depthwiseConv2d', () =>
    expectSameAsCpu((tf) =>
      tf.depthwiseConv2d(
        random(tf, xShape, 1),
        random(tf, [filterShape[0], filterShape[1], xShape[3], 2], 2),
        strides,
        pad,
      ),
    ));

  test('gradients', () =>
    expectSameAsCpu((tf) =>
      tf.grads((x, filter) => tf.conv2d(x, filter, strides, pad))([
        random(tf, xShape, 1),
        random(tf, filterShape, 2),
      ]),
    ));
});

test.each([
  ['one window along the width', [2, 3, 9, 2, 1], [3, 5, 3, 1, 32], 'same', [1, 1, 2]],
  ['one window of a step along the width', [1, 7, 5, 3, 1], [3, 3, 3, 1, 33], 'valid', [2, 1, 2]],
])('conv3d, one channel, %s', (_name, x, filter, pad, strides) =>
  expectSameAsCpu((tf) => tf.conv3d(random(tf, x, 1), random(tf, filter, 2), strides, pad)),
);

test('channels first, a step out of the input', () =>
  expectSameAsCpu((tf) =>
    tf.engine().runKernel(
      'FusedConv2D',
      {
        x: random(tf, [1, 1, 5, 2], 1),
        filter: random(tf, [2, 2, 1, 1], 2),
        bias: tf.tensor1d([1]),
      },
      {
        strides: [1, 3],
        pad: 'same',
        dataFormat: 'NCHW',
        dilations: 1,
        activation: 'elu',
        leakyreluAlpha: 0.01,
      },
    ),
  ));

test('relu6 of a sum that is -Infinity', () =>
  expectSameAsCpu((tf) => {
    const x = tf.concat([tf.fill([1, 1, 1, 8], -Infinity), random(tf, [1, 1, 109, 8], 1)], 2);
    return tf.fused.conv2d({
      x: tf.reshape(x, [1, 10, 11, 8]),
      filter: tf.abs(random(tf, [2, 2, 8, 2], 2)),
      strides: 2,
      pad: 'valid',
      activation: 'relu6',
    });
  }));
