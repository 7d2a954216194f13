'use strict';

// Operators that read or write where other tensors say.

const { tensor, integers, summable, finite, sizeOf } = require('../tensors');
const { REAL } = require('./elementwise');

/** @typedef {import('../random').Random} Random */
/** @typedef {import('./index').Generator} Generator */

/**
 * Index vectors of `depth` values for `count` places of a shape. Now and then one value leaves its
 * own dimension, which makes the call an error.
 * @param {Random} random @param {number[]} shape @param {number[]} count @param {number} depth
 */
function indexVectors(random, shape, count, depth) {
  const values = [];
  for (let i = 0; i < sizeOf(count); i++) {
    for (let d = 0; d < depth; d++) values.push(random.int(0, shape[d] - 1));
  }
  if (values.length > 0 && random.chance(0.1)) {
    const at = random.int(0, values.length - 1);
    values[at] = random.pick([-1, shape[at % depth], 1_000_000]);
  }
  return {
    shape: [...count, depth],
    dtype: /** @type {const} */ ('int32'),
    values: Int32Array.from(values),
  };
}

/** Shape, indices and the shape of the updates of a scatter. @param {Random} random */
function scatter(random) {
  const shape = random.shape({ min: 1, max: 4, limit: 500, empty: 0 });
  const depth = random.int(1, shape.length);
  const count = random.shape({ min: 1, max: 2, limit: 20 });
  const indices = indexVectors(random, shape, count, depth);
  return { shape, indices, updatesShape: [...count, ...shape.slice(depth)] };
}

/** @type {Record<string, Generator>} */
const generators = {
  GatherV2: (random) => {
    const shape = random.shape({ min: 1, max: 4, limit: 500, empty: 0 });
    const axis = random.int(0, shape.length - 1);
    const batchDims = random.chance(0.3) ? random.int(0, axis) : 0;
    const index = [...shape.slice(0, batchDims), ...random.shape({ max: 2, limit: 40 })];
    return {
      inputs: {
        x: tensor(random, shape, random.pick(REAL)),
        indices: integers(random, index, 0, shape[axis] - 1),
      },
      attrs: { axis: random.chance(0.2) ? axis - shape.length : axis, batchDims },
      scale: 'exact',
    };
  },
  GatherNd: (random) => {
    const shape = random.shape({ min: 1, max: 4, limit: 500, empty: 0 });
    const count = random.shape({ min: 0, max: 2, limit: 40 });
    const indices = indexVectors(random, shape, count, random.int(1, shape.length));
    const params = tensor(random, shape, random.pick(REAL));
    return { inputs: { params, indices }, attrs: {}, scale: 'exact' };
  },
  ScatterNd: (random) => {
    const { shape, indices, updatesShape } = scatter(random);
    const updates = summable(random, updatesShape, random.pick(['float32', 'int32']));
    return { inputs: { indices, updates }, attrs: { shape }, scale: 'tensor' };
  },
  TensorScatterUpdate: (random) => {
    const { shape, indices, updatesShape } = scatter(random);
    const dtype = random.pick(REAL);
    return {
      inputs: {
        tensor: tensor(random, shape, dtype),
        indices,
        updates: tensor(random, updatesShape, dtype),
      },
      attrs: {},
      scale: 'exact',
    };
  },
  SparseToDense: (random) => {
    const { shape, indices } = scatter(random);
    const count = random.int(0, 8);
    const dtype = random.pick(/** @type {const} */ (['float32', 'int32', 'bool']));
    const single = random.chance(0.3);
    return {
      inputs: {
        sparseIndices: indexVectors(random, shape, [count], shape.length),
        sparseValues: tensor(random, single ? [] : [count], dtype),
        defaultValue: tensor(random, [], dtype),
      },
      attrs: { outputShape: shape },
      scale: 'exact',
      note: indices.shape.length,
    };
  },
  UnsortedSegmentSum: (random) => {
    const shape = random.shape({ min: 1, max: 4, limit: 800, empty: 0.02 });
    const numSegments = random.int(1, 6);
    return {
      inputs: {
        // Finite: tfjs multiplies all of x by 0 or 1 for each segment.
        x: finite(random, shape, random.pick(['float32', 'int32'])),
        segmentIds: integers(random, shape.slice(0, 1), -1, numSegments),
      },
      attrs: { numSegments },
      scale: 'sum',
    };
  },
  Bincount: (random) => bins(random, random.shape({ max: 2, limit: 300 })),
  DenseBincount: (random) => {
    const call = bins(random, random.shape({ min: 1, max: 2, limit: 300 }));
    return { ...call, attrs: { ...call.attrs, binaryOutput: random.chance(0.4) } };
  },
  SearchSorted: (random) => {
    const rows = random.int(1, 4);
    const dtype = random.pick(/** @type {const} */ (['float32', 'int32']));
    const kinds = { floats: ['few', 'unit', 'special'], ints: ['small', 'special'] };
    const sortedSequence = tensor(random, [rows, random.int(0, 40)], dtype, kinds);
    const width = sortedSequence.shape[1];
    // Typed arrays sort by value, and put NaN last.
    for (let i = 0; i < rows; i++)
      sortedSequence.values.subarray(i * width, (i + 1) * width).sort();
    const values = tensor(random, [rows, random.int(0, 40)], dtype, kinds);
    const side = random.pick(['left', 'right']);
    return { inputs: { sortedSequence, values }, attrs: { side }, scale: 'exact' };
  },
  BroadcastArgs: (random) => {
    const shape = random.list(random.int(0, 6), () => random.int(0, 9));
    const side = () => {
      const own = shape.slice(random.int(0, shape.length)).map((n) => (random.chance(0.3) ? 1 : n));
      return {
        shape: [own.length],
        dtype: /** @type {const} */ ('int32'),
        values: Int32Array.from(own),
      };
    };
    return { inputs: { s0: side(), s1: side() }, attrs: {}, scale: 'exact' };
  },
};

/** @param {Random} random @param {number[]} shape */
function bins(random, shape) {
  const x = integers(random, shape, 0, 9);
  const weighted = random.chance(0.5);
  const dtype = random.pick(/** @type {const} */ (['float32', 'int32']));
  return {
    inputs: { x, weights: summable(random, weighted ? shape : [0], dtype) },
    attrs: { size: random.int(0, 12) },
    scale: 'sum',
  };
}

module.exports = { generators };
