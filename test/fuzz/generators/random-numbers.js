'use strict';

const { tensor } = require('../tensors');

/** @typedef {import('../draft').Generator} Generator */

/** @type {Record<string, Generator>} */
const generators = {
  Multinomial: (random, op) => {
    const shape = [random.int(0, 5), random.pick([1, 2, 3, 7, 30])];
    const dtype = random.pick(['float32', 'float32', 'int32']);
    const isNormalized = op.draw(random, 'normalized');
    const floats = isNormalized ? ['unit', 'positive', 'holes', 'zeros'] : ['unit', 'few', 'holes'];
    return {
      inputs: [tensor(random, shape, dtype, { floats, ints: 'tiny' })],
      attrs: {
        numSamples: random.pick([0, 1, 5, 40]),
        seed: random.pick([
          random.between(-1, 1),
          random.int(-9, 1e6),
          10 ** random.between(-30, 30),
        ]),
        normalized: isNormalized,
      },
      scale: 'exact',
    };
  },
};

module.exports = { generators };
