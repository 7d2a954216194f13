'use strict';

const SIGNIFICANT_DECIMALS = 2;
const MAX_DECIMALS = 4;

/**
 * How many decimal places show a number below 1 with three digits that count.
 * @param {number} x
 * @returns {number} 2 for what is not below 1, for 0, and for what is not finite
 */
function getDisplayDecimalPlaces(x) {
  const size = Math.abs(x);
  const isSmall = size > 0 && size <= 1;
  return isSmall ? SIGNIFICANT_DECIMALS - Math.floor(Math.log10(size)) : SIGNIFICANT_DECIMALS;
}

/**
 * A number in few characters: decimal, or with an exponent where it is small.
 * @param {number} x
 * @returns {string}
 */
function getSuccinctNumberDisplay(x) {
  const decimals = getDisplayDecimalPlaces(x);
  return decimals > MAX_DECIMALS ? x.toExponential(SIGNIFICANT_DECIMALS) : x.toFixed(decimals);
}

module.exports = { getDisplayDecimalPlaces, getSuccinctNumberDisplay };
