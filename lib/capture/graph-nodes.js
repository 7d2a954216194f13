'use strict';

// What kinds of nodes a graph model may have.

/** @typedef {import('./stages').Node} Node */

/** Loops of TensorFlow 1: cycles, whose nodes run in frames, in an order that values decide. */
const tensorFlow1Control = new Set([
  'Switch',
  'Merge',
  'Enter',
  'Exit',
  'NextIteration',
  'LoopCond',
]);

/** Of tfjs-converter's categories, those whose nodes wait, have effects, or give shapes by values. */
const barrierCategories = new Set([
  'control',
  'dynamic',
  'hash_table',
  'string',
  'sparse',
  'ragged',
  'custom',
]);

/** Single operators like these in other categories. */
const barrierOps = new Set([
  'Print',
  'Unique',
  'UniqueV2',
  'RandomStandardNormal',
  'RandomUniform',
  'RandomUniformInt',
  'TruncatedNormal',
  'Multinomial',
]);

/** What tfjs-converter itself takes for a reason to require executeAsync(). */
const asyncOps = new Set([
  'Switch',
  'Merge',
  'Enter',
  'Exit',
  'NextIteration',
  'StatelessIf',
  'StatelessWhile',
  'if',
  'While',
  'NonMaxSuppressionV2',
  'NonMaxSuppressionV3',
  'NonMaxSuppressionV5',
  'Where',
  'HashTable',
  'HashTableV2',
  'LookupTableImport',
  'LookupTableImportV2',
  'LookupTableFind',
  'LookupTableFindV2',
  'LookupTableSize',
  'LookupTableSizeV2',
]);

const trivialOps = new Set(['Identity', 'IdentityN', 'Snapshot', 'StopGradient', 'NoOp', 'Const']);

/** Whether all that is behind such a node has to stay in one run. @param {Node} node */
const staysWhole = ({ op, category }) => tensorFlow1Control.has(op) || category === 'hash_table';

/** Whether a node cannot be a part of a captured graph. @param {Node} node */
const isBarrier = ({ op, category }) =>
  category === undefined || barrierCategories.has(category) || barrierOps.has(op);

/** Whether tfjs computes a node in executeAsync() only. @param {Node} node */
const isAsync = ({ op }) => asyncOps.has(op);

/** Whether a node computes nothing. @param {Node} node */
const isTrivial = ({ op }) => trivialOps.has(op);

module.exports = { staysWhole, isBarrier, isAsync, isTrivial };
