'use strict';

/** What is nearer to nothing, such as a sigmoid far out, is rounding where it is the one value. */
const leastValue = 1e-2;

/** Outputs that are further apart than this are not the same computation. */
const tolerance = 1e-3;

/**
 * The largest difference between two models' outputs, relative to the spread of the expected values
 * of that output: after a softmax all values may be near each other. Outputs of other counts or
 * sizes, or with NaN, differ by Infinity.
 * @param {ArrayLike<number>[]} expected @param {ArrayLike<number>[]} actual
 */
function difference(expected, actual) {
  if (expected.length !== actual.length) return Infinity;
  return Math.max(...expected.map((values, i) => differenceOfOne(values, actual[i])));
}

/** @param {ArrayLike<number>} expected @param {ArrayLike<number>} actual */
function differenceOfOne(expected, actual) {
  if (expected.length !== actual.length) return Infinity;
  let [low, high, apart] = [Infinity, -Infinity, 0];
  for (let i = 0; i < expected.length; i++) {
    low = Math.min(low, expected[i]);
    high = Math.max(high, expected[i]);
    apart = Math.max(apart, Math.abs(expected[i] - actual[i]));
  }
  const relative = apart / (high - low || Math.max(Math.abs(high), leastValue));
  return Number.isNaN(relative) ? Infinity : relative;
}

module.exports = { difference, tolerance };
