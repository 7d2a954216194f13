'use strict';

// Element-wise steps: chains, broadcasts of every kind, and activations that are written out.

const { sizeOf } = require('../tensors');
const { LARGEST } = require('./drawing');

/** @typedef {import('./drawing').Drawing} Drawing */
/** @typedef {import('./drawing').Value} Value */

const isFloat = (/** @type {Value} */ { dtype }) => dtype === 'float32';

/** Of any number, with results that stay small; then the others. */
const TAME = [
  'Abs', 'Neg', 'Relu', 'Relu6', 'Sigmoid', 'Tanh', 'Elu', 'Selu', 'Erf', 'Sin', 'Cos', 'Atan',
  'Softplus', 'Sign', 'Asinh',
]; // prettier-ignore
const WILD = [
  'Exp', 'Expm1', 'Log', 'Log1p', 'Sqrt', 'Rsqrt', 'Reciprocal', 'Square', 'Tan', 'Asin', 'Acos',
  'Acosh', 'Atanh', 'Sinh', 'Cosh', 'Floor', 'Ceil', 'Round',
]; // prettier-ignore

/** @param {Drawing} draw @param {Value} x */
function unary(draw, x) {
  const { random } = draw;
  if (random.chance(0.1)) {
    const low = random.pick([0, 0, -1, -0.5]);
    return draw.step('ClipByValue', [x], {
      clipValueMin: low,
      clipValueMax: random.pick([6, 6, 1, low]),
    });
  }
  if (random.chance(0.1)) return draw.step('LeakyRelu', [x], { alpha: random.pick([0.2, 0, 1.5]) });
  if (random.chance(0.03)) return draw.step('Step', [x], { alpha: random.pick([0, 0.5]) });
  return draw.step(random.pick(random.chance(0.75) ? TAME : WILD), [x]);
}

/** A shape that broadcasts with x's. @param {Drawing} draw @param {number[]} shape */
function partnerShape({ random }, shape) {
  const kind = random.int(0, 6);
  if (kind === 0) return shape;
  if (kind === 1) return shape.slice(-1);
  if (kind === 2) return shape.map((extent, i) => (i === random.int(0, shape.length) ? extent : 1));
  if (kind === 3) return shape.slice(random.int(0, shape.length));
  if (kind === 4) return shape.map((extent) => (random.chance(0.5) ? 1 : extent));
  // Such that x grows.
  if (kind === 5) return shape.map((extent) => (extent === 1 ? random.pick([1, 2, 3]) : extent));
  return [random.pick([1, 2, 3]), ...shape.slice(-5)];
}

/** What the other operand may be. @param {Drawing} draw @param {Value} x */
function partner(draw, x) {
  const { random } = draw;
  const kind = random.int(0, 9);
  if (kind <= 2) return draw.pick((y) => isFloat(y) && y.shape.join() === x.shape.join());
  if (kind === 3) {
    return draw.pick((y) => isFloat(y) && (sizeOf(y.shape) === 1 || canMeet(x.shape, y.shape)));
  }
  if (kind === 4) return draw.number(random.pick([0, 1, 2, 0.5, -1, 3, 6, 1e-3]), x);
  const shape = partnerShape(draw, x.shape);
  return draw.weight(shape, random.pick(['unit', 'unit', 'positive', 'few']));
}

/** @param {number[]} a @param {number[]} b */
function canMeet(a, b) {
  let size = 1;
  for (let i = 1; i <= Math.max(a.length, b.length); i++) {
    const [m, n] = [a.at(-i) ?? 1, b.at(-i) ?? 1];
    if (m !== n && m !== 1 && n !== 1) return false;
    size *= m === 1 ? n : m;
  }
  return size <= LARGEST;
}

const BINARY = [
  'Add', 'Add', 'Add', 'Sub', 'Sub', 'Multiply', 'Multiply', 'Multiply', 'RealDiv', 'Maximum',
  'Minimum', 'SquaredDifference',
]; // prettier-ignore
const RARE_BINARY = ['Pow', 'Mod', 'Atan2', 'Prelu', 'EluGrad', 'FloorDiv'];

/** @param {Drawing} draw @param {Value} x */
function binary(draw, x) {
  const { random } = draw;
  const op = random.pick(random.chance(0.93) ? BINARY : RARE_BINARY);
  const operands = [x, partner(draw, x)];
  return draw.step(op, random.chance(0.3) ? operands.reverse() : operands);
}

/** @param {Drawing} draw @param {Value} x */
function sum(draw, x) {
  const others = draw.random.list(draw.random.int(1, 3), () =>
    draw.pick((y) => isFloat(y) && y.shape.join() === x.shape.join()),
  );
  return draw.step('AddN', [x, ...others]);
}

/** @param {Drawing} draw @param {Value} x */
function chain(draw, x) {
  let value = x;
  const length = draw.random.int(2, 7);
  for (let i = 0; i < length; i++) {
    value = (draw.random.chance(0.5) ? unary : binary)(draw, value);
  }
  return value;
}

/** Conditions, and what they choose. @param {Drawing} draw @param {Value} x */
function choice(draw, x) {
  const { random } = draw;
  const compare = () =>
    random.chance(0.15)
      ? draw.step(random.pick(['IsNan', 'IsInf', 'IsFinite']), [x])
      : draw.step(
          random.pick(['Greater', 'GreaterEqual', 'Less', 'LessEqual', 'Equal', 'NotEqual']),
          [x, partner(draw, x)],
        );
  let condition = compare();
  if (condition.shape.length > 1 && random.chance(0.15)) {
    const { shape } = condition;
    const row = draw.step('Slice', [condition], {
      begin: shape.map(() => 0),
      size: shape.map((extent, i) => (i === 0 ? extent : Math.min(1, extent))),
    });
    return chooseRows(draw, draw.step('Reshape', [row], { shape: [shape[0]] }));
  }
  if (random.chance(0.3)) {
    const op = random.pick(['LogicalAnd', 'LogicalOr', 'LogicalXor']);
    condition = draw.step(op, [condition, compare()]);
  }
  if (random.chance(0.2)) condition = draw.step('LogicalNot', [condition]);
  if (random.chance(0.3)) {
    const numbers = draw.step('Cast', [condition], { dtype: 'float32' });
    return random.chance(0.5) ? draw.step('Multiply', [numbers, x]) : numbers;
  }
  const same = (/** @type {Value} */ y) => isFloat(y) && y.shape.join() === condition.shape.join();
  if (condition.shape.length === 1 && random.chance(0.5)) return chooseRows(draw, condition);
  return draw.step('Select', [condition, draw.pick(same), draw.pick(same)]);
}

/** A condition for each part along the first dimension. @param {Drawing} draw @param {Value} condition */
function chooseRows(draw, condition) {
  const rows = draw.pick(
    (y) => isFloat(y) && y.shape.length > 1 && y.shape[0] === condition.shape[0],
  );
  return unary(draw, draw.step('Select', [condition, rows, draw.weight(rows.shape)]));
}

/** @param {Drawing} draw @param {Value} x */
function cast(draw, x) {
  const dtype = draw.random.pick(['float32', 'int32', 'int32', 'bool']);
  const value = draw.step('Cast', [x], { dtype });
  return draw.random.chance(0.8) ? draw.step('Cast', [value], { dtype: 'float32' }) : value;
}

/** In either order. @param {Drawing} draw @param {string} op @param {Value} a @param {Value} b */
const either = (draw, op, a, b) => draw.step(op, draw.random.chance(0.5) ? [a, b] : [b, a]);

/** @typedef {(draw: Drawing, x: Value) => Value} Block */

/** min(max(x, 0), 6) and the like. @type {Block} */
function clip(draw, x) {
  const [low, high] = [() => draw.number(0, x), () => draw.number(6, x)];
  const kind = draw.random.int(0, 3);
  if (kind === 0) return either(draw, 'Maximum', x, low());
  if (kind === 1) return either(draw, 'Minimum', draw.step('Relu', [x]), high());
  if (kind === 2) {
    return either(draw, 'Minimum', either(draw, 'Maximum', x, low()), high());
  }
  return either(draw, 'Maximum', either(draw, 'Minimum', x, high()), low());
}

/** max(x, slope * x) @type {Block} */
const leaky = (draw, x) =>
  either(
    draw,
    'Maximum',
    x,
    either(draw, 'Multiply', x, draw.number(draw.random.pick([0.1, 0.3, 1.5]), x)),
  );

/** relu(x) +- slopes * relu(-x) @type {Block} */
function prelu(draw, x) {
  const { random } = draw;
  const negative = random.chance(0.7)
    ? draw.step('Neg', [x])
    : either(draw, 'Multiply', x, draw.number(-1, x));
  const below = draw.step('Relu', [negative]);
  const slopes = draw.weight(random.pick([x.shape.slice(-1), x.shape.slice(1), [], x.shape]));
  const scaled = either(draw, 'Multiply', slopes, below);
  const above = draw.step('Relu', [x]);
  return random.chance(0.5)
    ? either(draw, 'Add', above, scaled)
    : draw.step('Sub', [above, scaled]);
}

/** value * factor, or value / (1 / factor) @type {(draw: Drawing, value: Value, factor: number) => Value} */
const times = (draw, value, factor) =>
  draw.random.chance(0.5)
    ? either(draw, 'Multiply', value, draw.number(factor, value))
    : draw.step('RealDiv', [value, draw.number(1 / factor, value)]);

/** relu6(x + 3) / 6 and x times that. @type {Block} */
function hardSwish(draw, x) {
  const { random } = draw;
  const shifted = either(draw, 'Add', x, draw.number(3, x));
  let gate = random.chance(0.6)
    ? draw.step('Relu6', [shifted])
    : draw.step('ClipByValue', [shifted], { clipValueMin: 0, clipValueMax: 6 });
  const form = random.int(0, 3);
  if (form === 0) return times(draw, gate, 1 / 6);
  if (form === 1) return either(draw, 'Multiply', x, times(draw, gate, 1 / 6));
  if (form === 2) return either(draw, 'Multiply', times(draw, x, 1 / 6), gate);
  gate = either(draw, 'Multiply', x, gate);
  return times(draw, gate, random.pick([1 / 6, 1 / 6, 0.5]));
}

/** @type {Block} */
const swish = (draw, x) => {
  const value = either(draw, 'Multiply', x, draw.step('Sigmoid', [x]));
  return draw.random.chance(0.2) ? times(draw, value, draw.random.pick([2, 0.25])) : value;
};

/** Half of x * (1 + f), the parts in some order. @type {(draw: Drawing, x: Value, f: Value) => Value} */
function halfOf(draw, x, f) {
  const gate = either(draw, 'Add', f, draw.number(1, x));
  const form = draw.random.int(0, 2);
  if (form === 0) return either(draw, 'Multiply', times(draw, x, 0.5), gate);
  if (form === 1) return times(draw, either(draw, 'Multiply', x, gate), 0.5);
  return either(draw, 'Multiply', x, times(draw, gate, 0.5));
}

/** @type {Block} */
const gelu = (draw, x) => halfOf(draw, x, draw.step('Erf', [times(draw, x, Math.SQRT1_2)]));

/** @type {Block} */
function geluTanh(draw, x) {
  const { random } = draw;
  const cube = () => {
    if (random.chance(0.5)) return draw.step('Pow', [x, draw.number(3, x)]);
    const square = random.chance(0.5) ? draw.step('Square', [x]) : draw.step('Multiply', [x, x]);
    return either(draw, 'Multiply', square, x);
  };
  const inner = either(draw, 'Add', x, times(draw, cube(), 0.044715));
  return halfOf(draw, x, draw.step('Tanh', [times(draw, inner, Math.sqrt(2 / Math.PI))]));
}

/** @type {Block} */
const mish = (draw, x) =>
  either(draw, 'Multiply', x, draw.step('Tanh', [draw.step('Softplus', [x])]));

const ACTIVATIONS = [clip, leaky, prelu, hardSwish, swish, gelu, geluTanh, mish];

/** @type {Block} */
function activation(draw, x) {
  const { random } = draw;
  if (random.chance(0.5)) return random.pick(ACTIVATIONS)(draw, x);
  if (random.chance(0.15)) return draw.step('Prelu', [x, draw.weight(x.shape.slice(-1))]);
  return draw.step(random.pick(['Relu', 'Relu', 'Relu6', 'Elu', 'Sigmoid', 'Tanh', 'Selu']), [x]);
}

module.exports = {
  isFloat,
  either,
  activation,
  blocks: { unary, binary, sum, chain, choice, cast, activation },
};
