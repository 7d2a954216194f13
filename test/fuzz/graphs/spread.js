'use strict';

// How far results may be apart because float32 rounds: each value of an eager run is disturbed by a
// little more than its own rounding, again and again, and what becomes of the outputs is noted. A
// graph in which differences of nearly equal numbers, steps or exponentials blow that up is then not
// taken for a wrong one.

const tf = require('../../../lib');
const { Random } = require('../random');
const { evaluate, makeInputs, makeWeights } = require('./program');

/** @typedef {import('./program').Program} Program */
/** @typedef {import('./program').Step} Step */
/** @typedef {import('../compare').Output} Output */

const RUNS = 12;
/** Of the value itself; and of the largest term, in sums. */
const RELATIVE = 3e-6;
const OF_TERMS = 1e-6;
/** Of the largest value, also where nothing is blown up. */
const TOLERANCE = 1e-5;
/** Rounding may be worse than what the disturbed runs came across. */
const MARGIN = 10;

/** Operators that do not round. */
const EXACT = new Set([
  'Identity', 'Reshape', 'ExpandDims', 'Transpose', 'Concat', 'Pack', 'Unpack', 'SplitV', 'Slice',
  'StridedSlice', 'Reverse', 'PadV2', 'MirrorPad', 'Tile', 'BroadcastTo', 'GatherV2', 'DepthToSpace',
  'ResizeNearestNeighbor', 'Cast', 'Select', 'Relu', 'Relu6', 'Abs', 'Neg', 'Sign', 'Step', 'Floor',
  'Ceil', 'Round', 'ClipByValue', 'Maximum', 'Minimum', 'Max', 'Min', 'MaxPool',
]); // prettier-ignore

const PRODUCTS = new Set([
  'Conv2D', 'FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2D', 'Conv2DBackpropInput',
  'Conv3D', 'BatchMatMul', '_FusedMatMul',
]); // prettier-ignore
const SUMS = new Set([
  'Sum', 'Mean', 'AvgPool', 'FusedBatchNorm', 'ResizeBilinear', 'Cumsum', 'AddN',
]); // prettier-ignore

/** Operators, and activations of fused ones, that give about x for small x by way of larger numbers. */
const OF_ONE = new Set([
  'Elu', 'Selu', 'Expm1', 'Log1p', 'Softplus', 'Tanh', 'Erf', 'Sinh', 'Asinh', 'Atanh', 'elu',
]); // prettier-ignore
const OFF_BY = 1e-7;

/** What else gives infinity for large numbers alone, where another order of the same may not. */
const OVERFLOWING = new Set([
  ...PRODUCTS, ...SUMS, 'Add', 'Sub', 'Multiply', 'Square', 'SquaredDifference', 'Prod',
]); // prettier-ignore
/** Terms that are larger may overflow in another order of the same sum. */
const NEAR_OVERFLOW = 1e34;
const ANYTHING = [NaN, Infinity, -Infinity, 0];

/** @param {ArrayLike<number>} values */
function largest(values) {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]);
    if (magnitude > most && magnitude < Infinity) most = magnitude;
  }
  return most;
}

/** The largest term of the sums that a step computes. @param {string} op @param {any[]} inputs */
function termsOf(op, inputs) {
  if (PRODUCTS.has(op)) {
    return Math.max(largest(inputs[0]) * largest(inputs[1]), ...inputs.slice(2).map(largest));
  }
  return SUMS.has(op) ? Math.max(...inputs.map(largest)) : 0;
}

/**
 * Disturbs what one step gives.
 * @param {Step} step @param {any} data @param {any[]} inputs @param {Random} random
 * @param {boolean} addsToSums @param {boolean} isOfProduct
 */
function disturb({ op, attrs }, data, inputs, random, addsToSums, isOfProduct) {
  const terms = termsOf(op, inputs);
  // Scales behind a product may become part of it.
  const mayOverflow = Math.max(terms, isOfProduct ? largest(data) : 0) > NEAR_OVERFLOW;
  const overflows = OVERFLOWING.has(op) && inputs.every((values) => values.every(isFinite));
  const isOfOne = OF_ONE.has(op) || OF_ONE.has(attrs.activation);
  const most = (addsToSums ? terms * OF_TERMS : 0) + (isOfOne ? OFF_BY : 0);
  return data.map((/** @type {number} */ value) => {
    if (mayOverflow || (overflows && !isFinite(value))) return random.pick(ANYTHING);
    const off = value * (1 + random.between(-RELATIVE, RELATIVE));
    return off + random.between(-most, most);
  });
}

/**
 * What the program gives when each value is a little off.
 * @param {Program} program @param {number} set @param {Random} random
 * @param {boolean} addsToSums Whether sums are off by a part of their largest term.
 * @returns {ArrayLike<number>[]}
 */
function disturbed(program, set, random, addsToSums) {
  return tf.tidy(() => {
    const given = makeWeights(program);
    makeInputs(program, set).forEach((tensor, i) => given.set(program.inputs[i].id, tensor));
    /** @type {Map<number, any>} */
    const known = new Map([...given].map(([id, tensor]) => [id, tensor.dataSync()]));
    const ofProducts = new Set();
    const values = evaluate(program, given, (step, tensors) => {
      const { op, outputs } = step;
      const inputs = step.inputs.filter((id) => id >= 0);
      const isOfProduct = PRODUCTS.has(op) || inputs.some((id) => ofProducts.has(id));
      return tensors.map((tensor, i) => {
        if (isOfProduct) ofProducts.add(outputs[i]);
        let data = tensor.dataSync();
        if (tensor.dtype === 'float32' && !EXACT.has(op)) {
          const operands = inputs.map((id) => known.get(id));
          data = disturb(step, data, operands, random, addsToSums, isOfProduct);
          tensor = tf.tensor(data, tensor.shape, tensor.dtype);
        }
        known.set(outputs[i], data);
        return tensor;
      });
    });
    return program.outputs.map((id) => values.get(id).dataSync().slice());
  });
}

/** @param {number[]} list */
function median(list) {
  const sorted = list.filter((value) => value < Infinity).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/**
 * By how much each value of each output may be off; Infinity where it may be anything.
 * @param {Program} program @param {number} set @param {Output[]} expected
 * @returns {Float64Array[]}
 */
function spreadOf(program, set, expected) {
  const spreads = expected.map(({ values }) => new Float64Array(values.length));
  const random = new Random(set, 'spread');
  for (let run = 0; run < RUNS; run++) {
    disturbed(program, set, random, run % 3 !== 0).forEach((values, i) => {
      const spread = spreads[i];
      for (let j = 0; j < spread.length; j++) {
        const [a, e] = [values[j], expected[i].values[j]];
        const isSame = a === e || (Number.isNaN(a) && Number.isNaN(e));
        const apart = isSame ? 0 : Math.abs(a - e);
        spread[j] = Math.max(spread[j], apart >= 0 ? apart : Infinity);
      }
    });
  }
  return spreads.map((spread, i) => {
    const everywhere = TOLERANCE * largest(expected[i].values) + MARGIN * median([...spread]);
    return spread.map((apart) => everywhere + MARGIN * apart);
  });
}

/**
 * The first value that is off by more than its spread.
 * @param {Output[]} actual @param {Output[]} expected @param {Float64Array[]} spreads
 * @returns {string | null}
 */
function unexplained(actual, expected, spreads) {
  for (let i = 0; i < expected.length; i++) {
    for (let j = 0; j < expected[i].values.length; j++) {
      const [a, e] = [actual[i].values[j], expected[i].values[j]];
      const may = spreads[i][j];
      if (a === e || may === Infinity || (Number.isNaN(a) && Number.isNaN(e))) continue;
      if (!(Math.abs(a - e) <= may)) {
        return `output ${i}: value ${j} of [${expected[i].shape}] is ${a}, not ${e} (rounding explains ${may})`;
      }
    }
  }
  return null;
}

module.exports = { spreadOf, unexplained, TOLERANCE };
