'use strict';

// Operators on two or more operands that are broadcast against each other.

const { addition } = require('./additions');
const { broadcast, combine, joined } = require('./combine');
const { hardSwish } = require('./hard-swish');
const { clip, scalar } = require('./rectifiers');

/** @typedef {import('../layout').Value} Value */
/** @typedef {import('../layout').DType} DType */
/** @typedef {import('../exporter').Exporter} Exporter */

/** @param {string} op @param {DType} [dtype] @returns {import('../exporter').Convert} */
const binary = (op, dtype) => (to, _node, values) => combine(to, op, values, dtype);

/** @param {string} op @returns {import('../exporter').Convert} */
const extreme = (op) => (to, node, values) =>
  clip(to, node, values.map((value) => value.shape).reduce(broadcast)) ?? combine(to, op, values);

/** Rounded down. @type {import('../exporter').Convert} */
function floorDivision(to, _node, [a, b]) {
  if (a.dtype !== 'int32') {
    const quotient = combine(to, 'Div', [a, b]);
    return { ...quotient, name: to.onnx.node('Floor', [quotient.name]) };
  }
  // ONNX rounds to zero.
  const divisor = scalar(b) ?? 0;
  if (a.isNatural && divisor > 0) return { ...combine(to, 'Div', [a, b]), isNatural: true };
  return combine(to, 'Div', [combine(to, 'Sub', [a, combine(to, 'Mod', [a, b])]), b]);
}

/** With the sign of the divisor. @type {import('../exporter').Convert} */
function floorModulus(to, node, [a, b]) {
  if (a.dtype === 'int32') return combine(to, 'Mod', [a, b]);
  const quotient = /** @type {Value} */ (floorDivision(to, node, [a, b]));
  return combine(to, 'Sub', [a, combine(to, 'Mul', [quotient, b])]);
}

/** @param {number} value @returns {Value} */
const constantOf = (value) => ({
  name: '',
  shape: [],
  image: false,
  constant: Float32Array.of(value),
});

/** @param {Exporter} to @param {Value} condition @param {Value} a @param {Value} b */
const choice = (to, condition, a, b) => joined(to, 'Where', [condition, a, b], a.dtype);

/** The angle of (x, y), of atan(y / x). @type {import('../exporter').Convert} */
function atan2(to, _node, [y, x]) {
  const zero = constantOf(0);
  const test = (op, a, b) => combine(to, op, [a, b], 'bool');
  const quotient = combine(to, 'Div', [y, x]);
  const angle = { ...quotient, name: to.onnx.node('Atan', [quotient.name]) };
  const half = choice(to, test('Less', y, zero), constantOf(-Math.PI), constantOf(Math.PI));
  const turn = choice(to, test('Less', x, zero), half, zero);
  // Where both are 0 the quotient is not a number.
  const isZero = test('And', test('Equal', y, zero), test('Equal', x, zero));
  return choice(to, isZero, turn, combine(to, 'Add', [angle, turn]));
}

/** @type {import('../exporter').Convert} */
const select = (to, _node, [condition, a, b]) => choice(to, condition, a, b);

/** @type {Record<string, import('../exporter').Convert>} */
const elementwiseConverters = {
  Add: addition,
  AddV2: addition,
  BiasAdd: addition,
  AddN: (to, _node, values) =>
    values.length === 1 ? values[0] : combine(to, values.length === 2 ? 'Add' : 'Sum', values),
  Sub: binary('Sub'),
  Mul: (to, node, values) => hardSwish(to, node) ?? combine(to, 'Mul', values),
  RealDiv: binary('Div'),
  Div: binary('Div'),
  FloorDiv: floorDivision,
  FloorMod: floorModulus,
  Pow: binary('Pow'),
  Atan2: atan2,
  SquaredDifference(to, _node, values) {
    const difference = combine(to, 'Sub', values);
    const { name } = difference;
    return { ...difference, name: to.onnx.node('Mul', [name, name]) };
  },
  Minimum: extreme('Min'),
  Maximum: extreme('Max'),
  Equal: binary('Equal', 'bool'),
  NotEqual: (to, _node, values) => {
    const same = combine(to, 'Equal', values, 'bool');
    return { ...same, name: to.onnx.node('Not', [same.name]) };
  },
  Less: binary('Less', 'bool'),
  LessEqual: binary('LessOrEqual', 'bool'),
  Greater: binary('Greater', 'bool'),
  GreaterEqual: binary('GreaterOrEqual', 'bool'),
  LogicalAnd: binary('And', 'bool'),
  LogicalOr: binary('Or', 'bool'),
  Select: select,
  SelectV2: select,
};

module.exports = { elementwiseConverters };
