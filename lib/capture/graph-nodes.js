'use strict';

// What kinds of nodes a graph model may have.

/** @typedef {import('./stages').Node} Node */

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

/** What depends on the shapes of its inputs, not on their values. */
const shapeOps = new Set(['Shape', 'ShapeN', 'Size', 'Rank']);

const trivialOps = new Set(['Identity', 'IdentityN', 'Snapshot', 'StopGradient', 'NoOp', 'Const']);

/** Whether a node has to do with tables, in which others may write. @param {Node} node */
const isTable = ({ category }) => category === 'hash_table';

/** Whether a node cannot be a part of a captured graph. @param {Node} node */
const isBarrier = ({ op, category }) =>
  category === undefined || barrierCategories.has(category) || barrierOps.has(op);

/** Whether tfjs computes a node in executeAsync() only. @param {Node} node */
const isAsync = ({ op }) => asyncOps.has(op);

/** Whether a node computes nothing. @param {Node} node */
const isTrivial = ({ op }) => trivialOps.has(op);

/** Whether a node says of what shape its input is. @param {Node} node */
const tellsShape = ({ op }) => shapeOps.has(op);

/**
 * Whether tfjs-converter reads the value of one of some nodes in JavaScript, to have numbers for an
 * operator's arguments.
 * @param {Node} node @param {Set<Node>} producers
 */
function readsAnyOf({ inputs, inputParams }, producers) {
  for (const name in inputParams) {
    const { type, inputIndexStart: index } = inputParams[name];
    if (type === 'tensor' || type === 'tensors' || index === undefined) continue;
    const input = inputs.at(index);
    if (input !== undefined && producers.has(input)) return true;
  }
  return false;
}

module.exports = { isTable, isBarrier, isAsync, isTrivial, readsAnyOf, tellsShape };
