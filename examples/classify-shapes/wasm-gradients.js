'use strict';

/**
 * The wasm backend can run this network but not train it: it lacks three gradient kernels. They
 * are written here out of operators that it has, which is still much faster than plain
 * JavaScript. Only what the network uses: float32, NHWC, no dilation, and for the depthwise
 * input gradient stride 1 and odd kernels with `same` padding.
 */

const tf = require('@tensorflow/tfjs-core');

/**
 * @typedef {{top: number, bottom: number, left: number, right: number}} Padding
 * @typedef {{padInfo: Padding, filterHeight: number, filterWidth: number, strideHeight: number,
 *   strideWidth: number, outHeight: number, outWidth: number}} ConvInfo
 */

/**
 * Calls `visit` with the part of `x` that each tap of the kernel meets.
 * @param {import('@tensorflow/tfjs-core').Tensor4D} x [batch, height, width, channels]
 * @param {ConvInfo} info
 * @param {(part: import('@tensorflow/tfjs-core').Tensor4D) => tf.Tensor} visit `part` has the
 *   shape [batch, outHeight, outWidth, channels]
 * @returns {tf.Tensor[]} what `visit` returned, one for each tap, row by row
 */
function mapTaps(x, info, visit) {
  const { top, bottom, left, right } = info.padInfo;
  const padded = tf.pad4d(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
  const [batch, , , channels] = x.shape;
  const results = [];
  for (let row = 0; row < info.filterHeight; row++) {
    for (let column = 0; column < info.filterWidth; column++) {
      const part = tf.stridedSlice(
        padded,
        [0, row, column, 0],
        [
          batch,
          row + (info.outHeight - 1) * info.strideHeight + 1,
          column + (info.outWidth - 1) * info.strideWidth + 1,
          channels,
        ],
        [1, info.strideHeight, info.strideWidth, 1],
      );
      results.push(visit(/** @type {any} */ (part)));
    }
  }
  return results;
}

/**
 * Gradient of a convolution's filter. It is itself a convolution: input channels take the place
 * of the batch, the batch that of the channels, and the output gradient is the filter.
 */
function conv2dBackpropFilter({ inputs: { x, dy }, attrs }) {
  const { strides, pad, filterShape, dimRoundingMode } = attrs;
  const { padInfo, strideHeight, strideWidth } = tf.backend_util.computeConv2DInfo(
    x.shape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const gradient = tf.conv2d(
    tf.transpose(x, [3, 1, 2, 0]),
    tf.transpose(dy, [1, 2, 0, 3]),
    1,
    [
      [0, 0],
      [padInfo.top, padInfo.bottom],
      [padInfo.left, padInfo.right],
      [0, 0],
    ],
    'NHWC',
    [strideHeight, strideWidth],
  );
  return tf.slice(tf.transpose(gradient, [1, 2, 0, 3]), [0, 0, 0, 0], filterShape);
}

/** Gradient of a depthwise convolution's filter. */
function depthwiseBackpropFilter({ inputs: { x, dy }, attrs }) {
  const { strides, pad, dimRoundingMode, filterShape } = attrs;
  const info = tf.backend_util.computeConv2DInfo(
    x.shape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
    true,
  );
  if (filterShape[3] !== 1) throw new Error('expected channel multiplier 1');
  const taps = mapTaps(x, info, (part) => tf.sum(tf.mul(part, dy), [0, 1, 2]));
  return tf.reshape(tf.stack(taps), filterShape);
}

/** Gradient of a depthwise convolution's input: the output gradient under the turned filter. */
function depthwiseBackpropInput({ inputs: { dy, filter }, attrs }) {
  return tf.depthwiseConv2d(dy, tf.reverse(filter, [0, 1]), 1, 'same');
}

const KERNELS = {
  Conv2DBackpropFilter: conv2dBackpropFilter,
  DepthwiseConv2dNativeBackpropFilter: depthwiseBackpropFilter,
  DepthwiseConv2dNativeBackpropInput: depthwiseBackpropInput,
};

for (const [kernelName, compute] of Object.entries(KERNELS)) {
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: (call) => tf.tidy(() => compute(/** @type {any} */ (call))),
  });
}
