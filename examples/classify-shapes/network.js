'use strict';

/** The classifier: a small residual network of full and depthwise separable convolutions. */

const tf = require('@tensorflow/tfjs-layers');
const { CHANNELS, CLASSES, SIZE } = require('./draw');

/** @typedef {import('@tensorflow/tfjs-layers').SymbolicTensor} SymbolicTensor */

/**
 * Builds the untrained network: input [batch, 48, 48, 3] with values 0 to 1, output
 * [batch, 10] probabilities. About 12 million floating-point operations a picture.
 * @param {number} seed of the initial weights
 * @returns {import('@tensorflow/tfjs-layers').LayersModel}
 */
function buildNetwork(seed) {
  let nextSeed = seed;
  const initializer = () => tf.initializers.heNormal({ seed: nextSeed++ });

  /** @param {SymbolicTensor} x @returns {SymbolicTensor} */
  const normalize = (x) =>
    /** @type {SymbolicTensor} */ (tf.layers.batchNormalization({ momentum: 0.9 }).apply(x));
  /** @param {SymbolicTensor} x @returns {SymbolicTensor} */
  const clip = (x) => /** @type {SymbolicTensor} */ (tf.layers.reLU({ maxValue: 6 }).apply(x));
  /**
   * @param {SymbolicTensor} x
   * @param {number} filters
   * @param {number} kernelSize
   * @param {number} strides
   */
  const convolve = (x, filters, kernelSize, strides = 1) =>
    normalize(
      /** @type {SymbolicTensor} */ (
        tf.layers
          .conv2d({
            filters,
            kernelSize,
            strides,
            padding: 'same',
            useBias: false,
            kernelInitializer: initializer(),
          })
          .apply(x)
      ),
    );
  /** @param {SymbolicTensor} x @param {number} filters */
  const separable = (x, filters) => {
    const depthwise = tf.layers.depthwiseConv2d({
      kernelSize: 3,
      padding: 'same',
      useBias: false,
      depthwiseInitializer: initializer(),
    });
    const spatial = clip(normalize(/** @type {SymbolicTensor} */ (depthwise.apply(x))));
    return convolve(spatial, filters, 1);
  };
  /** @param {SymbolicTensor} x @param {number} filters */
  const residual = (x, filters) => {
    const sum = tf.layers.add().apply([x, separable(x, filters)]);
    return clip(/** @type {SymbolicTensor} */ (sum));
  };
  /** @param {SymbolicTensor} x @returns {SymbolicTensor} */
  const halve = (x) =>
    /** @type {SymbolicTensor} */ (
      tf.layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }).apply(x)
    );

  const input = tf.input({ shape: [SIZE, SIZE, CHANNELS] });
  let x = clip(convolve(input, 16, 3, 2));
  x = clip(convolve(x, 32, 3));
  x = halve(x);
  x = clip(separable(x, 64));
  x = residual(x, 64);
  x = residual(x, 64);
  x = halve(x);
  x = clip(separable(x, 128));
  x = residual(x, 128);
  x = residual(x, 128);
  const pooled = tf.layers.globalAveragePooling2d({}).apply(x);
  const output = tf.layers
    .dense({
      units: CLASSES.length,
      activation: 'softmax',
      kernelInitializer: initializer(),
    })
    .apply(pooled);
  return tf.model({ inputs: input, outputs: /** @type {SymbolicTensor} */ (output) });
}

module.exports = { buildNetwork };
