'use strict';

// Operators on sparse tensors: lists of indices and of values.

const { tensor, integers, summable } = require('../tensors');
const { REAL } = require('./elementwise');

/** @typedef {import('../random').Random} Random */
/** @typedef {import('../draft').Generator} Generator */

/** @param {ArrayLike<number>} values @returns {import('../tensors').TensorSpec} */
const int32 = (values, shape = [values.length]) => ({
  shape,
  dtype: 'int32',
  values: Int32Array.from(values),
});

/**
 * `count` index tuples into a shape. Now and then one value is outside.
 * @param {Random} random @param {number[]} shape @param {number} count
 */
function tuples(random, shape, count) {
  const spec = int32(
    random.list(count, () => shape.map((extent) => random.int(0, extent - 1))).flat(),
    [count, shape.length],
  );
  if (spec.values.length > 0 && random.chance(0.05)) {
    spec.values[random.int(0, spec.values.length - 1)] = random.pick([-1, 1_000_000]);
  }
  return spec;
}

/** A shape of as many elements. @param {Random} random @param {number[]} shape */
function otherShape(random, shape) {
  const factors = shape.flatMap(factorsOf);
  const other = random.list(random.int(1, 4), () => 1);
  for (const factor of factors) other[random.int(0, other.length - 1)] *= factor;
  if (random.chance(0.4)) other[random.int(0, other.length - 1)] = -1;
  return other;
}

/** @param {number} extent */
function factorsOf(extent) {
  const factors = [];
  for (let factor = 2; factor <= extent; factor++) {
    for (; extent % factor === 0; extent /= factor) factors.push(factor);
  }
  return factors;
}

/** @type {Generator} */
const segments = (random) => {
  const shape = random.shape({ min: 1, max: 3, limit: 600, empty: 0 });
  const count = random.int(0, 40);
  const step = random.pick([1, 1, 3]);
  let id = random.int(0, 2);
  const ids = random.list(count, () => (id += random.chance(0.4) ? random.int(1, step) : 0));
  return {
    inputs: [
      summable(random, shape, random.pick(/** @type {const} */ (['float32', 'int32']))),
      integers(random, [count], 0, shape[0] - 1),
      int32(ids),
    ],
    scale: 'sum',
  };
};

/** @type {Record<string, Generator>} */
const generators = {
  SparseFillEmptyRows: (random) => {
    const rows = random.int(1, 30);
    const shape = [rows, ...random.list(random.int(0, 2), () => random.int(1, 9))];
    const indices = tuples(random, shape, random.pick([0, 1, 5, 20, 60]));
    const dtype = random.pick(REAL);
    const values = tensor(random, [indices.shape[0]], dtype);
    return { inputs: [indices, values, int32(shape), tensor(random, [], dtype)], scale: 'exact' };
  },
  SparseReshape: (random) => {
    const shape = random.shape({ min: 1, max: 4, limit: 500, empty: 0 });
    const indices = tuples(random, shape, random.pick([0, 1, 5, 20]));
    const isOutside = indices.values.some((v, i) => v < 0 || v >= shape[i % shape.length]);
    // tfjs computes with indices that are outside.
    if (isOutside) indices.values.fill(0);
    return { inputs: [indices, int32(shape), int32(otherShape(random, shape))], scale: 'exact' };
  },
  SparseSegmentMean: segments,
  SparseSegmentSum: segments,
};

module.exports = { generators, int32 };
