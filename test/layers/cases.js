'use strict';

// Calls of every class of layers that tfjs-layers registers.

/**
 * @typedef {object} LayerCase
 * @property {any} [config]
 * @property {number[][]} inputs Shapes, with the batch. A layer of one input takes it, else a list.
 * @property {'int32' | 'float32'} [dtype]
 * @property {[number, number]} [range] Of the inputs' values; -1 to 1 unless it is given.
 * @property {boolean} [training] Whether it is called as in training.
 * @property {string} [noGradient] Why tfjs has none.
 * @property {string} [noConfig] Why its configuration does not say all.
 * @property {string} [noModel] Why no model of the layer predicts.
 */

const image = [2, 6, 5, 3];
const channelsFirst = [2, 3, 6, 5];
const volume = [1, 4, 5, 4, 2];
const sequence = [2, 5, 3];
const movie = [2, 3, 5, 4, 2];
const pair = [
  [2, 3, 4],
  [2, 3, 4],
];
const weights = { useBias: true, biasInitializer: 'ones' };
const integers = 'it takes integers';
const listed = 'tfjs-layers stumbles over the list of inputs that models give';
const grown = 'tfjs-layers changes the shape of the symbolic input';

/** @param {string} className @param {any} config */
const layer = (className, config) => ({ className, config });
const cells = [layer('GRUCell', { units: 4 }), layer('LSTMCell', { units: 3 })];

/** @param {any} config @returns {LayerCase[]} */
const pools = (config, shapes = [image], other = {}) => [
  { config, inputs: shapes },
  { config: { ...config, strides: 1, padding: 'same', ...other }, inputs: shapes },
];

/** @param {any} config @param {number[]} shape @returns {LayerCase[]} */
const recurrent = (config, shape = sequence) => [
  { config, inputs: [shape] },
  { config: { ...config, returnSequences: true, goBackwards: true }, inputs: [shape] },
  { config: { ...config, returnState: true, unroll: true }, inputs: [shape] },
];

/** @type {Record<string, LayerCase[]>} */
const layerCases = {
  Activation: [{ config: { activation: 'tanh' }, inputs: [[2, 3]] }],
  Add: [{ inputs: pair }, { inputs: [[2, 3, 4], [2, 1, 4], [2, 3, 1]] }],
  AlphaDropout: [{ config: { rate: 0.3 }, inputs: [[2, 3]] }],
  Average: [{ inputs: pair }],
  AveragePooling1D: pools({ poolSize: 2 }, [sequence]),
  AveragePooling2D: [
    ...pools({ poolSize: [2, 2] }, [image], { strides: [1, 2] }),
    { config: { dataFormat: 'channelsFirst' }, inputs: [channelsFirst] },
  ],
  AveragePooling3D: pools({ poolSize: 2 }, [volume], { strides: [1, 1, 2] }),
  BatchNormalization: [
    { config: { axis: -1 }, inputs: [image] },
    { config: { axis: 1, scale: false }, inputs: [channelsFirst], noGradient: 'tfjs has none without a scale' },
    { config: { momentum: 0.5 }, inputs: [[4, 3]], training: true },
  ],
  Bidirectional: [
    { config: { layer: layer('LSTM', { units: 3 }), mergeMode: 'concat' }, inputs: [sequence] },
    {
      config: { layer: layer('GRU', { units: 3, returnSequences: true }), mergeMode: 'ave' },
      inputs: [sequence],
    },
  ],
  CategoryEncoding: [
    {
      config: { numTokens: 5, outputMode: 'multiHot' },
      inputs: [[2, 3]],
      dtype: 'int32',
      range: [0, 5],
      noGradient: integers,
      noModel: grown,
    },
    {
      config: { numTokens: 5, outputMode: 'oneHot' },
      inputs: [[2, 1]],
      dtype: 'int32',
      range: [0, 5],
      noGradient: integers,
      noModel: grown,
    },
  ],
  CenterCrop: [
    { config: { height: 4, width: 3 }, inputs: [image], noGradient: 'tfjs has none of CropAndResize', noModel: grown },
    { config: { height: 8, width: 7 }, inputs: [image], noModel: grown },
  ],
  Concatenate: [{ config: { axis: 1 }, inputs: [[2, 3, 4], [2, 2, 4]] }, { inputs: pair }],
  Conv1D: [
    { config: { filters: 4, kernelSize: 3, ...weights }, inputs: [sequence] },
    { config: { filters: 4, kernelSize: 2, dilationRate: 2 }, inputs: [sequence], noGradient: 'tfjs has none of dilated convolutions' },
  ],
  Conv2D: [
    { config: { filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', ...weights }, inputs: [image] },
    { config: { filters: 4, kernelSize: [2, 3], strides: 2, dataFormat: 'channelsFirst' }, inputs: [channelsFirst] },
    { config: { filters: 2, kernelSize: 2, dilationRate: 2 }, inputs: [image], noGradient: 'tfjs has none of dilated convolutions' },
  ],
  Conv2DTranspose: [
    { config: { filters: 4, kernelSize: 3, strides: 2, padding: 'same', ...weights }, inputs: [image] },
    { config: { filters: 2, kernelSize: 2 }, inputs: [image] },
  ],
  Conv3D: [{ config: { filters: 3, kernelSize: 2, padding: 'same', ...weights }, inputs: [volume] }],
  Conv3DTranspose: [{ config: { filters: 3, kernelSize: 2, strides: 2, ...weights }, inputs: [volume], noGradient: 'tfjs has none of Conv3DBackpropInputV2' }],
  ConvLSTM2D: [
    { config: { filters: 3, kernelSize: 2 }, inputs: [movie] },
    { config: { filters: 2, kernelSize: 3, padding: 'same', returnSequences: true }, inputs: [movie] },
  ],
  ConvLSTM2DCell: [{ config: { filters: 3, kernelSize: 2, padding: 'same' }, inputs: [[2, 5, 4, 2], [2, 5, 4, 3], [2, 5, 4, 3]] }],
  Cropping2D: [
    { config: { cropping: [[1, 2], [0, 1]] }, inputs: [image] },
    { config: { cropping: 1, dataFormat: 'channelsFirst' }, inputs: [channelsFirst] },
  ],
  Dense: [
    { config: { units: 4, activation: 'sigmoid', ...weights }, inputs: [[2, 3]] },
    { config: { units: 2, kernelRegularizer: 'l1l2', kernelConstraint: 'unitNorm' }, inputs: [[2, 3, 4]] },
  ],
  DepthwiseConv2D: [
    { config: { kernelSize: 3, depthMultiplier: 2, padding: 'same', ...weights }, inputs: [image] },
    { config: { kernelSize: [2, 3], strides: 2 }, inputs: [image] },
  ],
  Dot: [
    { config: { axes: -1 }, inputs: [[2, 4], [2, 4]] },
    { config: { axes: [2, 1], normalize: true }, inputs: [[2, 3, 4], [2, 4, 5]] },
  ],
  Dropout: [{ config: { rate: 0.3 }, inputs: [[2, 3]] }, { config: { rate: 0.4, seed: 7 }, inputs: [[8, 8]], training: true }],
  ELU: [{ config: {}, inputs: [[2, 3]] }],
  Embedding: [
    { config: { inputDim: 7, outputDim: 3 }, inputs: [[2, 4]], dtype: 'int32', range: [0, 7] },
    { config: { inputDim: 7, outputDim: 3, maskZero: true }, inputs: [[2, 4]], dtype: 'int32', range: [0, 7] },
  ],
  Flatten: [{ inputs: [image] }, { config: { dataFormat: 'channelsFirst' }, inputs: [channelsFirst] }],
  GRU: recurrent({ units: 4, recurrentActivation: 'sigmoid' }),
  GRUCell: [{ config: { units: 4 }, inputs: [[2, 3], [2, 4]] }],
  GaussianDropout: [{ config: { rate: 0.3 }, inputs: [[2, 3]] }],
  GaussianNoise: [{ config: { stddev: 0.3 }, inputs: [[2, 3]] }],
  GlobalAveragePooling1D: [{ config: {}, inputs: [sequence] }],
  GlobalAveragePooling2D: [{ config: {}, inputs: [image] }, { config: { dataFormat: 'channelsFirst' }, inputs: [channelsFirst] }],
  GlobalMaxPooling1D: [{ config: {}, inputs: [sequence] }],
  GlobalMaxPooling2D: [{ config: {}, inputs: [image] }, { config: { dataFormat: 'channelsFirst' }, inputs: [channelsFirst] }],
  LSTM: recurrent({ units: 4, unitForgetBias: true }),
  LSTMCell: [{ config: { units: 4 }, inputs: [[2, 3], [2, 4], [2, 4]] }],
  LayerNormalization: [{ config: { axis: -1 }, inputs: [[2, 3, 4]] }, { config: { axis: [1, 2], center: false }, inputs: [[2, 3, 4]], noGradient: 'tfjs-layers lists a weight that it has not made' }],
  LeakyReLU: [{ config: { alpha: 0.2 }, inputs: [[2, 3]] }],
  Masking: [{ config: { maskValue: 0 }, inputs: [sequence], noGradient: 'tfjs has none of Any' }],
  MaxPooling1D: pools({ poolSize: 2 }, [sequence]),
  MaxPooling2D: [
    ...pools({ poolSize: [2, 2] }, [image], { strides: [1, 2] }),
    { config: { dataFormat: 'channelsFirst' }, inputs: [channelsFirst] },
  ],
  MaxPooling3D: pools({ poolSize: 2 }, [volume], { strides: [1, 1, 2] }),
  Maximum: [{ inputs: pair }],
  Minimum: [{ inputs: pair }],
  Multiply: [{ inputs: pair }, { inputs: [[2, 3, 4], [2, 3, 1]] }],
  PReLU: [{ config: { alphaInitializer: 'ones' }, inputs: [[2, 3]] }, { config: { sharedAxes: [1, 2] }, inputs: [image] }],
  Permute: [{ config: { dims: [2, 1] }, inputs: [sequence] }, { config: { dims: [3, 1, 2] }, inputs: [image] }],
  RNN: [
    { config: { cell: layer('SimpleRNNCell', { units: 4 }), returnSequences: true }, inputs: [sequence] },
    { config: { cell: layer('StackedRNNCells', { cells }) }, inputs: [sequence] },
  ],
  ReLU: [{ inputs: [[2, 3]] }, { config: { maxValue: 0.5 }, inputs: [[2, 3]] }],
  RepeatVector: [{ config: { n: 3 }, inputs: [[2, 4]] }],
  Rescaling: [{ config: { scale: 0.5, offset: 1 }, inputs: [image] }],
  Reshape: [{ config: { targetShape: [3, -1] }, inputs: [[2, 6, 2]] }],
  Resizing: [
    { config: { height: 4, width: 7 }, inputs: [image], noModel: listed },
    { config: { height: 9, width: 3, interpolation: 'nearest' }, inputs: [image], noModel: listed },
  ],
  SeparableConv2D: [
    { config: { filters: 4, kernelSize: 3, depthMultiplier: 2, padding: 'same', ...weights }, inputs: [image], noConfig: 'tfjs-layers leaves depthMultiplier out' },
    { config: { filters: 2, kernelSize: 2, strides: 2 }, inputs: [image] },
  ],
  SimpleRNN: recurrent({ units: 4, activation: 'relu' }),
  SimpleRNNCell: [{ config: { units: 4 }, inputs: [[2, 3], [2, 4]] }],
  Softmax: [{ inputs: [[2, 3]] }],
  SpatialDropout1D: [{ config: { rate: 0.3 }, inputs: [sequence] }],
  StackedRNNCells: [{ config: { cells }, inputs: [[2, 3], [2, 3], [2, 3], [2, 4]] }],
  ThresholdedReLU: [{ config: { theta: 0.3 }, inputs: [[2, 3]], noGradient: 'tfjs has none of Greater' }],
  TimeDistributed: [
    { config: { layer: layer('Dense', { units: 4 }) }, inputs: [sequence] },
    { config: { layer: layer('Conv2D', { filters: 2, kernelSize: 2 }) }, inputs: [movie] },
  ],
  UpSampling2D: [
    { config: { size: [2, 3] }, inputs: [image] },
    { config: { size: [2, 2], interpolation: 'bilinear' }, inputs: [image] },
    { config: { dataFormat: 'channelsFirst' }, inputs: [channelsFirst] },
  ],
  ZeroPadding2D: [
    { config: { padding: [[1, 0], [2, 3]] }, inputs: [image] },
    { config: { dataFormat: 'channelsFirst' }, inputs: [channelsFirst] },
  ],
}; // prettier-ignore

/** Classes that are registered as layers and have no case, and why. @type {Record<string, string>} */
const leftOut = {
  Functional: 'it is Model under another name',
  InputLayer: 'it computes nothing: every model here begins with it',
  Model: 'it is made of layers: every case here makes one',
  RandomWidth: 'it draws its width in JavaScript; Resizing is what it does with it',
  Sequential: 'it is made of layers; test/capture and test/training use it',
};

module.exports = { layerCases, leftOut };
