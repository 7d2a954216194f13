'use strict';

// What reads or writes where other tensors say, and what the values decide.

const { side, matrix } = require('./shapes');
const { floats, integers, bools, sortedRows, distinct, ascending, boxes } = require('./tensors');

/** @typedef {import('./shapes').MakeCall} MakeCall */

/** @param {object} attrs @returns {MakeCall} */
const nonMaxSuppression = (attrs) => (size) => ({
  inputs: { boxes: boxes(size / 4), scores: floats([size / 4], 0, 1) },
  attrs: {
    maxOutputSize: Math.min(100, size / 4),
    iouThreshold: 0.5,
    scoreThreshold: 0.3,
    ...attrs,
  },
});

/** @type {import('./shapes').CallsByOperator} */
const others = {
  GatherNd: {
    'of rows': (size) => ({
      inputs: { params: floats(matrix(size)), indices: integers([side(size), 1], 0, side(size)) },
    }),
    'of elements': (size) => ({
      inputs: { params: floats(matrix(size)), indices: integers([size / 2, 2], 0, side(size)) },
    }),
  },
  ScatterNd: (size) => ({
    inputs: {
      indices: integers([side(size), 1], 0, side(size)),
      updates: floats(matrix(size)),
    },
    attrs: { shape: matrix(size) },
  }),
  TensorScatterUpdate: (size) => ({
    inputs: {
      tensor: floats(matrix(size)),
      indices: distinct([side(size) / 2, 1], side(size)),
      updates: floats([side(size) / 2, side(size)]),
    },
  }),
  SparseToDense: (size) => ({
    inputs: {
      sparseIndices: ascending([size / 4, 1], 4),
      sparseValues: floats([size / 4]),
      defaultValue: floats([]),
    },
    attrs: { outputShape: [size] },
  }),
  UnsortedSegmentSum: (size) => ({
    inputs: { x: floats(matrix(size)), segmentIds: integers([side(size)], 0, 16) },
    attrs: { numSegments: 16 },
  }),
  Bincount: (size) => ({
    inputs: { x: integers([size], 0, 256), weights: floats([0]) },
    attrs: { size: 256 },
  }),
  DenseBincount: (size) => ({
    inputs: { x: integers(matrix(size), 0, 16), weights: floats([0]) },
    attrs: { size: 16, binaryOutput: false },
  }),
  SearchSorted: (size) => ({
    inputs: { sortedSequence: sortedRows(matrix(size)), values: floats(matrix(size)) },
    attrs: { side: 'left' },
  }),
  // Of shapes that are as long as a size.
  BroadcastArgs: (size) => ({
    inputs: { s0: integers([size], 7, 8), s1: integers([size / 2], 7, 8) },
  }),
  TopK: (size) => ({
    inputs: { x: floats(matrix(size)) },
    attrs: { k: Math.min(5, side(size)), sorted: true },
  }),
  NonMaxSuppressionV3: nonMaxSuppression({}),
  NonMaxSuppressionV4: nonMaxSuppression({ padToMaxOutputSize: true }),
  NonMaxSuppressionV5: nonMaxSuppression({ softNmsSigma: 0.5 }),
  Unique: (size) => ({ inputs: { x: integers([size], 0, size / 4) }, attrs: { axis: [0] } }),
  Where: (size) => ({ inputs: { condition: bools(matrix(size)) } }),
};

/** @type {import('./shapes').Family} */
module.exports = { others };
