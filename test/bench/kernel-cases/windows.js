'use strict';

// Convolution, pooling and dilation. What an operator's inputs are called says whether it is a
// gradient.

const { operators } = require('../../fuzz/operators');
const { sizeOf } = require('./tensors');
const { image, photo, volume, channels } = require('./shapes');
const { floats } = require('./tensors');

/** @typedef {import('./shapes').MakeCall} MakeCall */
/** @typedef {(size: number) => number[]} ShapeOf */

/**
 * The inputs that an operator has, and the attributes.
 * @param {string} op @param {Record<string, number[]>} shapes @param {Record<string, any>} attrs
 */
function takenBy(op, shapes, attrs) {
  const row = operators.get(op);
  if (row === undefined) throw new Error(`no operator ${op}`);
  const names = row.inputs.map(({ name }) => name).filter((name) => name in shapes);
  return {
    inputs: Object.fromEntries(names.map((name) => [name, floats(shapes[name])])),
    attrs: Object.fromEntries(Object.entries(attrs).filter(([name]) => row.takes(name))),
  };
}

/**
 * The extents of an output beside padding that loses nothing.
 * @param {number[]} shape @param {number} stride @param {number} [outChannels]
 */
const strided = ([batch, ...rest], stride, outChannels = channels(rest)) => [
  batch,
  ...rest.slice(0, -1).map((extent) => Math.ceil(extent / stride)),
  outChannels,
];

/**
 * @param {string} op @param {ShapeOf} shapeOf
 * @param {(channels: number) => number[]} filterOf @param {number} [stride] @returns {MakeCall}
 */
const convolution =
  (op, shapeOf, filterOf, stride = 1) =>
  (size) => {
    const inputShape = shapeOf(size);
    const filterShape = filterOf(channels(inputShape));
    const isDepthwise = op.includes('Depthwise');
    const outChannels = isDepthwise ? channels(inputShape) : channels(filterShape);
    const outShape = strided(inputShape, stride, outChannels);
    const spatial = filterShape.length - 2;
    const steps = (/** @type {number} */ step) => Array(spatial).fill(step);
    const shapes = { x: inputShape, filter: filterShape, dy: outShape, bias: [outChannels] };
    return {
      ...takenBy(op, shapes, {
        strides: steps(stride),
        pad: 'same',
        dataFormat: spatial === 3 ? 'NDHWC' : 'NHWC',
        dilations: steps(1),
        activation: 'relu',
        inputShape,
        filterShape,
      }),
      products: (sizeOf(outShape) * sizeOf(filterShape)) / outChannels,
    };
  };

/** @param {string} op @returns {MakeCall} */
const planar = (op) => convolution(op, image, (width) => [3, 3, width, width]);
/** @param {string} op @returns {MakeCall} */
const depthwise = (op) => convolution(op, image, (width) => [3, 3, width, 1]);
/** @param {string} op @returns {MakeCall} */
const voluminous = (op) => convolution(op, volume, (width) => [3, 3, 3, width, width]);

/** By windows of 3 in steps of 2. @param {string} op @param {ShapeOf} shapeOf @returns {MakeCall} */
const pooling = (op, shapeOf) => (size) => {
  const shape = shapeOf(size);
  const pooled = strided(shape, 2);
  const steps = (/** @type {number} */ step) => Array(shape.length - 2).fill(step);
  return takenBy(
    op,
    { x: shape, input: shape, dy: pooled, output: pooled },
    {
      filterSize: steps(3),
      strides: steps(2),
      pad: 'same',
      dataFormat: 'NDHWC',
      includeBatchInIndex: false,
    },
  );
};

/** @param {string} op @returns {MakeCall} */
const dilation = (op) => (size) => {
  const shape = image(size);
  return takenBy(
    op,
    { x: shape, filter: [3, 3, channels(shape)], dy: shape },
    { strides: [1, 1], pad: 'same', dilations: [1, 1] },
  );
};

/** @type {import('./shapes').CallsByOperator} */
const others = {
  Conv2D: {
    '': planar('Conv2D'),
    '1x1': convolution('Conv2D', image, (width) => [1, 1, width, width]),
    'of photos': convolution('Conv2D', photo, (width) => [3, 3, width, 32], 2),
  },
  FusedConv2D: planar('FusedConv2D'),
  Conv2DBackpropInput: planar('Conv2DBackpropInput'),
  Conv2DBackpropFilter: planar('Conv2DBackpropFilter'),
  MaxPoolWithArgmax: pooling('MaxPoolWithArgmax', image),
  AvgPoolGrad: pooling('AvgPoolGrad', image),
  MaxPoolGrad: pooling('MaxPoolGrad', image),
};
for (const name of ['DepthwiseConv2dNative', 'FusedDepthwiseConv2D'])
  others[name] = depthwise(name);
for (const name of ['BackpropInput', 'BackpropFilter']) {
  others[`DepthwiseConv2dNative${name}`] = depthwise(`DepthwiseConv2dNative${name}`);
  others[`Conv3D${name}V2`] = voluminous(`Conv3D${name}V2`);
  others[`Dilation2D${name}`] = dilation(`Dilation2D${name}`);
}
others.Conv3D = voluminous('Conv3D');
others.Dilation2D = dilation('Dilation2D');
for (const name of ['AvgPool3D', 'MaxPool3D', 'AvgPool3DGrad', 'MaxPool3DGrad']) {
  others[name] = pooling(name, volume);
}

/** @type {import('./shapes').CallsByOperator} */
const memoryBound = { AvgPool: pooling('AvgPool', image), MaxPool: pooling('MaxPool', image) };

/** @type {import('./shapes').Family} */
module.exports = { memoryBound, others };
