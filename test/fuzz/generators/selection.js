'use strict';

// Operators whose outputs are as large as the values say.

const { tensor } = require('../tensors');
const { REAL } = require('./elementwise');

/** @typedef {import('../draft').Generator} Generator */

/**
 * Boxes that overlap often, with a few values that are no coordinates.
 * @type {Generator}
 */
const nonMaxSuppression = (random, op) => {
  const count = random.pick([0, 1, 2, 3, 7, 20, 33, 70, 200]);
  const dtype = random.pick(['float32', 'float32', 'float32', 'int32']);
  const kinds = {
    floats: ['unit', 'positive', 'few', 'holes', 'special'],
    ints: ['tiny', 'small'],
  };
  const corners = tensor(random, [count, 4], dtype, kinds);
  // Small boxes here and there, not only large ones around the middle.
  if (random.chance(0.5)) {
    const spread = random.pick([2, 5, 10]);
    for (let i = 0; i < count; i++) {
      const [y, x] = [random.int(0, spread), random.int(0, spread)];
      for (let k = 0; k < 4; k++) corners.values[4 * i + k] += k % 2 === 0 ? y : x;
    }
  }
  const scores = tensor(random, [count], random.pick(['float32', 'float32', 'int32', 'bool']), {
    floats: ['unit', 'few', 'holes'],
    ints: ['tiny', 'small'],
  });
  const isPadded = op.draw(random, 'padToMaxOutputSize');
  const isSoft = op.takes('softNmsSigma');
  return {
    inputs: [corners, scores],
    attrs: {
      maxOutputSize: isPadded ? random.int(0, count) : anySize(random, count),
      iouThreshold: random.pick([0, 0.1, 0.25, 1 / 3, 0.5, 0.75, 1]),
      scoreThreshold: random.pick([-Infinity, -Infinity, -0.5, 0, 0.3, NaN]),
      padToMaxOutputSize: isPadded,
      softNmsSigma: isSoft ? random.pick([0, 0.1, 0.5, 1]) : undefined,
    },
    // The scores' last bits are those of the exponential.
    scale: isSoft ? undefined : 'exact',
  };
};

/** @param {import('../random').Random} random @param {number} count */
const anySize = (random, count) =>
  random.pick([count, count, random.int(0, count), count + 3, 2.5, -1, NaN, 1e300]);

/** @type {Record<string, Generator>} */
const generators = {
  NonMaxSuppressionV3: nonMaxSuppression,
  NonMaxSuppressionV4: nonMaxSuppression,
  NonMaxSuppressionV5: nonMaxSuppression,
  Unique: (random) => {
    const shape = random.shape({ min: 1, max: 4, limit: 500 });
    const kinds = { floats: ['few', 'few', 'special', 'unit'], ints: ['signs', 'tiny', 'medium'] };
    return {
      inputs: [tensor(random, shape, random.pick(REAL), kinds)],
      attrs: { axis: () => random.int(-shape.length, shape.length - 1) },
      scale: 'exact',
    };
  },
  ListDiff: (random) => {
    const dtype = random.pick(REAL);
    const kinds = random.pick([
      { floats: 'few', ints: 'tiny' },
      { floats: 'special', ints: 'special' },
      { floats: 'unit', ints: 'medium' },
    ]);
    const side = () => tensor(random, [random.pick([0, 1, 5, 40, 300])], dtype, kinds);
    return { inputs: [side(), side()], scale: 'exact' };
  },
  Where: (random) => {
    const shape = random.shape({ max: 5, limit: 500 });
    const kinds = { floats: ['few', 'special'], ints: 'tiny' };
    return { inputs: [tensor(random, shape, random.pick(REAL), kinds)], scale: 'exact' };
  },
};

module.exports = { generators };
