'use strict';

// Graph models written by hand, as the converter writes them.

const { tf } = require('../runtime/support');

const DTYPES = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL', string: 'DT_STRING' };

const text = (s) => ({ s: Buffer.from(s).toString('base64') });
const type = (dtype) => ({ type: DTYPES[dtype] });
const ints = (...values) => ({ list: { i: values.map(String) } });
const func = (name) => ({ func: { name } });

/** Values that are the same in every run. */
function pattern(shape, scale = 1) {
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) =>
    Math.fround(scale * Math.sin(1 + i * 1.7)),
  );
  return { values, shape, dtype: 'float32' };
}

const scalar = (value, dtype = 'float32') => ({
  values: dtype === 'int32' ? Int32Array.of(value) : Float32Array.of(value),
  shape: [],
  dtype,
});

const node = (name, op, input = [], attr = {}) => ({ name, op, input, attr });

const placeholder = (name, shape, dtype = 'float32') =>
  node(name, 'Placeholder', [], {
    dtype: type(dtype),
    shape: { shape: { dim: shape.map((size) => ({ size: String(size) })) } },
  });

/**
 * @param {object} parts
 * @param {object[]} parts.nodes
 * @param {Record<string, {values: any, shape: number[], dtype: string}>} [parts.weights]
 * @param {object[]} [parts.functions]
 * @param {object} [parts.signature]
 * @param {object} [parts.initializer] The graph that fills tables.
 * @returns {Promise<import('@tensorflow/tfjs-converter').GraphModel>}
 */
function load({ nodes, weights = {}, functions = [], signature, initializer }) {
  const entries = Object.entries(weights);
  const bytes = Buffer.concat(entries.map(([, { values }]) => Buffer.from(values.buffer)));
  const consts = entries.map(([name, { dtype }]) =>
    node(name, 'Const', [], { dtype: type(dtype) }),
  );
  return tf.loadGraphModel(
    tf.io.fromMemory({
      format: 'graph-model',
      modelTopology: {
        node: [...consts, ...nodes],
        library: { function: functions },
        versions: { producer: 1, minConsumer: 1 },
      },
      weightSpecs: entries.map(([name, { shape, dtype }]) => ({ name, shape, dtype })),
      weightData: new Uint8Array(bytes).buffer,
      signature,
      modelInitializer: initializer,
    }),
  );
}

/**
 * @param {string} name @param {Record<string, string>} args Name to dtype.
 * @param {object[]} nodes @param {Record<string, [string, string]>} results Name to value and dtype.
 */
function functionOf(name, args, nodes, results) {
  return {
    signature: {
      name,
      inputArg: Object.entries(args).map(([arg, dtype]) => ({ name: arg, type: DTYPES[dtype] })),
      outputArg: Object.entries(results).map(([out, [, dtype]]) => ({
        name: out,
        type: DTYPES[dtype],
      })),
    },
    nodeDef: nodes,
    ret: Object.fromEntries(Object.entries(results).map(([out, [value]]) => [out, value])),
  };
}

const T = { T: type('float32') };
const conv = (name, input, weights, stride = 1) =>
  node(name, 'Conv2D', [input, weights], {
    ...T,
    strides: ints(1, stride, stride, 1),
    dilations: ints(1, 1, 1, 1),
    padding: text('SAME'),
    dataFormat: text('NHWC'),
    data_format: text('NHWC'),
  });

/** Images to scores: a backbone without anything that stops a capture. */
const CLASSIFIER = {
  nodes: [
    placeholder('x', [-1, -1, -1, 3]),
    conv('conv1', 'x', 'w1', 2),
    node('bias1', 'BiasAdd', ['conv1', 'b1'], T),
    node('relu1', 'Relu', ['bias1'], T),
    node('mean', 'Mean', ['relu1', 'axes'], { ...T, keep_dims: { b: false } }),
    node('scores', 'MatMul', ['mean', 'w2'], T),
    node('probabilities', 'Softmax', ['scores'], T),
  ],
  weights: {
    w1: pattern([3, 3, 3, 8]),
    b1: pattern([8]),
    axes: { values: Int32Array.of(1, 2), shape: [2], dtype: 'int32' },
    w2: pattern([8, 5]),
  },
};

/** A backbone, the selection of boxes, and a head over those that were selected. */
const DETECTOR = {
  nodes: [
    placeholder('x', [-1, 16, 16, 3]),
    conv('conv1', 'x', 'w1', 2),
    node('bias1', 'BiasAdd', ['conv1', 'b1'], T),
    node('relu1', 'Relu', ['bias1'], T),
    conv('conv_boxes', 'relu1', 'w_boxes'),
    node('boxes', 'Reshape', ['conv_boxes', 'boxes_shape'], T),
    conv('conv_scores', 'relu1', 'w_scores'),
    node('sigmoid', 'Sigmoid', ['conv_scores'], T),
    node('scores', 'Reshape', ['sigmoid', 'scores_shape'], T),
    node('nms', 'NonMaxSuppressionV5', [
      'boxes',
      'scores',
      'max_output',
      'iou',
      'min_score',
      'sigma',
    ]),
    node('selected', 'GatherV2', ['boxes', 'nms', 'axis'], {}),
    node('doubled', 'Mul', ['selected', 'two'], T),
    node('moved', 'AddV2', ['doubled', 'two'], T),
    node('squashed', 'Tanh', ['moved'], T),
  ],
  weights: {
    w1: pattern([3, 3, 3, 8]),
    b1: pattern([8]),
    w_boxes: pattern([1, 1, 8, 4]),
    w_scores: pattern([1, 1, 8, 1], 0.3),
    boxes_shape: { values: Int32Array.of(-1, 4), shape: [2], dtype: 'int32' },
    scores_shape: { values: Int32Array.of(-1), shape: [1], dtype: 'int32' },
    max_output: scalar(7, 'int32'),
    iou: scalar(0.4),
    min_score: scalar(0.1),
    sigma: scalar(0),
    axis: scalar(0, 'int32'),
    two: scalar(2),
  },
};

/** A head, a loop over a body of some nodes as often as its input says, and a tail. */
const LOOP = {
  nodes: [
    placeholder('x', [-1, 4]),
    placeholder('n', [], 'int32'),
    node('scaled', 'Mul', ['x', 'half'], T),
    node('start', 'AddV2', ['scaled', 'half'], T),
    node('loop', 'StatelessWhile', ['zero', 'n', 'start', 'w'], {
      cond: func('condition'),
      body: func('body'),
      T: { list: { type: ['DT_INT32', 'DT_INT32', 'DT_FLOAT', 'DT_FLOAT'] } },
    }),
    node('negative', 'Neg', ['loop:2'], T),
    node('result', 'AddV2', ['negative', 'start'], T),
  ],
  weights: {
    half: scalar(0.5),
    zero: scalar(0, 'int32'),
    w: pattern([4, 4]),
    one: scalar(1, 'int32'),
  },
  functions: [
    functionOf(
      'condition',
      { i: 'int32', n: 'int32', x: 'float32', w: 'float32' },
      [node('less', 'Less', ['i', 'n'], { T: type('int32') })],
      { out: ['less:z:0', 'bool'] },
    ),
    functionOf(
      'body',
      { i: 'int32', n: 'int32', x: 'float32', w: 'float32' },
      [
        node('one', 'Const', [], { dtype: type('int32') }),
        node('next', 'AddV2', ['i', 'one:output:0'], { T: type('int32') }),
        node('product', 'MatMul', ['x', 'w'], T),
        node('bent', 'Tanh', ['product:product:0'], T),
        node('same', 'Identity', ['w'], T),
      ],
      {
        i_out: ['next:z:0', 'int32'],
        n_out: ['n', 'int32'],
        x_out: ['bent:y:0', 'float32'],
        w_out: ['same:output:0', 'float32'],
      },
    ),
  ],
};

module.exports = {
  CLASSIFIER,
  DETECTOR,
  LOOP,
  load,
  node,
  placeholder,
  pattern,
  scalar,
  functionOf,
  type,
  text,
  ints,
  func,
  T,
};
