'use strict';

// Pooling, dilation, and operators on images.

const { backend_util } = require('@tensorflow/tfjs-core');
const { tensor, integers, finite } = require('../tensors');
const { perDimension } = require('./convolution');

/** @typedef {import('../random').Random} Random */
/** @typedef {import('../draft').Generator} Generator */
/** @typedef {import('../operators').Operator} Operator */

const NUMBERS = /** @type {const} */ (['float32', 'float32', 'int32']);

/**
 * A pooling: input shape, attributes, output shape.
 * @param {Random} random @param {Operator} op @param {number} spatial
 */
function pooling(random, op, spatial) {
  for (;;) {
    const filterSize = perDimension(random, spatial, () => random.pick([1, 2, 2, 3, 5]));
    const strides = perDimension(random, spatial, () => random.pick([1, 1, 2, 3]));
    const extents = random.list(spatial, () => random.int(1, spatial === 3 ? 6 : 12));
    const batch = random.chance(0.03) ? 0 : random.int(1, 3);
    const shape = [batch, ...extents, random.channels()];
    let pad = random.pick(['same', 'valid']);
    let dimRoundingMode;
    if (random.chance(0.2)) {
      pad = random.int(0, 1);
      dimRoundingMode = op.draw(random, 'dimRoundingMode');
    }
    const attrs = { filterSize, strides, pad, dimRoundingMode };
    try {
      const info =
        spatial === 3
          ? backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode)
          : backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
      if (info.outShape.slice(1).every((extent) => extent >= 1)) {
        return { shape, attrs, outShape: info.outShape };
      }
    } catch {
      // No window fits; the next ones may.
    }
  }
}

/** @param {number} spatial @param {readonly any[]} dtypes @returns {Generator} */
const pool = (spatial, dtypes, kinds) => (random, op) => {
  const { shape, attrs } = pooling(random, op, spatial);
  return { inputs: [tensor(random, shape, random.pick(dtypes), kinds)], attrs, scale: 'sum' };
};

/** @param {number} spatial @returns {Generator} */
const poolGradient = (spatial) => (random, op) => {
  const { shape, attrs, outShape } = pooling(random, op, spatial);
  const make = {
    dy: () => tensor(random, outShape, 'float32', { floats: 'unit' }),
    input: () => tensor(random, shape, 'float32', { floats: ['unit', 'few'] }),
    output: () => tensor(random, outShape, 'float32'),
  };
  return { inputs: op.inputs.map(({ name }) => make[name]()), attrs, scale: 'sum' };
};

/** @param {Random} random @param {any} [kinds] */
function image(random, dtype = 'float32', kinds = { floats: ['unit', 'few', 'holes'] }) {
  const extents = random.list(2, () => random.int(1, 20));
  const batch = random.chance(0.02) ? 0 : random.int(1, 3);
  return tensor(random, [batch, ...extents, random.pick([1, 2, 3, 4, 8, 17])], dtype, kinds);
}

/** @returns {Generator} */
const resize = (dtypes) => (random, op) => {
  // tfjs carries integers through float32.
  const kinds = { floats: ['unit', 'few', 'holes'], ints: ['small', 'medium'] };
  const images = image(random, random.pick(dtypes), kinds);
  const alignCorners = op.draw(random, 'alignCorners');
  // Not both.
  const halfPixelCenters = alignCorners ? false : op.draw(random, 'halfPixelCenters');
  return {
    inputs: [images],
    attrs: { size: random.list(2, () => random.int(1, 30)), alignCorners, halfPixelCenters },
    tolerance: 1e-5,
    scale: 'sum',
  };
};

/** @type {Generator} */
const resizeGradient = (random) => {
  const images = image(random);
  const [batch, , , channels] = images.shape;
  const dy = finite(random, [batch, random.int(1, 20), random.int(1, 20), channels]);
  return { inputs: [images, dy], scale: 'sum' };
};

/** @param {readonly any[]} dtypes @returns {Generator} */
const dilation = (dtypes) => (random, op) => {
  for (;;) {
    const { shape, attrs } = pooling(random, op, 2);
    const filter = [random.int(1, 3), random.int(1, 3), shape[3]];
    const { strides } = attrs;
    const pad = random.pick(['same', 'valid']);
    const dilations = perDimension(random, 2, () => random.pick([1, 1, 2]));
    const info = backend_util.computeDilation2DInfo(
      shape, filter, strides, pad, 'NHWC', dilations,
    ); // prettier-ignore
    if (shape[0] === 0 || info.outShape.some((extent) => !(extent >= 1))) continue;
    const dtype = random.pick(dtypes);
    const shapes = { x: shape, filter, dy: info.outShape };
    const kinds = { floats: ['unit', 'few'], ints: 'small' };
    return {
      inputs: op.inputs.map(({ name }) => tensor(random, shapes[name], dtype, kinds)),
      attrs: { strides, pad, dilations: dilations === 1 ? () => 1 : dilations },
      scale: op.inputs.length > 2 ? 'sum' : undefined,
    };
  }
};

/** @type {Record<string, Generator>} */
const generators = {
  MaxPool: pool(2, [...NUMBERS, 'bool'], { ints: ['small', 'special'] }),
  AvgPool: pool(2, NUMBERS, { floats: ['unit', 'few', 'holes', 'scaled'], ints: 'small' }),
  MaxPool3D: pool(3, [...NUMBERS, 'bool'], { ints: 'small' }),
  AvgPool3D: pool(3, NUMBERS, { floats: ['unit', 'few', 'holes', 'scaled'], ints: 'small' }),
  MaxPoolWithArgmax: pool(2, NUMBERS, { floats: ['unit', 'few', 'holes'], ints: 'small' }),
  MaxPoolGrad: poolGradient(2),
  AvgPoolGrad: poolGradient(2),
  MaxPool3DGrad: poolGradient(3),
  AvgPool3DGrad: poolGradient(3),
  ResizeBilinear: resize(['float32', 'float32', 'int32', 'bool']),
  ResizeNearestNeighbor: resize(['float32', 'float32', 'int32']),
  ResizeBilinearGrad: resizeGradient,
  ResizeNearestNeighborGrad: resizeGradient,
  CropAndResize: (random) => {
    const kinds = { floats: ['unit', 'few', 'holes'], ints: ['small', 'medium'] };
    const source = image(random, random.pick(NUMBERS), kinds);
    const count = random.int(0, 5);
    const boxes = Float32Array.from({ length: 4 * count }, () =>
      random.chance(0.03) ? random.pick([NaN, Infinity, 1e9]) : random.between(-0.5, 1.5),
    );
    // Boxes that end on the image's edges, whole images among them.
    for (let i = 0; i < boxes.length; i++) if (random.chance(0.3)) boxes[i] = random.int(0, 1);
    return {
      inputs: [
        source,
        { shape: [count, 4], dtype: /** @type {const} */ ('float32'), values: boxes },
        integers(random, [count], -1, source.shape[0]),
      ],
      attrs: {
        cropSize: random.list(2, () => random.int(1, 12)),
        extrapolationValue: () => random.pick([0, -3.5, NaN]),
      },
      tolerance: 1e-4,
      scale: 'sum',
    };
  },
  FlipLeftRight: (random) => ({ inputs: [image(random, random.pick(NUMBERS))], scale: 'exact' }),
  RotateWithOffset: (random) => ({
    inputs: [image(random, random.pick(NUMBERS))],
    attrs: {
      radians: random.between(-7, 7),
      fillValue: () => random.pick([0, 1, [1, 2, 3]]),
      center: () => random.pick([0.5, 0, [0.2, 0.9]]),
    },
    scale: 'exact',
  }),
  Transform: (random) => {
    const source = image(random);
    const rows = random.pick([1, source.shape[0]]);
    const near = [1, 0, 0, 0, 1, 0, 0, 0];
    const reach = [0.4, 0.3, 5, 0.3, 0.4, 5, 0.02, 0.02];
    const values = random.list(rows * 8, (i) => near[i % 8] + random.between(-1, 1) * reach[i % 8]);
    return {
      inputs: [
        source,
        {
          shape: [rows, 8],
          dtype: /** @type {const} */ ('float32'),
          values: Float32Array.from(values),
        },
      ],
      attrs: {
        fillValue: () => random.pick([0, 0.25]),
        outputShape: () => random.list(2, () => random.int(1, 12)),
      },
      tolerance: 1e-4,
    };
  },
  Dilation2D: dilation(NUMBERS),
  Dilation2DBackpropInput: dilation(['float32']),
  Dilation2DBackpropFilter: dilation(['float32']),
};

module.exports = { generators };
