'use strict';

// Operators on ragged tensors: values, and where the rows of each dimension begin.

const { tensor, integers } = require('../tensors');
const { REAL } = require('./elementwise');
const { int32 } = require('./sparse');

/** @typedef {import('../random').Random} Random */
/** @typedef {import('../draft').Generator} Generator */

/**
 * Where each of some rows begins, and where the last one ends.
 * @param {Random} random @param {number} rows
 * @returns {number[]}
 */
function splits(random, rows) {
  const most = random.pick([1, 3, 6]);
  let end = 0;
  return [0, ...random.list(rows, () => (end += random.int(0, most)))];
}

/** @param {Random} random @param {number} depth @returns {number[][]} From the outermost. */
function nestedSplits(random, depth) {
  const nested = [splits(random, random.int(0, 6))];
  while (nested.length < depth) nested.push(splits(random, lastOf(nested)));
  return nested;
}

/** How many elements there are. @param {number[][]} nested */
const lastOf = (nested) => nested.at(-1).at(-1);

/** The row of each element. @param {number[]} starts */
const rowIds = (starts) =>
  starts.slice(1).flatMap((end, row) => new Array(end - starts[row]).fill(row));

/** Extents of values behind the first. @param {Random} random */
const innerShape = (random) => (random.chance(0.5) ? [] : random.shape({ max: 2, limit: 20 }));

/** @type {Record<string, Generator>} */
const generators = {
  RaggedGather: (random) => {
    const nested = nestedSplits(random, random.int(1, 3));
    const values = tensor(
      random,
      [lastOf(nested) + random.int(0, 2), ...innerShape(random)],
      random.pick(REAL),
    );
    const rows = nested[0].length - 1;
    const shape = rows === 0 ? [0] : random.shape({ max: 3, limit: 40 });
    const indices = integers(random, shape, 0, rows - 1);
    if (indices.values.length > 0 && random.chance(0.05)) {
      indices.values[random.int(0, indices.values.length - 1)] = random.pick([-1, rows]);
    }
    const all = nested.map((starts) => int32(starts));
    return { inputs: [values, indices, ...all], scale: 'exact' };
  },
  RaggedRange: (random) => {
    const rows = random.int(0, 12);
    const dtype = random.pick(/** @type {const} */ (['float32', 'int32']));
    const side = (/** @type {() => number} */ draw) => {
      const shape = random.chance(0.3) ? [] : [rows];
      const list = random.list(shape.length === 0 ? 1 : rows, draw);
      const values = dtype === 'int32' ? Int32Array.from(list) : Float32Array.from(list);
      return { shape, dtype, values };
    };
    const whole = dtype === 'int32' || random.chance(0.3);
    const number = () => (whole ? random.int(-20, 20) : random.between(-20, 20));
    const step = () => random.pick([-1, 1]) * (whole ? random.int(1, 5) : random.between(0.3, 5));
    return { inputs: [side(number), side(number), side(step)], scale: 'exact' };
  },
  RaggedTensorToTensor: (random) => {
    const depth = random.int(1, 3);
    const nested = nestedSplits(random, depth);
    const hasFirstSize = random.chance(0.6);
    const types = hasFirstSize ? ['FIRST_DIM_SIZE'] : [];
    const partitions = hasFirstSize ? [int32([nested[0].length - 1], [])] : [];
    for (const starts of nested) {
      const isById = types.length > 0 && random.chance(0.5);
      types.push(isById ? 'VALUE_ROWIDS' : 'ROW_SPLITS');
      partitions.push(int32(isById ? rowIds(starts) : starts));
    }
    const inner = innerShape(random);
    const dtype = random.pick(REAL);
    const values = tensor(random, [lastOf(nested) + random.int(0, 2), ...inner], dtype);
    const defaultShape = random.chance(0.6) ? [] : inner.map((n) => (random.chance(0.3) ? 1 : n));
    const asked = random.list(depth + 1, () => (random.chance(0.5) ? -1 : random.int(0, 6)));
    const known = [...asked, ...inner.map((extent) => (random.chance(0.5) ? extent : -1))];
    return {
      inputs: [
        random.chance(0.1) ? int32([-1], []) : int32(known),
        values,
        tensor(random, defaultShape, dtype),
        ...partitions,
      ],
      attrs: { rowPartitionTypes: types },
      scale: 'exact',
    };
  },
};

module.exports = { generators };
