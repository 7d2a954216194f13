'use strict';

/** @typedef {import('../captured-graph').ExplainedNode} ExplainedNode */

/** "float32[1,2]" @param {{dtype: string, shape: number[]}} type */
const typeText = ({ dtype, shape }) => `${dtype}[${shape}]`;

/** "float32[1,2], int32[]" @param {({dtype: string, shape: number[]} | null)[]} types */
const typesText = (types) => types.map((type) => (type === null ? '-' : typeText(type))).join(', ');

/**
 * "Conv2D + bias + relu": without the numbers of operands.
 * @param {ExplainedNode} node
 */
function opText({ op, postOps = [] }) {
  return [op, ...postOps.map((postOp) => postOp.replace(/\(%\d+\)/, ''))].join(' + ');
}

/** What computes it. @param {ExplainedNode} node */
function kernelText({ kernel, inPlaceOf }) {
  if (kernel === undefined) return 'view';
  return inPlaceOf === undefined ? kernel : `${kernel}, in place`;
}

/** "1.5 kB" @param {number} bytes */
function bytesText(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  for (; value >= 999.95 && unit < units.length - 1; unit++) value /= 1000;
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** "12.3 us" @param {number} ns */
const timeText = (ns) => `${(ns / 1000).toFixed(1)} us`;

/**
 * "x>y (float32[1,2]) -> float32[2]"
 * @param {import('./index').ExplainedGraph} graph
 */
function titleOf({ part, inputs, outputs }) {
  return `${part} (${typesText(inputs)}) -> ${typesText(outputs)}`;
}

module.exports = { typesText, opText, kernelText, bytesText, timeText, titleOf };
