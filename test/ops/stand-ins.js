'use strict';

// What deviations.js computes where tfjs's cpu backend is wrong, by other means of the same backend,
// and where that is.

const run = (tf, op, inputs, attrs) => tf.engine().runKernel(op, inputs, attrs);

/**
 * The terms of an einsum's equation, and for each the labels over which it alone is summed.
 * @param {string} equation
 */
function termsOf(equation) {
  const [left, output] = equation.split('->');
  const terms = left.split(',');
  const ownSums = terms.map((term, i) =>
    [...term].filter((label) => ![...terms.toSpliced(i, 1), output].join().includes(label)),
  );
  return { terms, ownSums, output };
}

/** Each tensor summed over what is its own, then the rest. @param {any} tf @param {any} inputs */
function sumOwnFirst(tf, inputs, { equation }) {
  const { terms, ownSums, output } = termsOf(equation);
  const sums = Object.values(inputs).map((x, i) =>
    x.sum(
      ownSums[i].map((label) => terms[i].indexOf(label)),
      false,
    ),
  );
  const rest = terms.map((term, i) => [...term].filter((label) => !ownSums[i].includes(label)));
  return run(tf, 'Einsum', sums, { equation: `${rest.map((t) => t.join('')).join()}->${output}` });
}

/** @param {any} tf @param {number[]} shape That x broadcasts to. */
const stretch = (tf, x, shape) =>
  shape.includes(0) ? tf.zeros(shape, x.dtype) : tf.broadcastTo(x, shape);

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

/**
 * An operator on images or volumes with channels first, as it computes the ones with channels last.
 * @param {any} tf @param {string} op
 */
function channelsLast(tf, op, { x, filter, ...sides }, attrs) {
  const rank = x.shape.length;
  const inner = Array.from({ length: rank - 2 }, (_, i) => i + 1);
  const toLast = [0, ...inner.map((i) => i + 1), 1];
  // What is added to the output; one of rank 1 has a value for each channel.
  const moved = Object.entries(sides).map(([name, side]) => {
    if (!side || side.shape.length < 2) return [name, side];
    const ones = new Array(rank - side.shape.length).fill(1);
    return [name, side.reshape([...ones, ...side.shape]).transpose(toLast)];
  });
  const { pad } = attrs;
  const inputs = { x: x.transpose(toLast), filter, ...Object.fromEntries(moved) };
  const dataFormat = rank === 5 ? 'NDHWC' : 'NHWC';
  const padLast = Array.isArray(pad) ? toLast.map((i) => pad[i]) : pad;
  const y = run(tf, op, inputs, { ...attrs, pad: padLast, dataFormat });
  return y.transpose([0, rank - 1, ...inner]);
}

const isDilated = ({ attrs }) => [attrs.dilations].flat().some((step) => step > 1);

/** Steps along height and width. @returns {number[]} */
const stepsOf = ({ dilations }) => (Array.isArray(dilations) ? dilations : [dilations, dilations]);

/** The extents of a filter with the places between its own. @param {number[]} shape */
function spreadShape([height, width, ...channels], attrs) {
  const [y, x] = stepsOf(attrs);
  return [(height - 1) * y + 1, (width - 1) * x + 1, ...channels];
}

/** A filter with zeros between its own values. @param {any} tf */
function spreadFilter(tf, filter, attrs) {
  const spread = tf.buffer(spreadShape(filter.shape, attrs));
  const own = filter.bufferSync();
  const [y, x] = stepsOf(attrs);
  filter.dataSync().forEach((value, i) => {
    const [row, column, ...channels] = own.indexToLoc(i);
    spread.set(value, row * y, column * x, ...channels);
  });
  return spread.toTensor();
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
  return indices.dataSync().some((value, i) => value < 0 || value >= shape[i % depth]);
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
function isRoundedAway({ inputs: { image, boxes, boxInd }, attrs: { cropSize, method } }) {
  // A pixel beside the sample counts for nothing, unless it is NaN or infinite.
  const isPlain = image.dataSync().every(Number.isFinite);
  const pixel = (place, last) => {
    if (place < 0 || place > last) return 'outside';
    // Without the sign of a zero.
    if (method === 'nearest') return Math.round(place) + 0;
    return isPlain ? 'inside' : `${Math.floor(place)} to ${Math.ceil(place)}`;
  };
  const [corners, images] = [boxes.dataSync(), boxInd.dataSync()];
  return corners.some((begin, i) => {
    const dim = i % 4;
    const count = cropSize[dim];
    const isSampled = images[(i - dim) / 4] < image.shape[0];
    if (!isSampled || dim > 1 || count === 1 || !Number.isFinite(begin)) return false;
    const end = corners[i + 2];
    const last = image.shape[1 + dim] - 1;
    const step = ((end - begin) * last) / (count - 1);
    return Array.from({ length: count }, (_, k) => k).some((k) => {
      const exact = ((begin * (count - 1 - k) + end * k) * last) / (count - 1);
      return !Object.is(pixel(exact, last), pixel(begin * last + k * step, last));
    });
  });
}

/**
 * A RaggedTensorToTensor of each element of the values' rows, side by side: shapes of values have one
 * dimension only.
 * @param {any} tf
 */
function denseByColumns(tf, inputs, attrs) {
  const { shape, values, defaultValue } = inputs;
  tf.backend_util.validateDefaultValueShape(defaultValue.shape, values.shape);
  const [rows, ...inner] = values.shape;
  const ragged = attrs.rowPartitionTypes.filter((type) => type !== 'FIRST_DIM_SIZE').length;
  const asked = Array.from(shape.dataSync());
  if (shape.rank === 0 && asked[0] !== -1) throw new Error('a scalar shape is -1');
  const known = shape.rank === 0 ? new Array(ragged + values.rank).fill(-1) : asked;
  const isOther = (extent, i) => extent !== -1 && extent !== inner[i];
  if (known.length !== ragged + values.rank || known.slice(ragged + 1).some(isOther)) {
    throw new Error('the shapes are incompatible');
  }
  const outer = tf.tensor1d(known.slice(0, ragged + 1), 'int32');
  const dense = (column, value) =>
    run(tf, 'RaggedTensorToTensor', { ...inputs, shape: outer, values: column, defaultValue: value }, attrs); // prettier-ignore
  const count = inner.reduce((product, extent) => product * extent, 1);
  if (count === 0) {
    const none = dense(tf.zeros([rows], values.dtype), tf.scalar(0, values.dtype));
    return tf.zeros([...none.shape, ...inner], values.dtype);
  }
  const columns = values.reshape([rows, count]);
  const defaults = stretch(tf, defaultValue, inner).reshape([count]);
  const results = Array.from({ length: count }, (_, i) =>
    dense(columns.slice([0, i], [rows, 1]).reshape([rows]), defaults.slice([i], [1]).reshape([])),
  );
  return tf.stack(results, -1).reshape([...results[0].shape, ...inner]);
}

/**
 * The values of x that are not in y, and their places, as JavaScript's sets compare values.
 * @param {any} tf
 */
function listDiff(tf, { x, y }) {
  const found = new Set(y.dataSync());
  const values = x.dataSync();
  const places = Int32Array.from(values.keys()).filter((i) => !found.has(values[i]));
  const kept = values.filter((value) => !found.has(value));
  return [tf.tensor(kept, [kept.length], x.dtype), tf.tensor(places, [places.length], 'int32')];
}

module.exports = {
  denseByColumns,
  listDiff,
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
};
