'use strict';

// Which operators take strings, and in which inputs. But for those that move them, these are the
// ones that tfjs's cpu backend computes rightly: where it stumbles over strings (Select, ScatterNd,
// PadV2) or answers nonsense (Add, Max, SearchSorted), they stay a BAD_DTYPE error here.

/** Every input of an operator whose inputs are a list, or every output of one. */
const ALL = 'all';

/** @typedef {string[] | typeof ALL} StringInputs Names of the inputs that hold strings. */

/**
 * Operators that exist for strings only.
 * @type {Record<string, StringInputs>}
 */
const stringOperators = {
  StaticRegexReplace: ['x'],
  StringNGrams: ['data'],
  StringSplit: ['input', 'delimiter'],
  StringToHashBucketFast: ['input'],
};

/**
 * Operators that take strings as well where they are native for numbers.
 * @type {Record<string, StringInputs>}
 */
const stringVariants = {
  Equal: ['a', 'b'],
  ExpandDims: ['input'],
  Fill: [],
  Greater: ['a', 'b'],
  GreaterEqual: ['a', 'b'],
  Identity: ['x'],
  Less: ['a', 'b'],
  LessEqual: ['a', 'b'],
  NotEqual: ['a', 'b'],
  Reshape: ['x'],
  SparseToDense: ['sparseValues', 'defaultValue'],
  TensorScatterUpdate: ['tensor', 'updates'],
  Unique: ['x'],
};

/**
 * @typedef {object} Moved
 * @property {StringInputs} inputs
 * @property {number | typeof ALL} output The place of the output that holds strings.
 */

/**
 * Operators that take strings, too, and only move them (by-place.js).
 * @type {Record<string, Moved>}
 */
const movedStrings = {
  BatchToSpaceND: { inputs: ['x'], output: 0 },
  Concat: { inputs: ALL, output: 0 },
  GatherNd: { inputs: ['params'], output: 0 },
  GatherV2: { inputs: ['x'], output: 0 },
  MirrorPad: { inputs: ['x'], output: 0 },
  Pack: { inputs: ALL, output: 0 },
  RaggedGather: { inputs: ['paramsDenseValues'], output: -1 },
  RaggedTensorToTensor: { inputs: ['values', 'defaultValue'], output: 0 },
  Reverse: { inputs: ['x'], output: 0 },
  Slice: { inputs: ['x'], output: 0 },
  SparseFillEmptyRows: { inputs: ['values', 'defaultValue'], output: 1 },
  SplitV: { inputs: ['x'], output: ALL },
  StridedSlice: { inputs: ['x'], output: 0 },
  Tile: { inputs: ['x'], output: 0 },
  Transpose: { inputs: ['x'], output: 0 },
  Unpack: { inputs: ['value'], output: ALL },
};

module.exports = { ALL, movedStrings, stringOperators, stringVariants };
