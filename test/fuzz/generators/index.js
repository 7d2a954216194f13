'use strict';

// For each operator a function that draws a call which tfjs's cpu backend can compute, too.

/**
 * @typedef {object} Call
 * @property {Record<string, import('../tensors').TensorSpec | undefined> |
 *     import('../tensors').TensorSpec[]} inputs
 * @property {Record<string, any>} attrs
 * @property {number | 'element' | 'tensor' | 'sum' | 'exact'} [scale] What the tolerance is relative
 *     to: each value (the default, absolute below 1), the largest magnitude of the output, also of
 *     the inputs ('sum'), or a number beside that of the output. 'exact': the same bits.
 * @property {number} [tolerance]
 * @property {number} [slack] How far integers may be apart.
 */

/** @typedef {(random: import('../random').Random) => Call} Generator */

/** @type {Record<string, Generator>} */
const generators = {
  ...require('./elementwise').generators,
  ...require('./convolution').generators,
  ...require('./matmul').generators,
  ...require('./arrays').generators,
  ...require('./indices').generators,
  ...require('./reduction').generators,
  ...require('./images').generators,
  ...require('./selection').generators,
};

module.exports = { generators };
