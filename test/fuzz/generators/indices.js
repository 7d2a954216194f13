'use strict';

// Operators that read or write where other tensors say.

const { tensor, integers, summable, finite, sizeOf } = require('../tensors');
const { REAL } = require('./elementwise');

/** @typedef {import('../random').Random} Random */
/** @typedef {import('../draft').Generator} Generator */

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
    const isNegative = random.chance(0.2);
    // Both are 0 where they are left out.
    return {
      inputs: [
        tensor(random, shape, random.pick(REAL)),
        integers(random, index, 0, shape[axis] - 1),
      ],
      attrs: {
        axis: axis === 0 ? () => 0 : isNegative ? axis - shape.length : axis,
        batchDims: batchDims === 0 ? () => 0 : batchDims,
      },
      scale: 'exact',
    };
  },
  GatherNd: (random) => {
    const shape = random.shape({ min: 1, max: 4, limit: 500, empty: 0 });
    const count = random.shape({ min: 0, max: 2, limit: 40 });
    const indices = indexVectors(random, shape, count, random.int(1, shape.length));
    return { inputs: [tensor(random, shape, random.pick(REAL)), indices], scale: 'exact' };
  },
  ScatterNd: (random) => {
    const { shape, indices, updatesShape } = scatter(random);
    const updates = summable(random, updatesShape, random.pick(['float32', 'int32']));
    return { inputs: [indices, updates], attrs: { shape }, scale: 'tensor' };
  },
  TensorScatterUpdate: (random) => {
    const { shape, indices, updatesShape } = scatter(random);
    const dtype = random.pick(REAL);
    const [own, updates] = [shape, updatesShape].map((s) => tensor(random, s, dtype));
    return { inputs: [own, indices, updates], scale: 'exact' };
  },
  SparseToDense: (random) => {
    const outputShape = random.shape({ min: 1, max: 4, limit: 500, empty: 0 });
    const count = random.int(0, 8);
    const dtype = random.pick(/** @type {const} */ (['float32', 'int32', 'bool']));
    return {
      inputs: [
        indexVectors(random, outputShape, [count], outputShape.length),
        tensor(random, random.chance(0.3) ? [] : [count], dtype),
        tensor(random, [], dtype),
      ],
      attrs: { outputShape },
      scale: 'exact',
    };
  },
  UnsortedSegmentSum: (random) => {
    const shape = random.shape({ min: 1, max: 4, limit: 800, empty: 0.02 });
    const numSegments = random.int(1, 6);
    return {
      inputs: [
        // Finite: tfjs multiplies all of x by 0 or 1 for each segment.
        finite(random, shape, random.pick(['float32', 'int32'])),
        integers(random, shape.slice(0, 1), -1, numSegments),
      ],
      attrs: { numSegments },
      scale: 'sum',
    };
  },
  Bincount: (random) => bins(random, random.shape({ max: 2, limit: 300 })),
  DenseBincount: (random) => bins(random, random.shape({ min: 1, max: 2, limit: 300 })),
  SearchSorted: (random) => {
    const rows = random.int(1, 4);
    const dtype = random.pick(/** @type {const} */ (['float32', 'int32']));
    const kinds = { floats: ['few', 'unit', 'special'], ints: ['small', 'special'] };
    const sorted = tensor(random, [rows, random.int(0, 40)], dtype, kinds);
    const width = sorted.shape[1];
    // Typed arrays sort by value, and put NaN last.
    for (let i = 0; i < rows; i++) sorted.values.subarray(i * width, (i + 1) * width).sort();
    const values = tensor(random, [rows, random.int(0, 40)], dtype, kinds);
    return { inputs: [sorted, values], scale: 'exact' };
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
    return { inputs: [side(), side()], scale: 'exact' };
  },
};

/** @param {Random} random @param {number[]} shape @returns {import('../draft').Draft} */
function bins(random, shape) {
  const weighted = random.chance(0.5);
  const dtype = random.pick(/** @type {const} */ (['float32', 'int32']));
  return {
    inputs: [integers(random, shape, 0, 9), summable(random, weighted ? shape : [0], dtype)],
    attrs: { size: random.int(0, 12) },
    scale: 'sum',
  };
}

module.exports = { generators };
