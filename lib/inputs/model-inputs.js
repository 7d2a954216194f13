'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { NativeError } = require('../native-error');
const { kindOf, refuseBytes } = require('./arrays');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */

/**
 * @typedef {object} DeclaredInput What a model says of one of its inputs.
 * @property {string} name
 * @property {(number | null)[]} [shape] Extents that the model leaves open are null or negative.
 * @property {'float32' | 'int32' | 'bool'} [dtype]
 */

/**
 * Inputs of a model with its typed arrays made tensors, of the shapes and dtypes that it declares.
 * @param {DeclaredInput[]} declared
 * @param {any} inputs As predict() takes them, with typed arrays in the place of any tensors.
 * @param {string} op To name in errors.
 * @returns {{tensors: any, made: Tensor[]}} `made`: what is to be disposed.
 * @throws {NativeError} BAD_SHAPE where an array does not fit, or the shape cannot be told from it.
 */
function tensorsOfInputs(declared, inputs, op) {
  /** @type {Tensor[]} */
  const made = [];
  /** @param {any} value @param {DeclaredInput | undefined} input @param {string} name */
  const tensorOf = (value, input, name) => {
    refuseBytes(op, name, value);
    if (kindOf(value) === undefined) return value;
    const shape = shapeFor(value.length, input?.shape, op, name);
    const tensor = named(op, name, () => tfc.tensor(value, shape, input?.dtype ?? 'float32'));
    made.push(tensor);
    return tensor;
  };
  try {
    return { tensors: mapInputs(declared, inputs, tensorOf), made };
  } catch (error) {
    tfc.dispose(made);
    throw error;
  }
}

/**
 * @param {DeclaredInput[]} declared @param {any} inputs
 * @param {(value: any, input: DeclaredInput | undefined, name: string) => any} f
 */
function mapInputs(declared, inputs, f) {
  if (Array.isArray(inputs)) {
    return inputs.map((value, i) => f(value, declared[i], declared[i]?.name ?? `inputs[${i}]`));
  }
  const isByName =
    !(inputs instanceof tfc.Tensor) && Object.prototype.toString.call(inputs) === '[object Object]';
  if (!isByName) return f(inputs, declared[0], declared[0]?.name ?? 'inputs');
  /** @param {string} name */
  const find = (name) => declared.find((input) => plain(input.name) === plain(name));
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, f(value, find(name), name)]),
  );
}

/** "x" of "x:0" @param {string} name */
const plain = (name) => name.replace(/:0$/, '');

/**
 * @param {number} length @param {(number | null)[] | undefined} declared
 * @param {string} op @param {string} name
 * @returns {number[]} The declared shape, with the one extent that is open.
 */
function shapeFor(length, declared, op, name) {
  const isOpen = (/** @type {number | null} */ extent) => extent == null || extent < 0;
  const open = declared?.filter(isOpen).length;
  if (declared == null || /** @type {number} */ (open) > 1) {
    const text = declared == null ? 'no shape' : `shape [${shapeText(declared)}]`;
    const message = `${name}: the model declares ${text}, so ${length} values do not tell theirs; give a tensor`;
    throw new NativeError('BAD_SHAPE', op, message);
  }
  const size = declared.reduce((/** @type {number} */ product, extent) => {
    return isOpen(extent) ? product : product * /** @type {number} */ (extent);
  }, 1);
  const rest = open === 1 ? length / size : 1;
  if (Number.isInteger(rest) && size * rest === length) {
    return declared.map((extent) => (isOpen(extent) ? rest : /** @type {number} */ (extent)));
  }
  const message = `${name}: expected shape [${shapeText(declared)}], got ${length} values`;
  throw new NativeError('BAD_SHAPE', op, message);
}

/** @param {(number | null)[]} shape */
const shapeText = (shape) => shape.map((extent) => extent ?? -1).join();

/**
 * @param {string} op @param {string} name @param {() => Tensor} make
 * @throws {NativeError} That names the model's input.
 */
function named(op, name, make) {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    const message = error.message.replace(/^\[tensor\] values/, name);
    throw new NativeError(error.code, op, message, error.device, { cause: error });
  }
}

module.exports = { tensorsOfInputs };
