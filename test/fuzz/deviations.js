'use strict';

// Where tfjs's cpu backend is no oracle: it has no such kernel, or it is wrong and we follow
// TensorFlow. `expected` says what to compare with instead; without it a call must only succeed.

/**
 * @typedef {object} Deviation
 * @property {string[]} ops
 * @property {(call: import('./generators').Call) => boolean} [when]
 * @property {string} reason
 * @property {boolean} [mayFail] The cpu backend is asked, but its error does not count.
 * @property {(tf: any, inputs: any, attrs: any) => any} [expected] Runs on the cpu backend.
 */

const run = (tf, op, inputs, attrs) => tf.engine().runKernel(op, inputs, attrs);

/** @param {any} tf @param {string} op */
function complexByParts(tf, op, { a, b }) {
  const [ar, ai, br, bi] = [tf.real(a), tf.imag(a), tf.real(b), tf.imag(b)];
  if (op !== 'Multiply') {
    return tf.complex(run(tf, op, { a: ar, b: br }), run(tf, op, { a: ai, b: bi }));
  }
  return tf.complex(ar.mul(br).sub(ai.mul(bi)), ar.mul(bi).add(ai.mul(br)));
}

/**
 * A StridedSlice whose single indices are ranges of one element, which a squeeze removes.
 * @param {any} tf
 */
function sliceThenSqueeze(tf, { x }, attrs) {
  const { ellipsisMask, newAxisMask, shrinkAxisMask } = attrs;
  const [begin, end, strides] = [attrs.begin.slice(), attrs.end.slice(), attrs.strides.slice()];
  let { endMask } = attrs;
  const isWhole = (i) => ((ellipsisMask | newAxisMask) >> i) & 1;
  const named = begin.filter((_, i) => !isWhole(i)).length;
  const single = [];
  let dim = 0;
  begin.forEach((index, i) => {
    const bit = 1 << i;
    if (shrinkAxisMask & bit && !isWhole(i)) {
      if (strides[i] < 0) throw new Error('a single index has no direction');
      single.push(dim);
      end[i] = index + 1;
      strides[i] = 1;
      endMask = index === -1 ? endMask | bit : endMask & ~bit;
    }
    dim += ellipsisMask & bit ? x.shape.length - named : 1;
  });
  const rest = { ...attrs, begin, end, strides, endMask, shrinkAxisMask: 0 };
  const sliced = run(tf, 'StridedSlice', { x }, rest);
  return single.length > 0 ? sliced.squeeze(single) : sliced;
}

/** The tuples of an operator's indices, and the shape that they point into. */
const tuples = {
  GatherNd: ({ inputs }) => [inputs.indices, inputs.params.shape],
  ScatterNd: ({ inputs, attrs }) => [inputs.indices, attrs.shape],
  TensorScatterUpdate: ({ inputs }) => [inputs.indices, inputs.tensor.shape],
  SparseToDense: ({ inputs, attrs }) => [inputs.sparseIndices, attrs.outputShape],
};

/** Whether an index leaves its own dimension. */
function leavesItsDimension([indices, shape]) {
  const depth = indices.shape.at(-1);
  return indices.values.some((value, i) => value < 0 || value >= shape[i % depth]);
}

/** A PadV2 with the cuts done by a Slice. @param {any} tf */
function sliceThenPad(tf, { x }, { paddings, constantValue }) {
  const resolved = paddings.map(([before, after], i) => {
    const out = before + x.shape[i] + after;
    const own = Math.min(Math.max(before, -x.shape[i]), out);
    return [own, out - x.shape[i] - own];
  });
  const begin = resolved.map(([before]) => Math.max(0, -before));
  const size = resolved.map(([, after], i) => x.shape[i] - begin[i] - Math.max(0, -after));
  const padding = resolved.map((pair) => pair.map((count) => Math.max(0, count)));
  return run(tf, 'PadV2', { x: tf.slice(x, begin, size) }, { paddings: padding, constantValue });
}

/** Values by their index. @param {any} tf @param {number} count */
function sequence(tf, count, start, step) {
  return tf.tensor1d(Float32Array.from({ length: count }, (_, i) => start + step * i));
}

/** Whether rounding moves a sample of a CropAndResize over the edge or to another pixel in tfjs. */
function isRoundedAway({ inputs: { image, boxes }, attrs: { cropSize, method } }) {
  const pixel = (place, last) => {
    if (place < 0 || place > last) return 'outside';
    return method === 'nearest' ? Math.round(place) : 'inside';
  };
  return boxes.values.some((begin, i) => {
    const dim = i % 4;
    const count = cropSize[dim];
    if (dim > 1 || count === 1 || !Number.isFinite(begin)) return false;
    const end = boxes.values[i + 2];
    const last = image.shape[1 + dim] - 1;
    const step = ((end - begin) * last) / (count - 1);
    return Array.from({ length: count }, (_, k) => k).some((k) => {
      const exact = ((begin * (count - 1 - k) + end * k) * last) / (count - 1);
      return !Object.is(pixel(exact, last), pixel(begin * last + k * step, last));
    });
  });
}

const withSlope = (attrs) => ({ ...attrs, leakyreluAlpha: attrs.leakyreluAlpha ?? 0.2 });

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
  {
    ops: ['BroadcastTo'],
    reason: 'tfjs has no such kernel on its cpu backend',
    expected: (tf, { x }, { shape }) =>
      shape.includes(0) ? tf.zeros(shape, x.dtype) : tf.broadcastTo(x, shape),
  },
  {
    ops: ['Where'],
    reason: 'tfjs has no such kernel',
    expected: (tf, { condition }) =>
      tf.kernel_impls.whereImpl(condition.shape, condition.dataSync()),
  },
  ...['Add', 'Sub', 'Multiply'].map((op) => ({
    ops: [op],
    when: ({ inputs }) => inputs.a.dtype === 'complex64',
    reason: 'tfjs misreads stretched complex64 operands',
    expected: (tf, inputs) => complexByParts(tf, op, inputs),
  })),
  {
    ops: ['DepthwiseConv2dNative'],
    when: ({ attrs }) => attrs.dataFormat === 'NCHW',
    reason: 'tfjs takes every depthwise input as channels last',
    expected: (tf, { x, filter }, attrs) => {
      const { pad } = attrs;
      const last = Array.isArray(pad) ? [pad[0], pad[2], pad[3], pad[1]] : pad;
      const y = run(
        tf,
        'DepthwiseConv2dNative',
        { x: x.transpose([0, 2, 3, 1]), filter },
        { ...attrs, pad: last, dataFormat: 'NHWC' },
      );
      return y.transpose([0, 3, 1, 2]);
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
  {
    ops: ['DepthToSpace'],
    when: ({ attrs }) => attrs.dataFormat === 'NCHW',
    reason: 'tfjs knows NHWC only',
    expected: (tf, { x }, { blockSize }) => {
      const attrs = { blockSize, dataFormat: 'NHWC' };
      return run(tf, 'DepthToSpace', { x: x.transpose([0, 2, 3, 1]) }, attrs).transpose([
        0, 3, 1, 2,
      ]);
    },
  },
  ...['Cumsum', 'Cumprod'].map((op) => ({
    ops: [op],
    when: ({ attrs }) => attrs.axis < 0,
    reason: 'tfjs takes no negative axis',
    expected: (tf, { x }, attrs) =>
      run(tf, op, { x }, { ...attrs, axis: attrs.axis + x.shape.length }),
  })),
  {
    ops: ['BatchMatMul', '_FusedMatMul'],
    when: ({ inputs: { a, b } }) => [...a.shape.slice(0, -2), ...b.shape.slice(0, -2)].includes(0),
    reason: 'tfjs computes one product where batches of none and one meet',
  },
  {
    ops: ['BatchMatMul', '_FusedMatMul'],
    when: ({ inputs: { a, b } }) =>
      a.shape.slice(0, -2).join() !== b.shape.slice(0, -2).join() &&
      a.shape.length + b.shape.length > 5,
    reason: 'tfjs repeats the shorter list of matrices, which is not always the broadcast one',
    expected: (tf, { a, b, ...more }, attrs) => {
      const batch = tf.broadcast_util.assertAndGetBroadcastShape(
        a.shape.slice(0, -2),
        b.shape.slice(0, -2),
      );
      const spread = (x) => tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
      const op = attrs.activation === undefined ? 'BatchMatMul' : '_FusedMatMul';
      return run(tf, op, { a: spread(a), b: spread(b), ...more }, withSlope(attrs));
    },
  },
  ...['FusedConv2D', 'FusedDepthwiseConv2D', '_FusedMatMul'].map((op) => ({
    ops: [op],
    when: ({ attrs }) => attrs.activation === 'leakyrelu' && attrs.leakyreluAlpha === undefined,
    reason: 'tfjs multiplies by undefined; ours has the slope of tf.leakyRelu()',
    expected: (tf, inputs, attrs) => run(tf, op, inputs, withSlope(attrs)),
  })),
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
    ops: ['AvgPoolGrad', 'MaxPoolGrad'],
    when: ({ attrs }) => attrs.dimRoundingMode !== undefined,
    reason: 'tfjs does not tell the kernel how the pooling rounded; ours looks at the shape of dy',
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

/** @param {string} op @param {import('./generators').Call} call @returns {Deviation | undefined} */
function deviationOf(op, call) {
  return deviations.find(({ ops, when }) => ops.includes(op) && (when === undefined || when(call)));
}

module.exports = { deviationOf };
