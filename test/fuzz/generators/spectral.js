'use strict';

const { tensor } = require('../tensors');

/** @typedef {import('../draft').Generator} Generator */

/** @type {Generator} */
const transform = (random) => {
  // Few: tfjs takes milliseconds for each.
  const rows = random.pick([[], [1], [3], [16], [19], [2, 9], [4, 1], [0], [2, 0]]);
  const length = random.chance(0.5) ? random.int(0, 40) : random.pick([49, 64, 97, 128, 210]);
  const kinds = { floats: ['unit', 'few', 'scaled', 'zeros'] };
  return { inputs: [tensor(random, [...rows, length], 'complex64', kinds)], scale: 'tensor' };
};

/** @type {Record<string, Generator>} */
const generators = { FFT: transform, IFFT: transform };

module.exports = { generators };
