'use strict';

// What moves values and makes them, without computing.

const { side, matrix, image, halfImage } = require('./shapes');
const { floats, integers } = require('./tensors');

/** @typedef {import('./shapes').MakeCall} MakeCall */

/** @param {string} input @param {(size: number) => object} attrs @returns {MakeCall} */
const view = (input, attrs) => (size) => ({
  inputs: { [input]: floats(matrix(size)) },
  attrs: attrs(size),
  isView: true,
});

/** @param {(size: number) => number[]} shapeOf @param {(size: number) => object} attrs */
const move = (shapeOf, attrs) => (/** @type {number} */ size) => ({
  inputs: { x: floats(shapeOf(size)) },
  attrs: attrs(size),
});

/** @param {(size: number) => object} attrs @returns {MakeCall} */
const make = (attrs) => (size) => ({ inputs: {}, attrs: attrs(size) });

const halfColumns = (/** @type {number} */ size) => [side(size), side(size) / 2];
const halfRows = (/** @type {number} */ size) => [side(size) / 2, side(size)];

/** Two tensors. @param {(size: number) => number[]} shapeOf @param {number} axis */
const join = (shapeOf, axis) => (/** @type {number} */ size) => ({
  inputs: [0, 1].map((low) => floats(shapeOf(size), low, low + 1)),
  attrs: { axis },
});

/** @param {number} axis @returns {MakeCall} */
const gather = (axis) => (size) => ({
  inputs: { x: floats(matrix(size)), indices: integers([side(size)], 0, side(size)) },
  attrs: { axis, batchDims: 0 },
});

const none = [0, 0];
const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };

/** @type {import('./shapes').CallsByOperator} */
const memoryBound = {
  Identity: view('x', () => ({})),
  Reshape: view('x', (size) => ({ shape: [size] })),
  ExpandDims: view('input', () => ({ dim: 0 })),
  Concat: { 'of columns': join(halfColumns, 1), 'of rows': join(halfRows, 0) },
  Pack: { '': join(halfColumns, 1), 'of elements': join((size) => [size / 2], 1) },
  Unpack: {
    '': (size) => ({
      inputs: { value: floats([side(size), 2, side(size) / 2]) },
      attrs: { axis: 1 },
    }),
    'of elements': (size) => ({ inputs: { value: floats([size / 4, 4]) }, attrs: { axis: 1 } }),
  },
  SplitV: move(matrix, (size) => ({ numOrSizeSplits: [side(size) / 2, side(size) / 2], axis: 1 })),
  Slice: move(matrix, (size) => ({ begin: [0, 1], size: [side(size), side(size) - 1] })),
  StridedSlice: move(matrix, (size) => ({
    begin: [0, 0],
    end: matrix(size),
    strides: [1, 2],
    ...masks,
  })),
  Reverse: {
    '': move(matrix, () => ({ dims: [1] })),
    'of rows': move(matrix, () => ({ dims: [0] })),
  },
  PadV2: move(image, () => ({ paddings: [none, [1, 1], [1, 1], none], constantValue: 0 })),
  MirrorPad: move(image, () => ({ paddings: [none, [1, 1], [1, 1], none], mode: 'reflect' })),
  Transpose: {
    '': move(matrix, () => ({ perm: [1, 0] })),
    'channels first': move(image, () => ({ perm: [0, 3, 1, 2] })),
    'of heads': move(
      (size) => [1, side(size), 4, side(size) / 4],
      () => ({ perm: [0, 2, 1, 3] }),
    ),
  },
  Tile: move(
    (size) => [side(size) / 2, side(size) / 2],
    () => ({ reps: [2, 2] }),
  ),
  BroadcastTo: move(
    (size) => [1, side(size)],
    (size) => ({ shape: matrix(size) }),
  ),
  BatchToSpaceND: move(
    (size) => [4, ...halfImage(size).slice(1)],
    () => ({ blockShape: [2, 2], crops: [none, none] }),
  ),
  SpaceToBatchND: move(image, () => ({ blockShape: [2, 2], paddings: [none, none] })),
  DepthToSpace: move(
    (size) => {
      const [batch, height, width, channels] = halfImage(size);
      return [batch, height, width, 4 * channels];
    },
    () => ({ blockSize: 2, dataFormat: 'NHWC' }),
  ),
  Diag: move(
    (size) => [side(size)],
    () => ({}),
  ),
  GatherV2: { 'of rows': gather(0), 'of columns': gather(1) },
  Fill: make((size) => ({ shape: matrix(size), value: 1, dtype: 'float32' })),
  Range: make((size) => ({ start: 0, stop: size, step: 1, dtype: 'float32' })),
  LinSpace: make((size) => ({ start: 0, stop: 1, num: size })),
  OneHot: (size) => ({
    inputs: { indices: integers([size / 16], 0, 16) },
    attrs: { depth: 16, onValue: 1, offValue: 0, dtype: 'float32' },
  }),
};

/** @type {import('./shapes').Family} */
module.exports = { memoryBound };
