'use strict';

// Reductions, and what is made of them: softmax and layer normalisation, as operators and written
// out.

const { either } = require('./elementwise');
const { images } = require('./products');

/** @typedef {import('./elementwise').Block} Block */
/** @typedef {import('./drawing').Drawing} Drawing */
/** @typedef {import('./drawing').Value} Value */

/** @param {Drawing} draw @param {string} op @param {Value} x @param {number[]} axis @param {boolean} keepDims */
const reduced = (draw, op, x, axis, keepDims) =>
  draw.step(op, [x], op === 'Max' ? { reductionIndices: axis, keepDims } : { axis, keepDims });

/** @type {Block} */
function reduce(draw, x) {
  const { random } = draw;
  const op = random.pick(['Sum', 'Mean', 'Mean', 'Max', 'Min', 'Prod']);
  const axes = x.shape.map((_, i) => i).filter(() => random.chance(0.5));
  if (random.chance(0.08) && x.shape.length > 0) {
    const axis = [random.int(0, x.shape.length - 1)];
    return draw.step(random.pick(['ArgMax', 'ArgMin']), [x], { axis });
  }
  const value = reduced(draw, op, x, axes, random.chance(0.5));
  return random.chance(0.3) ? either(draw, random.pick(['Add', 'Multiply']), x, value) : value;
}

/** @type {Block} */
function cumulate(draw, x) {
  const axis = draw.random.int(0, x.shape.length - 1);
  const [exclusive, reverse] = [draw.random.chance(0.3), draw.random.chance(0.3)];
  return draw.step('Cumsum', [x], { axis, exclusive, reverse });
}

/** x, or something else in its place that makes a pattern none. @param {Drawing} draw @param {Value} x */
function mostly(draw, x) {
  if (draw.random.chance(0.93)) return x;
  return draw.pick(({ dtype, shape }) => dtype === x.dtype && shape.join() === x.shape.join());
}

/** Over the last dimensions, with extents of 1 kept or put back. */
function moment(draw, op, x, dims) {
  const { random } = draw;
  const rank = x.shape.length;
  const axes = x.shape.map((_, i) => i).slice(rank - dims);
  const given = random.chance(0.3) ? axes.map((axis) => axis - rank) : axes;
  if (random.chance(0.75)) return reduced(draw, op, x, given, true);
  const flat = reduced(draw, op, x, given, false);
  const shape = x.shape.map((extent, i) => (i < rank - dims ? extent : 1));
  return draw.step('Reshape', [flat], { shape });
}

/** @type {Block} */
function softmax(draw, x) {
  const { random } = draw;
  const kind = random.int(0, 3);
  if (kind === 0) return draw.step('Softmax', [x], { dim: x.shape.length - 1 });
  if (kind === 1) return draw.step('LogSoftmax', [x], { axis: x.shape.length - 1 });
  const dims = random.chance(0.9) ? 1 : x.shape.length;
  const limit = moment(draw, 'Max', mostly(draw, x), dims);
  const e = draw.step('Exp', [draw.step('Sub', [x, limit])]);
  const total = moment(draw, 'Sum', e, dims);
  if (random.chance(0.6)) return draw.step('RealDiv', [e, total]);
  return either(draw, 'Multiply', e, draw.step('Reciprocal', [total]));
}

/** @param {Drawing} draw @param {Value} value variance + epsilon */
function inverseRoot(draw, value) {
  const kind = draw.random.int(0, 3);
  if (kind === 0) return draw.step('Pow', [value, draw.number(-0.5)]);
  if (kind === 1) return draw.step('Reciprocal', [draw.step('Sqrt', [value])]);
  if (kind === 2) return draw.step('RealDiv', [draw.number(1), draw.step('Sqrt', [value])]);
  return draw.step('Rsqrt', [value]);
}

/** The ways in which libraries write it. @type {Block} */
function layerNorm(draw, x) {
  const { random } = draw;
  const rank = x.shape.length;
  const dims = random.chance(0.8) ? 1 : random.int(1, rank);
  const parameterShape = random.chance(0.85)
    ? x.shape.slice(rank - dims)
    : random.pick([[], [1], x.shape]);
  const mean = moment(draw, 'Mean', mostly(draw, x), dims);
  const centred = () => draw.step('Sub', [mostly(draw, x), mean]);
  const squares = random.pick([
    () => either(draw, 'SquaredDifference', x, mean),
    () => draw.step('Square', [centred()]),
    () => {
      const difference = centred();
      return draw.step('Multiply', [difference, difference]);
    },
  ])();
  const variance = moment(draw, 'Mean', squares, random.chance(0.93) ? dims : random.int(1, rank));
  if (dims === 1 && random.chance(0.25)) return batchNormed(draw, x, mean, variance);
  const epsilon = draw.number(random.pick([1e-3, 1e-5, 1e-6]));
  const shifted = either(draw, 'Add', variance, epsilon);
  const hasGamma = random.chance(0.7);
  // An infinite scale gives infinity in one form, and NaN where x and mean are multiplied apart.
  const gamma = hasGamma ? draw.finiteWeight(parameterShape) : undefined;
  const beta = random.chance(0.7) ? draw.weight(parameterShape) : undefined;
  const scaled = (/** @type {Value} */ value) =>
    gamma === undefined ? value : either(draw, 'Multiply', value, gamma);
  const form = random.int(0, 2);
  let value;
  if (form === 0) {
    const root = random.chance(0.7)
      ? draw.step('Sqrt', [shifted])
      : draw.step('Pow', [shifted, draw.number(0.5)]);
    value = scaled(draw.step('RealDiv', [centred(), root]));
  } else if (form === 1) {
    value = random.chance(0.5)
      ? scaled(either(draw, 'Multiply', centred(), inverseRoot(draw, shifted)))
      : either(draw, 'Multiply', centred(), scaled(inverseRoot(draw, shifted)));
  } else {
    const scale = scaled(inverseRoot(draw, shifted));
    const whole = either(draw, 'Multiply', mostly(draw, x), scale);
    const shift = either(draw, 'Multiply', mean, scale);
    if (beta === undefined) return draw.step('Sub', [whole, shift]);
    return either(draw, 'Add', whole, draw.step('Sub', [beta, shift]));
  }
  return beta === undefined ? value : either(draw, 'Add', value, beta);
}

/** As tfjs-layers does it: a batch normalisation of tiled moments. */
function batchNormed(draw, x, mean, variance) {
  const { random } = draw;
  const reps = x.shape.map((extent, i) => (i === x.shape.length - 1 ? extent : 1));
  const outer = x.shape.map((extent, i) => (i === x.shape.length - 1 ? 1 : extent));
  const tiled = (/** @type {Value} */ value) => draw.step('Tile', [value], { reps });
  const parameter = () => {
    const list = draw.weight(x.shape.slice(-1));
    const shape = outer.map((_, i) => (i === x.shape.length - 1 ? x.shape.at(-1) : 1));
    return draw.step('Tile', [draw.step('Reshape', [list], { shape })], { reps: outer });
  };
  const [offset, scale] = [0, 1].map(() => (random.chance(0.8) ? parameter() : undefined));
  const inputs = [x, tiled(mean), tiled(variance), offset, scale];
  return draw.step('FusedBatchNorm', inputs, { varianceEpsilon: random.pick([1e-3, 1e-5]) });
}

/** x / |x| @type {Block} */
function unitLength(draw, x) {
  const length = draw.step('Sqrt', [moment(draw, 'Sum', draw.step('Square', [x]), 1)]);
  return draw.step('RealDiv', [x, either(draw, 'Maximum', length, draw.number(1e-6))]);
}

module.exports = {
  blocks: { reduce },
  rows: { softmax, layerNorm, unitLength, cumulate, batchNorm: images.batchNorm },
};
