'use strict';

// Sparse and ragged tensors, which are lists of indices, values and bounds.

const { side, matrix } = require('./shapes');
const { floats, integers, exactly, ascending, counted } = require('./tensors');

/** @typedef {import('./shapes').MakeCall} MakeCall */

/** Two elements in every other row of four columns. @param {number} count */
const sparseIndices = (count) =>
  counted([count, 2], (i) => (i % 2 === 0 ? (i >> 2) * 2 : (i >> 1) % 2));

/** @type {MakeCall} */
const segments = (size) => ({
  inputs: {
    data: floats(matrix(size)),
    indices: integers([side(size)], 0, side(size)),
    segmentIds: counted([side(size)], (i) => i >> 1),
  },
});

/** Where rows of 4 begin, and where the last one ends. @param {number} rows */
const splits = (rows) => ascending([rows + 1], 4);

/** @type {import('./shapes').CallsByOperator} */
const others = {
  ListDiff: (size) => ({
    inputs: { x: integers([size], 0, size), y: integers([size / 2], 0, size) },
  }),
  SparseFillEmptyRows: (size) => ({
    inputs: {
      indices: sparseIndices(size / 2),
      values: floats([size / 2]),
      denseShape: exactly([2], [size / 2, 4], 'int32'),
      defaultValue: floats([]),
    },
  }),
  SparseReshape: (size) => ({
    inputs: {
      inputIndices: sparseIndices(size / 2),
      inputShape: exactly([2], [size / 2, 4], 'int32'),
      newShape: exactly([2], [-1, 2], 'int32'),
    },
  }),
  SparseSegmentMean: segments,
  SparseSegmentSum: segments,
  RaggedGather: (size) => ({
    inputs: {
      paramsNestedSplits: [splits(size / 4)],
      paramsDenseValues: floats([size]),
      indices: integers([size / 4], 0, size / 4),
    },
    attrs: { outputRaggedRank: 1 },
  }),
  RaggedRange: (size) => ({
    inputs: {
      starts: integers([size / 4], 0, 100),
      limits: integers([size / 4], 104, 105),
      deltas: exactly([], [13], 'int32'),
    },
  }),
  RaggedTensorToTensor: (size) => ({
    inputs: {
      shape: exactly([2], [-1, 8], 'int32'),
      values: floats([size / 2]),
      defaultValue: floats([]),
      rowPartitionTensors: [splits(size / 8)],
    },
    attrs: { rowPartitionTypes: ['ROW_SPLITS'] },
  }),
};

/** @type {import('./shapes').Family} */
module.exports = { others };
