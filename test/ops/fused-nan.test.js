'use strict';

// Activations inside products keep NaN and infinities as tfjs does, whichever vector code runs.

const { expectSameAsCpu } = require('./oracle');

const activations = ['relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'];
const channelCounts = [1, 3, 16, 20, 64];
const special = [NaN, 1, -1, Infinity, -Infinity, 0.5, -0, 3, 8, -100, 1e30, -1e-30];

const cases = activations.flatMap((activation) =>
  channelCounts.map((channels) => ({ activation, channels })),
);

/** [1, 3, 4, channels], every pixel the same value in all channels. */
const image = (tf, channels) => tf.tile(tf.tensor4d(special, [1, 3, 4, 1]), [1, 1, 1, channels]);

/** Averages the channels, so that what is special stays so. */
const average = (tf, shape, channels) => tf.fill(shape, 1 / channels);

const slopes = (tf, activation, channels) =>
  activation === 'prelu' ? tf.fill([channels], 0.3) : undefined;

describe.each(cases)('$activation of $channels channels', ({ activation, channels }) => {
  test('conv2d', () =>
    expectSameAsCpu((tf) =>
      tf.fused.conv2d({
        x: image(tf, channels),
        filter: average(tf, [1, 1, channels, channels], channels),
        strides: 1,
        pad: 'valid',
        activation,
        leakyreluAlpha: 0.2,
        preluActivationWeights: slopes(tf, activation, channels),
      }),
    ));

  test('depthwiseConv2d', () =>
    expectSameAsCpu((tf) =>
      tf.fused.depthwiseConv2d({
        x: image(tf, channels),
        filter: tf.ones([1, 1, channels, 1]),
        strides: 1,
        pad: 'valid',
        activation,
        leakyreluAlpha: 0.2,
        preluActivationWeights: slopes(tf, activation, channels),
      }),
    ));

  test('matMul', () =>
    expectSameAsCpu((tf) =>
      tf.fused.matMul({
        a: tf.reshape(image(tf, channels), [special.length, channels]),
        b: average(tf, [channels, channels], channels),
        activation,
        leakyreluAlpha: 0.2,
        preluActivationWeights: slopes(tf, activation, channels),
      }),
    ));
});
