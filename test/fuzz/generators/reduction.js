'use strict';

const { tensor, summable } = require('../tensors');
const { axisOf } = require('./arrays');

/** @typedef {import('../random').Random} Random */
/** @typedef {import('../draft').Generator} Generator */

const REAL = /** @type {const} */ (['float32', 'float32', 'int32', 'bool']);

/** Some of the axes, some counted from the end. @param {Random} random @param {number} rank */
function axesOf(random, rank) {
  const all = random.shuffled(random.list(rank, (i) => i)).slice(0, random.int(0, rank));
  const axes = all.map((axis) => (random.chance(0.2) ? axis - rank : axis));
  return axes.length === 1 && random.chance(0.5) ? axes[0] : axes;
}

/** @param {(random: Random, shape: number[]) => any} make @returns {Generator} */
const reduction = (make) => (random, op) => {
  const shape = random.shape({ max: 5 });
  return {
    inputs: [make(random, shape)],
    attrs: { [op.attrOf('numbers')]: () => axesOf(random, shape.length) },
    scale: 'sum',
  };
};

const anyReal = (random, shape) => tensor(random, shape, random.pick(REAL));
const sums = (random, shape) => summable(random, shape, random.pick(REAL));
const bools = (random, shape) => tensor(random, shape, 'bool');

/** @type {Generator} */
const lastAxis = (random, op) => {
  const shape = random.shape({ min: 1, max: 4 });
  const kinds = { floats: ['unit', 'few', 'holes', 'special'] };
  return {
    inputs: [tensor(random, shape, 'float32', kinds)],
    attrs: { [op.attrOf('number')]: () => random.pick([-1, shape.length - 1]) },
  };
};

/** @returns {Generator} */
const scan = (floats) => (random) => {
  const shape = random.shape({ min: 1, max: 4 });
  const x = tensor(random, shape, random.pick(REAL), { floats, ints: 'small' });
  return { inputs: [x], attrs: { axis: axisOf(random, shape.length) }, scale: 'sum' };
};

/** @type {Generator} */
const argReduction = (random) => {
  const shape = random.shape({ min: 1, max: 5, empty: 0 });
  const kinds = { floats: ['unit', 'few', 'special', 'holes'] };
  const x = tensor(random, shape, random.pick(REAL), kinds);
  const axis = axisOf(random, shape.length);
  // Without one all dimensions are meant, and there may be one.
  return { inputs: [x], attrs: { axis: shape.length === 1 ? () => axis : axis }, scale: 'exact' };
};

/** @type {Record<string, Generator>} */
const generators = {
  Sum: reduction(sums),
  Mean: reduction(sums),
  Prod: reduction((random, shape) => {
    const dtype = random.pick(REAL);
    // Factors near 1, so that many of them neither vanish nor overflow.
    const x = tensor(random, shape, dtype, { floats: ['positive'], ints: 'signs' });
    if (dtype === 'float32') x.values = x.values.map((v) => (random.chance(0.5) ? v : 1 / v));
    return x;
  }),
  Max: reduction(anyReal),
  Min: reduction(anyReal),
  All: reduction(bools),
  Any: reduction(bools),
  ArgMax: argReduction,
  ArgMin: argReduction,
  Softmax: lastAxis,
  LogSoftmax: lastAxis,
  Cumsum: scan(['unit', 'few', 'holes']),
  Cumprod: scan(['unit', 'few']),
  TopK: (random) => {
    const shape = random.shape({ min: 1, max: 3 });
    // Infinities, but no NaN: tfjs's order of NaN depends on how it searches.
    const x = tensor(random, shape, random.pick(REAL), { floats: ['unit', 'few'], ints: 'small' });
    const k = random.int(0, Math.min(shape[shape.length - 1], random.pick([3, 70])));
    return { inputs: [x], attrs: { k }, scale: 'exact' };
  },
};

module.exports = { generators };
