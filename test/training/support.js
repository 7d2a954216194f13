'use strict';

/**
 * Numbers in [-1, 1) that look random and are the same everywhere (Lehmer's generator, modulus
 * 2^31 - 1).
 * @param {number} seed @param {number} count
 * @returns {number[]}
 */
function valuesFrom(seed, count) {
  let state = (seed * 48271) % 2147483647;
  return Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (state / 2147483647) * 2 - 1;
  });
}

module.exports = { valuesFrom };
