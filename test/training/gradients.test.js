'use strict';

// Gradients of every operator that has one, against differences of its own values: calls are those
// that the fuzz draws, with values at which the operator is smooth.

const tf = require('../../lib');
const { generators } = require('../fuzz/generators');
const { Random } = require('../fuzz/random');
const { makeTensor } = require('../fuzz/tensors');

/** Calls of each operator, and how many may be drawn to find them. */
const CALLS = 3;
const MOST_DRAWN = 1200;
/** The work of a call is its size times the number of inputs. */
const MOST_VARIABLES = 48;
const MOST_OUTPUTS = 4096;
/** Exact in float32, so that inputs are moved by it and nothing else. */
const STEP = 1 / 128;
/** Of the largest derivative of a call. */
const RELATIVE_TOLERANCE = 4e-3;

/** Where an operator is defined, or smooth, on other values than from 0.3 to 0.9. */
const DOMAINS = { Acosh: [1.3, 2.5], FloorDiv: [0.3, 0.45], Mod: [0.3, 0.45] };
/** Gradients that are no derivatives, as tfjs means them, and why. */
const NO_DERIVATIVE = {
  ArgMax: 'gives integers',
  ArgMin: 'gives integers',
  Cast: 'passes gradients through conversions to integers',
  ComplexAbs: 'takes complex numbers',
  FloorDiv: 'has that of the quotient before it is rounded',
  GreaterEqual: 'gives truth values',
  IsFinite: 'gives truth values',
  IsInf: 'gives truth values',
  IsNan: 'gives truth values',
  MirrorPad: 'leaves out what is mirrored',
  OneHot: 'takes integers',
};

/** For which attributes tfjs's gradient is the derivative. @type {Record<string, (attrs: any) => boolean>} */
const HOLDS_FOR = {
  // It divides by the whole window, also where a part of it lies outside; and a pool of single
  // elements gives its input, whatever the strides.
  AvgPool: ({ pad, filterSize }) =>
    (pad === 'valid' || pad === 0) && [filterSize].flat().some((extent) => extent > 1),
  AvgPool3D: ({ pad }) => pad === 'valid' || pad === 0,
  // It knows corners only.
  ResizeBilinear: ({ halfPixelCenters }) => !halfPixelCenters,
  ResizeNearestNeighbor: ({ halfPixelCenters }) => !halfPixelCenters,
};

const operatorsWithGradients = Object.keys(generators).filter(
  (op) => tf.getGradient(op) !== undefined && !Object.hasOwn(NO_DERIVATIVE, op),
);

/** @param {any} spec */
const sizeOf = (spec) => spec.shape.reduce((product, extent) => product * extent, 1);

/**
 * A drawn call with values from the operator's domain in place of its floats.
 * @param {string} op @param {Random} random
 * @returns {{call: any, variables: string[]} | null} Null for one that does not fit.
 */
function drawCall(op, random) {
  const call = generators[op](random);
  const [low, high] = DOMAINS[op] ?? [0.3, 0.9];
  const specs = new Map();
  const smooth = (spec) => {
    if (spec === undefined || spec.dtype !== 'float32') return spec;
    if (!specs.has(spec)) {
      const values = Float32Array.from(spec.values, () => random.between(low, high));
      specs.set(spec, { ...spec, values });
    }
    return specs.get(spec);
  };
  const inputs = Array.isArray(call.inputs)
    ? call.inputs.map(smooth)
    : Object.fromEntries(Object.entries(call.inputs).map(([name, spec]) => [name, smooth(spec)]));
  const isComplex = Object.values(inputs).some((spec) => spec?.dtype === 'complex64');
  const variables = Object.keys(inputs).filter((name) => inputs[name]?.dtype === 'float32');
  const count = [...specs.values()].reduce((sum, spec) => sum + sizeOf(spec), 0);
  if (isComplex || count === 0 || count > MOST_VARIABLES) return null;
  const attrs = { ...call.attrs };
  if (!(HOLDS_FOR[op]?.(attrs) ?? true)) return null;
  // Its gradient asks for what tf.broadcastTo() adds.
  if (op === 'BroadcastTo') attrs.inputShape = inputs.x.shape;
  return { call: { inputs, attrs }, variables };
}

/** The operator's outputs. @param {string} op @param {any} inputs @param {any} attrs */
function run(op, inputs, attrs) {
  return [tf.engine().runKernel(op, inputs, structuredClone(attrs))].flat();
}

/** The call's tensors; one description is one tensor. @param {any} inputs */
function tensorsOf(inputs) {
  const made = new Map();
  const tensors = Array.isArray(inputs) ? [] : {};
  for (const [name, spec] of Object.entries(inputs)) {
    if (spec === undefined) continue;
    if (!made.has(spec)) made.set(spec, makeTensor(tf, spec));
    tensors[name] = made.get(spec);
  }
  return tensors;
}

/** Sum of outputs times weights, in double precision. */
function weighted(outputs, weights) {
  return outputs.reduce(
    (sum, output, i) =>
      weights[i] === null
        ? sum
        : sum + output.dataSync().reduce((part, value, j) => part + value * weights[i][j], 0),
    0,
  );
}

/** That sum when one element of one variable is moved. */
function movedSum(op, { inputs, attrs }, spec, element, distance, weights) {
  return tf.tidy(() => {
    const values = spec.values.slice();
    values[element] += distance;
    const moved = { ...spec, values };
    const replace = (other) => (other === spec ? moved : other);
    const changed = Array.isArray(inputs)
      ? inputs.map(replace)
      : Object.fromEntries(Object.entries(inputs).map(([name, other]) => [name, replace(other)]));
    return weighted(run(op, tensorsOf(changed), attrs), weights);
  });
}

/**
 * The derivative from differences, of fourth order: once with two steps, and again with half of
 * them, so that what is no derivative shows.
 * @returns {{value: number, isSmooth: boolean}}
 */
function differenceOf(op, call, spec, element, weights) {
  const slope = (/** @type {number} */ step) =>
    (movedSum(op, call, spec, element, step, weights) -
      movedSum(op, call, spec, element, -step, weights)) /
    (2 * step);
  const [near, middle, far] = [slope(STEP / 2), slope(STEP), slope(2 * STEP)];
  const value = (4 * near - middle) / 3;
  const coarse = (4 * middle - far) / 3;
  return { value, isSmooth: Math.abs(value - coarse) <= 1e-3 * Math.max(1, Math.abs(value)) };
}

/**
 * @param {() => any} loss @param {any[]} tensors
 * @returns {any[] | null} Null where tfjs has none for such a call, on no backend.
 */
function gradientsOf(loss, tensors) {
  const compute = () => tf.engine().gradients(loss, tensors, tf.scalar(1), true).grads;
  try {
    return compute();
  } catch (error) {
    tf.setBackend('cpu');
    try {
      compute();
    } catch {
      return null;
    } finally {
      tf.setBackend('onednn');
    }
    throw error;
  }
}

/**
 * Compares all derivatives of one call.
 * @returns {number} How many there were; 0 where tfjs has no gradient for such a call.
 */
function checkCall(op, { call, variables }, random) {
  const tensors = tensorsOf(call.inputs);
  const outputs = run(op, tensors, call.attrs);
  const size = outputs.reduce((sum, output) => sum + output.size, 0);
  const isReal = outputs.some(({ dtype }) => dtype === 'float32');
  if (!isReal || size === 0 || size > MOST_OUTPUTS) return 0;
  const weights = outputs.map(({ dtype, size: count }) =>
    dtype === 'float32' ? random.list(count, () => random.between(-1, 1)) : null,
  );
  const names = variables.filter((name, i) => {
    return variables.findIndex((other) => tensors[other] === tensors[name]) === i;
  });
  const loss = () =>
    tf.addN(
      run(op, tensors, call.attrs).flatMap((output, i) =>
        weights[i] === null
          ? []
          : [tf.sum(tf.mul(output, tf.tensor(weights[i], output.shape, 'float32')))],
      ),
    );
  const gradients = gradientsOf(
    loss,
    names.map((name) => tensors[name]),
  );
  if (gradients === null) return 0;
  let compared = 0;
  names.forEach((name, i) => {
    if (gradients[i] == null) return;
    const spec = call.inputs[name];
    expect([name, gradients[i].shape]).toEqual([name, spec.shape]);
    const got = gradients[i].dataSync();
    const expected = random.list(got.length, (element) =>
      differenceOf(op, call, spec, element, weights),
    );
    const largest = expected.reduce((max, { value }) => Math.max(max, Math.abs(value)), 1);
    expected.forEach(({ value, isSmooth }, element) => {
      if (!isSmooth) return;
      compared++;
      // Written so that a NaN is wrong.
      if (!(Math.abs(got[element] - value) <= RELATIVE_TOLERANCE * largest)) {
        const shapes = JSON.stringify(Object.values(call.inputs).map((other) => other?.shape));
        throw new Error(
          `${name}[${element}] of ${shapes}, ${JSON.stringify(call.attrs)}: ` +
            `${got[element]}, expected ${value}`,
        );
      }
    });
  });
  return compared;
}

beforeAll(() => tf.setBackend('onednn'));

test('there are gradients for what the operator table has', () => {
  expect(operatorsWithGradients.length).toBeGreaterThanOrEqual(90);
});

test.each(operatorsWithGradients)('%s', (op) => {
  let checked = 0;
  let compared = 0;
  for (let seed = 0; seed < MOST_DRAWN && checked < CALLS; ++seed) {
    const random = new Random(seed, op);
    const drawn = drawCall(op, random);
    if (drawn === null) continue;
    const count = tf.tidy(() => {
      const derivatives = checkCall(op, drawn, random);
      return derivatives;
    });
    compared += count;
    if (count > 0) ++checked;
  }
  expect([op, checked]).toEqual([op, CALLS]);
  expect(compared).toBeGreaterThanOrEqual(CALLS);
});
