'use strict';

/**
 * The wasm backend can run this network but hardly train it: it lacks gradient kernels, and
 * others take long. They are written here out of operators that it is fast at, which makes
 * training many times faster than plain JavaScript. Only what the network needs: float32,
 * NHWC, no dilation, and depthwise convolutions of stride 1 with odd kernels and `same` padding.
 */

const tf = require('@tensorflow/tfjs-core');

/**
 * @typedef {tf.Tensor4D} Tensor4D
 * @typedef {{strides: number | [number, number], pad: 'same' | 'valid' | number,
 *   filterShape: [number, number, number, number], inputShape: [number, number, number, number]
 *   }} Attrs
 * @typedef {{inputs: Record<string, Tensor4D>, attrs: Attrs}} Call
 */

/**
 * @param {Attrs} attrs
 * @param {number[]} filterShape
 * @returns {boolean} whether outputs are as large as inputs, with as much padding on either side
 */
function keepsSize({ strides, pad }, [height, width]) {
  const isDense = [strides].flat().every((stride) => stride === 1);
  return isDense && pad === 'same' && height % 2 === 1 && width % 2 === 1;
}

/**
 * @param {string} kernelName
 * @param {Attrs} attrs
 * @param {number[]} filterShape
 * @throws {Error} for a depthwise convolution that the gradients here do not cover
 */
function checkDepthwise(kernelName, attrs, filterShape) {
  if (!keepsSize(attrs, filterShape) || filterShape[3] !== 1) {
    throw new Error(
      `[${kernelName}] expected stride 1, padding same, an odd kernel and channel multiplier 1, ` +
        `got strides ${attrs.strides}, padding ${attrs.pad}, filter ${filterShape}`,
    );
  }
}

/**
 * Gradient of a convolution's filter. It is itself a convolution: input channels take the place
 * of the batch, the batch that of the channels, and the output gradient is the filter.
 * @param {Call} call x [batch, height, width, in], dy [batch, outHeight, outWidth, out]
 * @returns {tf.Tensor} of the filter's shape
 */
function conv2dBackpropFilter({ inputs: { x, dy }, attrs: { strides, pad, filterShape } }) {
  const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad);
  const { top, bottom, left, right } = info.padInfo;
  const gradient = tf.conv2d(
    /** @type {Tensor4D} */ (tf.transpose(x, [3, 1, 2, 0])),
    /** @type {Tensor4D} */ (tf.transpose(dy, [1, 2, 0, 3])),
    1,
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    'NHWC',
    [info.strideHeight, info.strideWidth],
  );
  // A stride that does not come out even leaves rows that belong to no tap.
  return tf.slice(tf.transpose(gradient, [1, 2, 0, 3]), [0, 0, 0, 0], filterShape);
}

/**
 * Gradient of a convolution's input: the output gradient under the turned filter.
 * @param {Call} call dy [batch, height, width, out], filter [height, width, in, out]
 * @returns {tf.Tensor} [batch, height, width, in]
 */
function conv2dBackpropInput({ inputs: { dy, filter } }) {
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(dy, /** @type {Tensor4D} */ (turned), 1, 'same');
}

/**
 * Gradient of a depthwise filter: for each tap, the inputs that it meets times dy.
 * @param {Call} call x and dy [batch, height, width, channels]
 * @returns {tf.Tensor} of the filter's shape
 */
function depthwiseBackpropFilter({ inputs: { x, dy }, attrs }) {
  const [height, width] = attrs.filterShape;
  checkDepthwise('DepthwiseConv2dNativeBackpropFilter', attrs, attrs.filterShape);
  const [padY, padX] = [(height - 1) / 2, (width - 1) / 2];
  const padded = tf.pad(x, [
    [0, 0],
    [padY, padY],
    [padX, padX],
    [0, 0],
  ]);
  const taps = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const met = tf.slice(padded, [0, row, column, 0], dy.shape);
      taps.push(tf.sum(tf.mul(met, dy), [0, 1, 2]));
    }
  }
  return tf.reshape(tf.stack(taps), attrs.filterShape);
}

/**
 * Gradient of a depthwise convolution's input: the output gradient under the turned filter.
 * @param {Call} call dy [batch, height, width, channels], filter [height, width, channels, 1]
 * @returns {tf.Tensor} [batch, height, width, channels]
 */
function depthwiseBackpropInput({ inputs: { dy, filter }, attrs }) {
  checkDepthwise('DepthwiseConv2dNativeBackpropInput', attrs, filter.shape);
  return tf.depthwiseConv2d(dy, tf.reverse(filter, [0, 1]), 1, 'same');
}

/**
 * Gradients of a batch normalization over the last dimension. tfjs-core's own repeats the
 * statistics to the size of the input, which costs more than the convolutions.
 * @type {tf.GradFunc}
 */
function batchNormGradients(dy, saved, attrs) {
  const [x, mean, variance, scale] = saved;
  const { varianceEpsilon } = /** @type {any} */ (attrs);
  const inverse = tf.rsqrt(tf.add(variance, varianceEpsilon));
  const factor = tf.mul(inverse, scale);
  const axes = x.shape.map((_, i) => i).slice(0, -1);
  const upstream = /** @type {tf.Tensor} */ (dy);
  const sumDy = tf.sum(upstream, axes);
  const sumCentred = tf.sum(tf.mul(upstream, tf.sub(x, mean)), axes);
  return {
    x: () => tf.mul(upstream, factor),
    mean: () => tf.neg(tf.mul(sumDy, factor)),
    variance: () => tf.mul(tf.mul(sumCentred, factor), tf.mul(tf.square(inverse), -0.5)),
    scale: () => tf.mul(sumCentred, inverse),
    offset: () => sumDy,
  };
}

/**
 * @param {string} kernelName
 * @param {(call: Call) => tf.Tensor} compute
 * @param {tf.KernelConfig} [original] serves convolutions that change the size
 */
function register(kernelName, compute, original) {
  tf.registerKernel({
    ...original,
    kernelName,
    backendName: 'wasm',
    kernelFunc: (untyped) => {
      const call = /** @type {Call} */ (/** @type {unknown} */ (untyped));
      const isCovered = original === undefined || keepsSize(call.attrs, call.inputs.filter.shape);
      return isCovered ? tf.tidy(() => compute(call)) : original.kernelFunc(untyped);
    },
  });
}

/** Registers all of this with tfjs; to be called once, before the wasm backend starts. */
function registerWasmGradients() {
  register('Conv2DBackpropFilter', conv2dBackpropFilter);
  register('DepthwiseConv2dNativeBackpropFilter', depthwiseBackpropFilter);
  register('DepthwiseConv2dNativeBackpropInput', depthwiseBackpropInput);
  const original = tf.getKernel('Conv2DBackpropInput', 'wasm');
  tf.unregisterKernel('Conv2DBackpropInput', 'wasm');
  register('Conv2DBackpropInput', conv2dBackpropInput, original);
  tf.unregisterGradient('FusedBatchNorm');
  tf.registerGradient({
    kernelName: 'FusedBatchNorm',
    inputsToSave: ['x', 'mean', 'variance', 'scale'],
    gradFunc: batchNormGradients,
  });
}

module.exports = { registerWasmGradients };
