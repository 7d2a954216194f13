'use strict';

// Normalization, and what takes images.

const { image, halfImage, photo, channelsOf } = require('./shapes');
const { floats, integers, bytes, exactly } = require('./tensors');

/** @typedef {import('./shapes').MakeCall} MakeCall */

const resizeAttrs = { alignCorners: false, halfPixelCenters: true };

/** @type {MakeCall} */
const resize = (size) => ({
  inputs: { images: floats(halfImage(size)) },
  attrs: { size: image(size).slice(1, 3), ...resizeAttrs },
});

/** @type {MakeCall} */
const halvePhoto = (size) => {
  const shape = photo(size);
  return {
    inputs: { images: floats(shape) },
    attrs: { size: shape.slice(1, 3).map((extent) => Math.ceil(extent / 2)), ...resizeAttrs },
  };
};

/** @type {MakeCall} */
const resizeGradient = (size) => ({
  inputs: { images: floats(halfImage(size)), dy: floats(image(size)) },
  attrs: { alignCorners: false },
});

const responseAttrs = { depthRadius: 5, bias: 1, alpha: 1, beta: 0.5 };

/** @type {import('./shapes').CallsByOperator} */
const memoryBound = {
  FusedBatchNorm: (size) => {
    const [mean, offset] = [-1, 0].map((low) => floats([channelsOf(size)], low));
    const [variance, scale] = [0.5, 1].map((low) => floats([channelsOf(size)], low, 2));
    return {
      inputs: { x: floats(image(size)), mean, variance, offset, scale },
      attrs: { varianceEpsilon: 1e-3 },
    };
  },
  ResizeBilinear: { '': resize, 'of photos': halvePhoto },
  ResizeNearestNeighbor: resize,
  FromPixels: (size) => {
    const [, height, width] = photo(size);
    const data = bytes(4 * height * width);
    return { inputs: { pixels: { data, width, height } }, attrs: { numChannels: 3 } };
  },
  FlipLeftRight: (size) => ({ inputs: { image: floats(image(size)) } }),
};

/** @type {import('./shapes').CallsByOperator} */
const others = {
  LRN: (size) => ({ inputs: { x: floats(image(size)) }, attrs: responseAttrs }),
  LRNGrad: (size) => {
    const [x, y, dy] = [0, 0.5, 1].map((low) => floats(image(size), low, 2));
    return { inputs: { x, y, dy }, attrs: responseAttrs };
  },
  ResizeBilinearGrad: resizeGradient,
  ResizeNearestNeighborGrad: resizeGradient,
  CropAndResize: (size) => ({
    inputs: {
      image: floats(image(size)),
      boxes: exactly([4, 4], [0, 0, 1, 1, 0, 0, 0.5, 0.5, 0.2, 0.3, 0.8, 0.9, 0.5, 0, 1, 0.6]),
      boxInd: integers([4], 0, 1),
    },
    attrs: { cropSize: halfImage(size).slice(1, 3), method: 'bilinear', extrapolationValue: 0 },
  }),
  RotateWithOffset: (size) => ({
    inputs: { image: floats(image(size)) },
    attrs: { radians: 0.3, fillValue: 0, center: 0.5 },
  }),
  Transform: (size) => ({
    inputs: {
      image: floats(image(size)),
      transforms: exactly([1, 8], [0.9, 0.1, 0, -0.1, 0.9, 0.2, 0, 0]),
    },
    attrs: {
      interpolation: 'bilinear',
      fillMode: 'constant',
      fillValue: 0,
      outputShape: image(size).slice(1, 3),
    },
  }),
};

/** @type {import('./shapes').Family} */
module.exports = { memoryBound, others };
