'use strict';

// One call, or several, of every operator, in shapes as models have them, for any size.

const { operators } = require('../../fuzz/operators');
const { sizes } = require('./shapes');

/** @typedef {import('./shapes').Size} Size */

/**
 * @typedef {object} KernelCase
 * @property {string} op
 * @property {string} name The operator, and what sets the call apart from its others.
 * @property {Size[]} sizes
 * @property {import('./shapes').MakeCall} make
 */

/** Registered operators that are not timed, and why. @type {Record<string, string>} */
const leftOut = { Draw: 'draws on a canvas, and there is none in Node' };

/** @type {import('./shapes').Family[]} */
const families = [
  require('./elementwise'),
  require('./arrays'),
  require('./indices'),
  require('./reduction'),
  require('./products'),
  require('./windows'),
  require('./images'),
  require('./lists'),
  require('./signals'),
];

const allSizes = /** @type {Size[]} */ (Object.keys(sizes));
const upToAMillion = allSizes.filter((size) => sizes[size] <= sizes['1m']);

/**
 * @param {import('./shapes').CallsByOperator} calls @param {Size[]} sizesOfCase
 * @returns {KernelCase[]}
 */
function casesOf(calls, sizesOfCase) {
  return Object.entries(calls).flatMap(([op, made]) =>
    Object.entries(typeof made === 'function' ? { '': made } : made).map(([what, make]) => ({
      op,
      name: [op, what].filter(Boolean).join(' '),
      sizes: sizesOfCase,
      make,
    })),
  );
}

/** In the order of the operator table. */
const kernelCases = families
  .flatMap(({ memoryBound = {}, others = {} }) => [
    ...casesOf(memoryBound, allSizes),
    ...casesOf(others, upToAMillion),
  ])
  .sort((a, b) => rankOf(a) - rankOf(b));

/** @param {KernelCase} one */
function rankOf({ op }) {
  return [...operators.keys()].indexOf(op);
}

module.exports = { kernelCases, leftOut, sizes };
