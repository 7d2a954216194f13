'use strict';

const { NativeError } = require('../native-error');

/**
 * @typedef {object} Rule What an option must be.
 * @property {string} expected In words.
 * @property {(value: any) => boolean} fits
 */

/** @returns {Rule} */
function flag() {
  return { expected: 'a boolean', fits: (value) => typeof value === 'boolean' };
}

/** @param {...unknown} values @returns {Rule} */
function oneOf(...values) {
  return {
    expected: `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`,
    fits: (value) => values.includes(value),
  };
}

/** @param {number} low @param {number} high @returns {Rule} */
function wholeNumber(low, high) {
  return {
    expected: `a whole number from ${low} to ${high}`,
    fits: (value) => Number.isSafeInteger(value) && value >= low && value <= high,
  };
}

/**
 * Options as they were given: by place, or by name in an object that stands for all of them. What is
 * undefined is not given.
 * @param {string} op The function.
 * @param {any[]} given
 * @param {string[]} positional Names of the places.
 * @param {string[]} [named] What an object may have besides.
 * @returns {Record<string, any>}
 * @throws {NativeError} BAD_ATTR
 */
function givenOptions(op, given, positional, named = []) {
  const [first] = given;
  const isObject = typeof first === 'object' && first !== null;
  const pairs = isObject ? Object.entries(first) : positional.map((name, i) => [name, given[i]]);
  const known = [...positional, ...named];
  for (const [name] of pairs) {
    if (known.includes(name)) continue;
    const message = `${name}: no such option; there are ${known.join(', ')}`;
    throw new NativeError('BAD_ATTR', op, message);
  }
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

/**
 * @param {string} op
 * @param {Record<string, any>} options
 * @param {Record<string, Rule>} rules
 * @throws {NativeError} BAD_ATTR for the first that does not fit.
 */
function checkOptions(op, options, rules) {
  for (const [name, { expected, fits }] of Object.entries(rules)) {
    const value = options[name];
    if (fits(value)) continue;
    const got = typeof value === 'string' ? JSON.stringify(value) : String(value);
    throw new NativeError('BAD_ATTR', op, `${name}: expected ${expected}, got ${got}`);
  }
}

module.exports = { checkOptions, flag, givenOptions, oneOf, wholeNumber };
