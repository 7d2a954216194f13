'use strict';

// Fourier transforms and random numbers.

const { side } = require('./shapes');
const { floats, complex } = require('./tensors');

/** @typedef {import('./shapes').MakeCall} MakeCall */

/** @type {MakeCall} */
const transform = (size) => ({ inputs: { input: complex([side(size) / 2, side(size)]) } });

/** @type {import('./shapes').CallsByOperator} */
const others = {
  FFT: transform,
  IFFT: transform,
  Multinomial: (size) => ({
    inputs: { logits: floats([4, size / 4]) },
    attrs: { numSamples: side(size), seed: 7, normalized: false },
  }),
};

/** @type {import('./shapes').Family} */
module.exports = { others };
