'use strict';

const { backend_util } = require('@tensorflow/tfjs-core');
const { summable, finite, magnitudeOf, sizeOf } = require('../tensors');
const { stretchable } = require('./elementwise');

// NaN and infinities stand only in what padding does not meet: whether 0 * NaN counts there differs
// between implementations, TensorFlow's own included.

/** @typedef {import('../random').Random} Random */
/** @typedef {import('./index').Generator} Generator */
/** @typedef {import('../tensors').TensorSpec} TensorSpec */

const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'prelu', 'leakyrelu', 'sigmoid'];
// The oracle takes about a microsecond for a hundred of these.
const MOST_PRODUCTS = 400_000;

/**
 * Magnitude of the products of two tensors, which sums of them round by.
 * @param {TensorSpec} a @param {TensorSpec} b
 */
const productScale = (a, b) => magnitudeOf(a) * magnitudeOf(b);

/** One value for all dimensions, or one for each. @param {Random} random @param {number} count */
function perDimension(random, count, draw) {
  return random.chance(0.5) ? draw() : random.list(count, draw);
}

/**
 * A geometry of `spatial` dimensions: an input shape, a filter shape, and the attributes.
 * @param {Random} random @param {number} spatial
 * @param {{depthwise?: boolean, dilated?: boolean, explicitPad?: boolean, layouts?: string[]}} options
 */
function geometry(random, spatial, options) {
  const { depthwise = false, dilated = false, explicitPad = spatial === 2 } = options;
  const dataFormat = random.pick(options.layouts ?? ['NHWC']);
  const filterSize = random.list(spatial, () => random.pick([1, 1, 2, 3, 3, 5]));
  if (random.chance(0.3)) filterSize.fill(filterSize[0]);
  const dilations =
    dilated && random.chance(0.3) ? perDimension(random, spatial, () => random.int(1, 3)) : 1;
  const isDilated = [dilations].flat().some((value) => value > 1);
  const strides = isDilated ? 1 : perDimension(random, spatial, () => random.pick([1, 1, 2, 3]));
  const extents = random.list(spatial, (i) =>
    Math.max(1, filterSize[i] * [dilations].flat()[0] + random.int(-1, spatial === 3 ? 4 : 9)),
  );
  let pad = random.pick(['same', 'valid']);
  let dimRoundingMode;
  if (explicitPad && random.chance(0.3)) {
    dimRoundingMode = random.pick(['floor', 'round', 'ceil']);
    pad = random.int(0, 2);
    if (random.chance(0.5)) {
      const sides = random.list(2, () => [random.int(0, 3), random.int(0, 2)]);
      pad = dataFormat === 'NCHW' ? [[0, 0], [0, 0], ...sides] : [[0, 0], ...sides, [0, 0]];
    }
  }
  let batch = random.pick([1, 1, 2, 3]);
  let channels = random.channels();
  let out = depthwise ? random.pick([1, 1, 1, 2, 3, 8]) : random.channels();
  const products = () => batch * sizeOf(extents) * sizeOf(filterSize) * channels * out;
  while (products() > MOST_PRODUCTS && batch * channels > 1) {
    batch = 1;
    channels = Math.ceil(channels / 2);
    if (!depthwise) out = Math.ceil(out / 2);
  }
  const emptied = random.int(0, 50);
  if (emptied === 0) batch = 0;
  if (emptied === 1) channels = 0;
  if (emptied === 2) out = 0;
  const isFirst = dataFormat.startsWith('NC');
  return {
    inputShape: isFirst ? [batch, channels, ...extents] : [batch, ...extents, channels],
    filterShape: [...filterSize, channels, out],
    attrs: { strides, pad, dataFormat, dilations, dimRoundingMode },
    channels,
    depthwise,
    spatial,
  };
}

/** The output's shape; null where no window fits. */
function outputShape({ inputShape, filterShape, attrs, depthwise, spatial }) {
  const { strides, dilations, pad, dimRoundingMode, dataFormat } = attrs;
  const layout = dataFormat.startsWith('NC') ? 'channelsFirst' : 'channelsLast';
  try {
    const info =
      spatial === 3
        ? backend_util.computeConv3DInfo(inputShape, filterShape, strides, dilations, pad, false, layout)
        : backend_util.computeConv2DInfo(
            inputShape, filterShape, strides, dilations, pad, dimRoundingMode, depthwise, layout,
          ); // prettier-ignore
    const first = dataFormat.startsWith('NC') ? 2 : 1;
    const extents = info.outShape.slice(first, first + spatial);
    return extents.every((extent) => extent >= 1) ? info.outShape : null;
  } catch {
    return null;
  }
}

/** Draws geometries until one has a window. @param {Random} random */
function fitting(random, spatial, options) {
  for (;;) {
    const drawn = geometry(random, spatial, options);
    const shape = outputShape(drawn);
    if (shape !== null) return { ...drawn, outShape: shape };
  }
}

/** @param {number} spatial @param {object} options @returns {Generator} */
const forward = (spatial, options) => (random) => {
  const { inputShape, filterShape, attrs } = fitting(random, spatial, options);
  const dtype = random.chance(0.2) ? 'int32' : 'float32';
  const x = summable(random, inputShape, dtype);
  const filter = finite(random, filterShape, dtype);
  return { inputs: { x, filter }, attrs, scale: productScale(x, filter) };
};

/**
 * Bias, activation and prelu weights for an output of a shape.
 * @param {Random} random @param {number[]} outShape @param {TensorSpec['dtype']} dtype
 */
function tail(random, outShape, dtype, isChannelsFirst = false) {
  const activation = random.pick(ACTIVATIONS);
  const last = isChannelsFirst ? outShape[1] : outShape[outShape.length - 1];
  const side = () =>
    random.chance(0.7) ? [last] : random.pick([[], [1], stretchable(random, outShape)]);
  return {
    inputs: {
      bias: random.chance(0.7) ? summable(random, side(), dtype) : undefined,
      preluActivationWeights: activation === 'prelu' ? finite(random, side()) : undefined,
    },
    attrs: { activation, leakyreluAlpha: random.pick([undefined, 0.3, 0.01, 1.5]) },
  };
}

/**
 * What a fused operator rounds by. oneDNN's elu and sigmoid are right to the last bits of 1.
 * @param {number} products Magnitude of what is summed.
 */
function fusedScale(products, { inputs: { bias, preluActivationWeights: alpha }, attrs }) {
  const sum = products + (bias ? magnitudeOf(bias) : 0);
  const slope = alpha ? magnitudeOf(alpha) : (attrs.leakyreluAlpha ?? 0);
  return Math.max(sum * (1 + slope), attrs.activation === 'elu' ? 1 : 0);
}

/** @param {object} options @returns {Generator} */
const fused = (options) => (random) => {
  const { inputShape, filterShape, attrs, outShape } = fitting(random, 2, options);
  const dtype = random.chance(0.15) ? 'int32' : 'float32';
  const x = summable(random, inputShape, dtype);
  const filter = finite(random, filterShape, dtype);
  const more = tail(random, outShape, dtype, attrs.dataFormat === 'NCHW');
  const scale = fusedScale(productScale(x, filter), more);
  return { inputs: { x, filter, ...more.inputs }, attrs: { ...attrs, ...more.attrs }, scale };
};

/** The gradient for the input. @returns {Generator} */
const inputGradient = (spatial, options) => (random) => {
  const { inputShape, filterShape, attrs, outShape } = fitting(random, spatial, options);
  const dy = summable(random, outShape);
  const filter = finite(random, filterShape);
  return {
    inputs: { dy, filter },
    attrs: { ...attrs, inputShape },
    scale: productScale(dy, filter),
  };
};

/** The gradient for the filter. @returns {Generator} */
const filterGradient = (spatial, options) => (random) => {
  const { inputShape, filterShape, attrs, outShape } = fitting(random, spatial, options);
  const x = summable(random, inputShape);
  const dy = finite(random, outShape);
  return { inputs: { x, dy }, attrs: { ...attrs, filterShape }, scale: productScale(x, dy) };
};

const both = ['NHWC', 'NHWC', 'NCHW'];

/** @type {Record<string, Generator>} */
const generators = {
  Conv2D: forward(2, { dilated: true, layouts: both }),
  FusedConv2D: fused({ dilated: true, layouts: both }),
  DepthwiseConv2dNative: forward(2, { dilated: true, depthwise: true, layouts: both }),
  FusedDepthwiseConv2D: fused({ dilated: true, depthwise: true }),
  Conv3D: forward(3, { dilated: true, layouts: ['NDHWC'] }),
  Conv2DBackpropInput: inputGradient(2, { layouts: both }),
  Conv2DBackpropFilter: filterGradient(2, { layouts: both }),
  DepthwiseConv2dNativeBackpropInput: inputGradient(2, { depthwise: true }),
  DepthwiseConv2dNativeBackpropFilter: filterGradient(2, { depthwise: true }),
  Conv3DBackpropInputV2: inputGradient(3, { layouts: ['NDHWC'] }),
  Conv3DBackpropFilterV2: filterGradient(3, { layouts: ['NDHWC'] }),
};

module.exports = {
  generators,
  geometry,
  outputShape,
  productScale,
  perDimension,
  tail,
  fusedScale,
};
