'use strict';

// Where tfjs's cpu backend is no oracle: it has no such kernel, or it is wrong and we follow
// TensorFlow. `expected` says what to compare with instead; without it nothing here knows.

const { withDefaults } = require('./defaults');
const {
  run,
  stretch,
  termsOf,
  sumOwnFirst,
  complexByParts,
  sliceThenSqueeze,
  channelsLast,
  isDilated,
  stepsOf,
  spreadShape,
  spreadFilter,
  tuples,
  leavesItsDimension,
  sliceThenPad,
  sequence,
  isRoundedAway,
  denseByColumns,
  listDiff,
} = require('./stand-ins');

/**
 * @typedef {object} Deviation
 * @property {string[]} ops
 * @property {(call: {inputs: any, attrs: any}) => boolean} [when] The inputs are tensors.
 * @property {string} reason
 * @property {boolean} [mayFail] The cpu backend's error does not count.
 * @property {(tf: any, inputs: any, attrs: any) => any} [expected] Runs on the cpu backend.
 */

/**
 * @typedef {object} Verdict What an operator should give; neither result nor error where nothing
 *     here knows.
 * @property {any} [result] A tensor or a list of them.
 * @property {Error} [error] Of the cpu backend: the call is none, unless it may fail.
 * @property {boolean} [mayFail] The error says nothing about the call.
 * @property {string} [reason] Of the deviation.
 */

/** @type {Deviation[]} */
const deviations = [
  {
    ops: ['LogicalXor'],
    reason: 'tfjs has no such kernel on its cpu backend',
    expected: (tf, { a, b }) => tf.logicalXor(a, b),
  },
  {
    ops: ['LogSoftmax'],
    reason: 'tfjs has no such kernel on its cpu backend',
    expected: (tf, { logits }) => tf.logSoftmax(logits),
  },
  ...['FFT', 'IFFT'].map((op) => ({
    ops: [op],
    when: ({ inputs }) => inputs.input.size === 0,
    reason: 'tfjs divides by the number of values',
    expected: (tf, { input }) => tf.complex(tf.zeros(input.shape), tf.zeros(input.shape)),
  })),
  {
    ops: ['BroadcastTo'],
    reason: 'tfjs has no such kernel on its cpu backend',
    expected: (tf, { x }, { shape }) => stretch(tf, x, shape),
  },
  {
    ops: ['Where'],
    reason: 'tfjs has no such kernel',
    expected: (tf, { condition }) =>
      tf.kernel_impls.whereImpl(condition.shape, condition.dataSync()),
  },
  {
    ops: ['ListDiff'],
    reason: 'tfjs has no such kernel',
    expected: listDiff,
  },
  ...['Add', 'Sub', 'Multiply'].map((op) => ({
    ops: [op],
    when: ({ inputs }) => inputs.a.dtype === 'complex64',
    reason: 'tfjs misreads stretched complex64 operands',
    expected: (tf, inputs) => complexByParts(tf, op, inputs),
  })),
  ...['DepthwiseConv2dNative', 'FusedDepthwiseConv2D', 'Conv3D', 'DepthToSpace'].map((op) => ({
    ops: [op],
    when: ({ attrs }) => attrs.dataFormat.startsWith('NC'),
    reason: 'tfjs takes every image and volume of theirs as channels last',
    expected: (tf, inputs, attrs) => channelsLast(tf, op, inputs, attrs),
  })),
  {
    ops: ['DepthwiseConv2dNativeBackpropInput'],
    when: isDilated,
    reason: 'tfjs takes the filter as one without dilations',
    expected: (tf, { dy, filter }, attrs) => {
      const inputs = { dy, filter: spreadFilter(tf, filter, attrs) };
      return run(tf, 'DepthwiseConv2dNativeBackpropInput', inputs, { ...attrs, dilations: 1 });
    },
  },
  {
    ops: ['DepthwiseConv2dNativeBackpropFilter'],
    when: isDilated,
    reason: 'tfjs takes the filter as one without dilations',
    expected: (tf, inputs, attrs) => {
      const filterShape = spreadShape(attrs.filterShape, attrs);
      const whole = { ...attrs, filterShape, dilations: 1 };
      const gradient = run(tf, 'DepthwiseConv2dNativeBackpropFilter', inputs, whole);
      const origin = filterShape.map(() => 0);
      return gradient.stridedSlice(origin, filterShape, [...stepsOf(attrs), 1, 1]);
    },
  },
  {
    ops: ['Select'],
    when: ({ inputs }) => inputs.condition.shape.length !== inputs.t.shape.length,
    reason: 'tfjs reads the wrong elements where there are fewer conditions',
    expected: (tf, { condition, t, e }) => {
      const rank = condition.shape.length === 0 ? 0 : t.shape.length - 1;
      const spread = condition.reshape([...condition.shape, ...new Array(rank).fill(1)]);
      const whole = tf.logicalOr(spread, tf.zeros(t.shape, 'bool'));
      return run(tf, 'Select', { condition: whole, t, e });
    },
  },
  {
    ops: ['Square'],
    when: ({ inputs }) => inputs.x.dtype === 'int32',
    reason: 'tfjs squares integers in float32; ours is an integer product, which wraps',
    expected: (tf, { x }) => {
      const values = x.dataSync().map((value) => Math.imul(value, value));
      return tf.tensor(values, x.shape, 'int32');
    },
  },
  {
    ops: ['Abs'],
    when: ({ inputs }) => inputs.x.dtype === 'int32',
    reason: 'tfjs takes the magnitude of integers in float32',
    expected: (tf, { x }) => tf.tensor(x.dataSync().map(Math.abs), x.shape, 'int32'),
  },
  {
    ops: ['Slice'],
    when: ({ inputs }) => inputs.x.shape.length === 0,
    reason: 'tfjs gives a scalar without a value',
    expected: (tf, { x }) => tf.clone(x),
  },
  {
    ops: ['SplitV'],
    when: ({ attrs }) => [attrs.numOrSizeSplits].flat()[0] === -1,
    reason: 'tfjs adds a leading -1 to the sum of the sizes',
    expected: (tf, { x }, { numOrSizeSplits: [, ...rest], axis }) => {
      const known = rest.reduce((sum, size) => sum + size, 0);
      return tf.split(x, [x.shape.at(axis) - known, ...rest], axis);
    },
  },
  {
    ops: ['PadV2'],
    when: ({ attrs }) => attrs.paddings.flat().some((count) => count < 0),
    reason: 'tfjs writes what it cuts off before inner dimensions to other places',
    expected: sliceThenPad,
  },
  ...Object.entries(tuples).map(([op, tuplesOf]) => ({
    ops: [op],
    when: (call) => leavesItsDimension(tuplesOf(call)),
    reason: 'tfjs checks only the place that the indices of a tuple name together',
    expected: () => {
      throw new Error('an index is outside of its dimension');
    },
  })),
  {
    ops: ['Range'],
    when: ({ attrs }) => attrs.dtype === 'float32',
    reason: 'tfjs adds up in float32; ours rounds each value once',
    expected: (tf, inputs, attrs) => {
      const { start, stop, step } = attrs;
      const count = run(tf, 'Range', inputs, attrs).size;
      return sequence(tf, count, start, stop < start && step === 1 ? -1 : step);
    },
  },
  {
    ops: ['LinSpace'],
    reason: 'tfjs adds up in float32; ours rounds each value once and ends at its end',
    expected: (tf, _, { start, stop, num }) =>
      num === 1
        ? tf.tensor1d([start])
        : sequence(tf, num - 1, start, (stop - start) / (num - 1)).concat(tf.tensor1d([stop])),
  },
  {
    ops: ['CropAndResize'],
    when: isRoundedAway,
    reason: 'tfjs rounds samples on the edge off the image; ours are exact there',
  },
  ...['Cumsum', 'Cumprod'].map((op) => ({
    ops: [op],
    when: ({ attrs }) => attrs.axis < 0,
    reason: 'tfjs takes no negative axis',
    expected: (tf, { x }, attrs) =>
      run(tf, op, { x }, { ...attrs, axis: attrs.axis + x.shape.length }),
  })),
  ...['BatchMatMul', '_FusedMatMul'].map((op) => ({
    ops: [op],
    when: ({ inputs: { a, b } }) => {
      const batches = [a, b].map(({ shape }) => shape.slice(0, -2));
      const isRepeated = a.shape.length + b.shape.length > 5 || batches.flat().includes(0);
      return isRepeated && batches[0].join() !== batches[1].join();
    },
    reason: 'tfjs repeats the shorter list of matrices, which is not always the broadcast one',
    expected: (tf, { a, b, ...more }, attrs) => {
      const batch = tf.broadcast_util.assertAndGetBroadcastShape(
        a.shape.slice(0, -2),
        b.shape.slice(0, -2),
      );
      const spread = (x) => stretch(tf, x, [...batch, ...x.shape.slice(-2)]);
      return run(tf, op, { a: spread(a), b: spread(b), ...more }, attrs);
    },
  })),
  {
    ops: ['Einsum'],
    when: ({ attrs }) => {
      const { terms, ownSums } = termsOf(attrs.equation);
      return terms.length === 2 && ownSums.some((labels) => labels.length > 0);
    },
    reason: 'tfjs leaves tensors out, or sums over others, where one has a sum of its own',
    expected: sumOwnFirst,
  },
  {
    ops: ['Einsum'],
    when: ({ attrs }) => {
      const [left, output] = attrs.equation.split('->');
      return left === output;
    },
    reason: 'tfjs gives the tensor itself, which is then disposed twice',
    expected: (tf, inputs) => tf.clone(Object.values(inputs)[0]),
  },
  {
    ops: ['TopK'],
    when: ({ attrs }) => !attrs.sorted,
    reason: 'tfjs leaves the order open; ours is that of sorted ones',
    expected: (tf, inputs, attrs) => run(tf, 'TopK', inputs, { ...attrs, sorted: true }),
  },
  {
    ops: ['StridedSlice'],
    when: ({ attrs }) => attrs.shrinkAxisMask !== 0,
    mayFail: true,
    reason: 'tfjs takes the wrong elements where a single index stands beside steps',
    expected: sliceThenSqueeze,
  },
  {
    ops: ['StridedSlice'],
    mayFail: true,
    reason: 'tfjs fails at ranges that run the wrong way and beside axes that vanish',
  },
  {
    ops: ['MaxPool3DGrad'],
    when: ({ attrs }) => new Set([attrs.filterSize].flat()).size > 1,
    reason: 'tfjs mixes up the positions in windows that are no cubes',
  },
  {
    ops: ['ResizeBilinearGrad'],
    reason: 'tfjs exchanges height and width in the shape of the result',
    expected: (tf, inputs, attrs) =>
      run(tf, 'ResizeBilinearGrad', inputs, attrs).reshape(inputs.images.shape),
  },
  {
    ops: ['ResizeNearestNeighborGrad'],
    when: ({ inputs: { images }, attrs }) =>
      attrs.alignCorners && (images.shape[1] === 1 || images.shape[2] === 1),
    reason: 'tfjs searches an endless window',
  },
  {
    ops: ['ResizeNearestNeighborGrad'],
    when: ({ inputs }) => inputs.images.shape[0] > 1,
    reason: 'tfjs mixes up the images of a batch',
    expected: (tf, { images, dy }, attrs) => {
      const gradients = dy.split(images.shape[0]);
      return tf.concat(
        images
          .split(images.shape[0])
          .map((image, i) =>
            run(tf, 'ResizeNearestNeighborGrad', { images: image, dy: gradients[i] }, attrs),
          ),
      );
    },
  },
  {
    ops: ['RaggedTensorToTensor'],
    when: ({ inputs: { shape, values } }) => shape.rank === 0 || values.rank > 1,
    reason:
      'tfjs knows no unknown shape, takes extents of values for places in the shape, and leaves a ' +
      'default value of several elements out',
    expected: denseByColumns,
  },
  {
    ops: ['Transform'],
    when: ({ inputs }) => inputs.image.shape[0] === 0,
    reason: 'tfjs gives the shape of the image whatever outputShape says',
  },
  {
    ops: ['Transform'],
    when: ({ inputs }) => inputs.image.shape[0] > 1,
    reason: 'tfjs writes the first image only',
    expected: (tf, { image, transforms }, attrs) => {
      const count = image.shape[0];
      const isShared = transforms.shape[0] === 1;
      const rows = isShared ? new Array(count).fill(transforms) : transforms.split(count);
      return tf.concat(
        image
          .split(count)
          .map((one, i) => run(tf, 'Transform', { image: one, transforms: rows[i] }, attrs)),
      );
    },
  },
];

/** @param {() => any} compute @returns {Verdict} */
function outcomeOf(compute) {
  try {
    return { result: compute() };
  } catch (error) {
    return { error };
  }
}

/**
 * What an operator should give, computed on the cpu backend, which must be the current one.
 * @param {any} tf @param {string} op
 * @param {any} inputs Tensors by name, or a list of them.
 * @param {Record<string, any>} attrs
 * @returns {Verdict}
 */
function expectedOf(tf, op, inputs, attrs) {
  const complete = withDefaults(op, attrs);
  // Strings are computed by tfjs's own code here, too.
  const isOfStrings = Object.values(inputs).some((input) => input?.dtype === 'string');
  const deviation = deviations.find(
    ({ ops, when }) =>
      !isOfStrings && ops.includes(op) && (when?.({ inputs, attrs: complete }) ?? true),
  );
  if (deviation === undefined) return outcomeOf(() => run(tf, op, inputs, complete));
  const { reason, mayFail = false, expected } = deviation;
  if (expected === undefined && !mayFail) return { reason };
  const ask = expected ?? ((...call) => run(call[0], op, call[1], call[2]));
  return { ...outcomeOf(() => ask(tf, inputs, complete)), reason, mayFail };
}

module.exports = { expectedOf };
