'use strict';

// Which operators take strings, and in which inputs. But for those that move them, these are the ones that tfjs's cpu backend
// computes rightly: where it stumbles over strings (Select, ScatterNd, PadV2) or answers nonsense
// (Add, Max, SearchSorted), they stay a BAD_DTYPE error here.

/** Every input of an operator whose inputs are a list. */
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
  BatchToSpaceND: ['x'],
  Concat: ALL,
  Equal: ['a', 'b'],
  ExpandDims: ['input'],
  Fill: [],
  Greater: ['a', 'b'],
  GreaterEqual: ['a', 'b'],
  Identity: ['x'],
  Less: ['a', 'b'],
  LessEqual: ['a', 'b'],
  MirrorPad: ['x'],
  NotEqual: ['a', 'b'],
  Pack: ALL,
  Reshape: ['x'],
  Reverse: ['x'],
  Slice: ['x'],
  SparseToDense: ['sparseValues', 'defaultValue'],
  SplitV: ['x'],
  StridedSlice: ['x'],
  TensorScatterUpdate: ['tensor', 'updates'],
  Tile: ['x'],
  Transpose: ['x'],
  Unique: ['x'],
  Unpack: ['value'],
};

/**
 * @typedef {object} Moved
 * @property {string[]} inputs Names of the inputs that hold strings.
 * @property {number} output The place of the output that does.
 */

/**
 * Operators that take strings, too, and only move them (by-place.js).
 * @type {Record<string, Moved>}
 */
const movedStrings = {
  GatherNd: { inputs: ['params'], output: 0 },
  GatherV2: { inputs: ['x'], output: 0 },
  RaggedGather: { inputs: ['paramsDenseValues'], output: -1 },
  RaggedTensorToTensor: { inputs: ['values', 'defaultValue'], output: 0 },
  SparseFillEmptyRows: { inputs: ['values', 'defaultValue'], output: 1 },
};

module.exports = { ALL, movedStrings, stringOperators, stringVariants };
