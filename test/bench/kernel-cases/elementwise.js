'use strict';

const { operators } = require('../../fuzz/operators');
const { side, matrix, channelsOf, image } = require('./shapes');
const { floats, integers, castIntegers, bools, complex } = require('./tensors');

/** @typedef {import('./shapes').MakeCall} MakeCall */
/** @typedef {import('./tensors').TensorSpec} TensorSpec */

/** Where the functions of one value are not defined around 0. @type {Record<string, number[]>} */
const domains = {
  Acosh: [1, 3],
  Log: [0.1, 2],
  Log1p: [0.1, 2],
  Reciprocal: [0.1, 2],
  Rsqrt: [0.1, 2],
  Sqrt: [0.1, 2],
};

/** @type {Record<string, (shape: number[]) => TensorSpec>} */
const operands = {
  BitwiseAnd: (shape) => integers(shape, 0, 1000),
  FloorDiv: (shape) => integers(shape, 1, 1000),
  LogicalAnd: bools,
  LogicalNot: bools,
  LogicalOr: bools,
  LogicalXor: bools,
};

/** @param {string} op @returns {MakeCall} */
const unary = (op) => (size) => ({
  inputs: { x: operands[op]?.(matrix(size)) ?? floats(matrix(size), ...(domains[op] ?? [])) },
  onlyWrites: op === 'ZerosLike' || op === 'OnesLike',
});

/** @param {string} op @param {(shape: number[]) => number[]} [shapeOfB] @returns {MakeCall} */
const binary =
  (op, shapeOfB = (shape) => shape) =>
  (size) => {
    const operand = operands[op] ?? ((shape) => floats(shape, 0.1, 2));
    const shape = matrix(size);
    return { inputs: { a: operand(shape), b: operand(shapeOfB(shape)) } };
  };

/** @param {(shape: number[]) => TensorSpec} from @param {string} dtype @returns {MakeCall} */
const cast = (from, dtype) => (size) => ({ inputs: { x: from(matrix(size)) }, attrs: { dtype } });

/** One whose output is computed when somebody reads it. @param {MakeCall} make @returns {MakeCall} */
const asView = (make) => (size) => ({ ...make(size), isView: true });

/** @param {object} attrs @returns {MakeCall} */
const clip = (attrs) => (size) => ({ inputs: { x: floats(matrix(size)) }, attrs });

/** @type {import('./shapes').CallsByOperator} */
const memoryBound = {
  Add: {
    '': binary('Add'),
    'a row': binary('Add', ([, width]) => [width]),
    'a column': binary('Add', ([height]) => [height, 1]),
    'a scalar': binary('Add', () => []),
  },
  Prelu: (size) => ({
    inputs: { x: floats(image(size)), alpha: floats([channelsOf(size)]) },
  }),
  EluGrad: (size) => ({ inputs: { dy: floats(matrix(size)), y: floats(matrix(size)) } }),
  RealDiv: {
    '': binary('RealDiv'),
    'cast integers by a scalar': (size) => ({
      inputs: { a: castIntegers(matrix(size), 0, 256), b: floats([], 255, 255) },
    }),
  },
  ClipByValue: clip({ clipValueMin: -0.5, clipValueMax: 0.5 }),
  LeakyRelu: clip({ alpha: 0.2 }),
  Step: clip({ alpha: 0.2 }),
  Cast: {
    'to int32': cast((shape) => floats(shape, -99, 99), 'int32'),
    'to float32': asView(cast((shape) => integers(shape, -99, 99), 'float32')),
    'to bool': cast(floats, 'bool'),
  },
  Select: (size) => ({
    inputs: {
      condition: bools(matrix(size)),
      t: floats(matrix(size)),
      e: floats(matrix(size), 2, 3),
    },
  }),
  AddN: (size) => ({ inputs: [1, 2, 3, 4].map((low) => floats(matrix(size), low, low + 1)) }),
  Complex: asView((size) => ({
    inputs: { real: floats(matrix(size)), imag: floats(matrix(size), 1, 2) },
  })),
  Real: asView((size) => ({ inputs: { input: complex([side(size) / 2, side(size)]) } })),
  Imag: asView((size) => ({ inputs: { input: complex([side(size) / 2, side(size)]) } })),
  ComplexAbs: (size) => ({ inputs: { x: complex([side(size) / 2, side(size)]) } }),
};

for (const { name, isInternal, isVariadic, inputs, attrs } of operators.values()) {
  if (isInternal || isVariadic || attrs.length > 0 || Object.hasOwn(memoryBound, name)) continue;
  const names = inputs.map((input) => input.name).join();
  if (names === 'a,b') memoryBound[name] = binary(name);
  // What takes one x of any kind has a family of its own.
  if (names === 'x' && !['Identity', 'Diag'].includes(name)) memoryBound[name] = unary(name);
}

/** @type {import('./shapes').Family} */
module.exports = { memoryBound };
