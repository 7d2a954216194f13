'use strict';

// For each operator of the table a function that draws a call which tfjs's cpu backend can compute,
// too. Operators whose row says enough need no generator of their own.

const { makeCall } = require('../draft');
const { operators } = require('../operators');
const { real, binary, REAL } = require('./elementwise');

/** @typedef {import('../random').Random} Random */
/** @typedef {import('../draft').Call} Call */
/** @typedef {import('../draft').Generator} Generator */

/** @type {Record<string, Generator>} */
const own = {
  ...require('./elementwise').generators,
  ...require('./convolution').generators,
  ...require('./matmul').generators,
  ...require('./arrays').generators,
  ...require('./indices').generators,
  ...require('./reduction').generators,
  ...require('./images').generators,
  ...require('./selection').generators,
  ...require('./random-numbers').generators,
  ...require('./spectral').generators,
  ...require('./sparse').generators,
  ...require('./ragged').generators,
};

/** Registered operators that are not called here, and why. @type {Record<string, string>} */
const LEFT_OUT = {
  // No call of tfjs reaches these; graphs (../graphs) come to them.
  ...Object.fromEntries(
    [...operators.values()].filter((op) => op.isInternal).map(({ name }) => [name, 'internal']),
  ),
  FromPixels: 'of pixels, which are no tensor: test/ops/pixels.test.js',
  Draw: 'on a canvas: test/ops/pixels.test.js',
  StaticRegexReplace: 'of strings, which tfjs computes: test/lib/strings.test.js',
  StringNGrams: 'of strings, which tfjs computes: test/lib/strings.test.js',
  StringSplit: 'of strings, which tfjs computes: test/lib/strings.test.js',
  StringToHashBucketFast: 'of strings, which tfjs computes: test/lib/strings.test.js',
};

/**
 * The element-wise operators that take nothing but tensors.
 * @param {import('../operators').Operator} op @returns {Generator | undefined}
 */
function generatorByRow({ isVariadic, inputs, attrs }) {
  if (isVariadic || attrs.length > 0) return undefined;
  const names = inputs.map(({ name }) => name).join();
  if (names === 'x') return real();
  if (names === 'a,b') return binary(REAL);
  return undefined;
}

/** @type {Record<string, (random: Random) => Call>} */
const generators = {};
for (const [name, op] of operators) {
  const generator = own[name] ?? (op.isInternal ? undefined : generatorByRow(op));
  if (generator) generators[name] = (random) => makeCall(random, op, generator);
}

/**
 * Operators that no generator calls although nothing says why, and names in this folder that are no
 * operators.
 * @returns {{missing: string[], unknown: string[]}}
 */
function coverage() {
  const { getKernelsForBackend } = require('../../../lib');
  const registered = getKernelsForBackend('onednn').map(({ kernelName }) => kernelName);
  const all = new Set([...operators.keys(), ...registered]);
  const named = [...Object.keys(own), ...Object.keys(LEFT_OUT)];
  return {
    missing: [...all].filter((op) => Object.hasOwn(generators, op) === Object.hasOwn(LEFT_OUT, op)),
    unknown: named.filter((op) => !all.has(op)),
  };
}

module.exports = { generators, coverage };
