'use strict';

const { backend_util } = require('@tensorflow/tfjs-core');
const { summable, finite, magnitudeOf, sizeOf } = require('../tensors');
const { stretchable } = require('./elementwise');

// NaN and infinities stand only in what padding does not meet: whether 0 * NaN counts there differs
// between implementations, TensorFlow's own included.

/** @typedef {import('../random').Random} Random */
/** @typedef {import('../draft').Generator} Generator */
/** @typedef {import('../operators').Operator} Operator */
/** @typedef {import('../tensors').TensorSpec} TensorSpec */

// The oracle takes about a microsecond for a hundred of these.
const MOST_PRODUCTS = 400_000;

/** One value for all dimensions, or one for each. @param {Random} random @param {number} count */
function perDimension(random, count, draw) {
  return random.chance(0.5) ? draw() : random.list(count, draw);
}

/** @param {string | undefined} dataFormat */
const isChannelsFirst = (dataFormat = '') => dataFormat.startsWith('NC');

/**
 * A geometry of `spatial` dimensions: an input shape, a filter shape, and those of the attributes
 * that the operator takes.
 * @param {Random} random @param {Operator} op @param {number} spatial @param {boolean} depthwise
 */
function geometry(random, op, spatial, depthwise) {
  const dataFormat = op.draw(random, 'dataFormat');
  const isFirst = isChannelsFirst(dataFormat);
  const filterSize = random.list(spatial, () => random.pick([1, 1, 2, 3, 3, 5]));
  if (random.chance(0.3)) filterSize.fill(filterSize[0]);
  const dilations =
    op.takes('dilations') && random.chance(0.3)
      ? perDimension(random, spatial, () => random.int(1, 3))
      : 1;
  const isDilated = [dilations].flat().some((value) => value > 1);
  const strides = isDilated ? 1 : perDimension(random, spatial, () => random.pick([1, 1, 2, 3]));
  const extents = random.list(spatial, (i) =>
    Math.max(1, filterSize[i] * [dilations].flat()[0] + random.int(-1, spatial === 3 ? 4 : 9)),
  );
  let pad = random.pick(['same', 'valid']);
  let dimRoundingMode;
  if (op.takes('dimRoundingMode') && random.chance(0.3)) {
    dimRoundingMode = op.draw(random, 'dimRoundingMode');
    pad = random.int(0, 2);
    if (random.chance(0.5)) {
      const sides = random.list(2, () => [random.int(0, 3), random.int(0, 2)]);
      pad = isFirst ? [[0, 0], [0, 0], ...sides] : [[0, 0], ...sides, [0, 0]];
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
  return {
    inputShape: isFirst ? [batch, channels, ...extents] : [batch, ...extents, channels],
    filterShape: [...filterSize, channels, out],
    attrs: {
      strides,
      pad,
      dataFormat,
      dilations: isDilated ? dilations : op.takes('dilations') ? () => dilations : undefined,
      dimRoundingMode,
    },
    dilations,
    isDilated,
    depthwise,
    spatial,
  };
}

/** The output's shape; null where no window fits. */
function outputShape({ inputShape, filterShape, attrs, dilations, depthwise, spatial }) {
  const { strides, pad, dimRoundingMode, dataFormat } = attrs;
  const isFirst = isChannelsFirst(dataFormat);
  const layout = isFirst ? 'channelsFirst' : 'channelsLast';
  try {
    const info =
      spatial === 3
        ? backend_util.computeConv3DInfo(inputShape, filterShape, strides, dilations, pad, false, layout)
        : backend_util.computeConv2DInfo(
            inputShape, filterShape, strides, dilations, pad, dimRoundingMode, depthwise, layout,
          ); // prettier-ignore
    const first = isFirst ? 2 : 1;
    const extents = info.outShape.slice(first, first + spatial);
    return extents.every((extent) => extent >= 1) ? info.outShape : null;
  } catch {
    return null;
  }
}

/** Draws geometries until one has a window. @param {Random} random @param {Operator} op */
function fitting(random, op, spatial, depthwise) {
  for (;;) {
    const drawn = geometry(random, op, spatial, depthwise);
    const shape = outputShape(drawn);
    if (shape !== null) return { ...drawn, outShape: shape };
  }
}

/**
 * What a fused operator has behind its products: bias and prelu weights for an output of a shape,
 * and the attributes of its activation.
 * @param {Random} random @param {Operator} op
 * @param {number[]} outShape @param {TensorSpec['dtype']} dtype
 * @returns {Required<Pick<import('../draft').Draft, 'inputs' | 'attrs'>>}
 */
function tail(random, op, outShape, dtype, isFirst = false) {
  const activation = op.draw(random, 'activation');
  const last = isFirst ? outShape[1] : outShape[outShape.length - 1];
  const side = () => {
    const shape = random.chance(0.3) && random.pick([[], [1], stretchable(random, outShape)]);
    // One extent is that of the channels, which need not be the last dimension.
    return shape && (shape.length !== 1 || shape[0] === 1) ? shape : [last];
  };
  const alpha = activation === 'prelu' ? finite(random, side()) : undefined;
  return {
    inputs: [() => summable(random, side(), dtype), alpha],
    attrs: { activation, leakyreluAlpha: () => random.pick([0.3, 0.01, 1.5]) },
  };
}

/**
 * What a product rounds by, fused or not. oneDNN's elu and sigmoid are right to the last bits of 1.
 * @param {TensorSpec} a @param {TensorSpec} b What is multiplied.
 * @returns {(call: import('../draft').Call) => number}
 */
const productScale =
  (a, b) =>
  ({ inputs, attrs }) => {
    const { bias, preluActivationWeights: alpha } = /** @type {any} */ (inputs);
    const sum = magnitudeOf(a) * magnitudeOf(b) + (bias ? magnitudeOf(bias) : 0);
    const slope = alpha ? magnitudeOf(alpha) : (attrs.leakyreluAlpha ?? 0);
    return Math.max(sum * (1 + slope), attrs.activation === 'elu' ? 1 : 0);
  };

/**
 * A convolution, fused or not, or one of its gradients: what the table calls the tensors says which.
 * @param {number} spatial @param {{depthwise?: boolean}} [options] @returns {Generator}
 */
const convolution =
  (spatial, { depthwise = false } = {}) =>
  (random, op) => {
    const drawn = fitting(random, op, spatial, depthwise);
    const { inputShape, filterShape, outShape, attrs } = drawn;
    const names = op.inputs.map(({ name }) => name);
    /** @type {Record<string, number[]>} */
    const shapes = { x: inputShape, filter: filterShape, dy: outShape };
    const dtype = !names.includes('dy') && random.chance(0.2) ? 'int32' : 'float32';
    // What stands for tfjs's dilated gradient fills the filter up with zeros.
    const isFilled = names[0] === 'dy' && drawn.isDilated;
    const a = (isFilled ? finite : summable)(random, shapes[names[0]], dtype);
    const b = finite(random, shapes[names[1]], dtype);
    const isFirst = isChannelsFirst(attrs.dataFormat);
    const more = op.takes('activation')
      ? tail(random, op, outShape, dtype, isFirst)
      : { inputs: [], attrs: {} };
    return {
      inputs: [a, b, ...more.inputs],
      attrs: {
        ...attrs,
        ...more.attrs,
        inputShape: op.takes('inputShape') ? inputShape : undefined,
        filterShape: op.takes('filterShape') ? filterShape : undefined,
      },
      scale: productScale(a, b),
    };
  };

const planar = convolution(2);
const depthwise = convolution(2, { depthwise: true });
const volume = convolution(3);

/** @type {Record<string, Generator>} */
const generators = {
  Conv2D: planar,
  FusedConv2D: planar,
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2D: depthwise,
  Conv3D: volume,
  Conv2DBackpropInput: planar,
  Conv2DBackpropFilter: planar,
  DepthwiseConv2dNativeBackpropInput: depthwise,
  DepthwiseConv2dNativeBackpropFilter: depthwise,
  Conv3DBackpropInputV2: volume,
  Conv3DBackpropFilterV2: volume,
};

module.exports = { generators, productScale, perDimension, tail };
