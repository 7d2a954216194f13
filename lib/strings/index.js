'use strict';

// Strings stay in JavaScript: operators on them run the kernels of tfjs's cpu backend over the
// native backend's tensors. Numbers never come here.

const tfc = require('@tensorflow/tfjs-core');
const { CpuHost } = require('./cpu-host');
const { NativeError } = require('../native-error');
const { checkTuples } = require('./index-tuples');
const { makePlaceKernel } = require('./by-place');
const { ALL, movedStrings, stringOperators, stringVariants } = require('./operators');

/** @typedef {import('@tensorflow/tfjs-core').TensorInfo} TensorInfo */
/** @typedef {(call: {inputs: any, attrs?: any}) => TensorInfo | TensorInfo[]} KernelFunc */

/**
 * The kernel function for strings of an operator.
 * @param {string} name
 * @param {import('../backend').NativeBackend} backend
 * @returns {KernelFunc}
 * @throws {NativeError} From the function: BAD_DTYPE, or what the cpu backend's kernel finds wrong.
 */
function makeStringKernel(name, backend) {
  const stringInputs = stringOperators[name] ?? stringVariants[name];
  const host = /** @type {any} */ (new CpuHost(backend));
  return ({ inputs, attrs }) => {
    checkInputs(name, stringInputs, inputs, backend);
    checkAxis(name, inputs, attrs, backend);
    checkTuples(name, inputs, attrs, backend);
    const cpuKernel = tfc.getKernel(name, 'cpu');
    if (cpuKernel === undefined) {
      const message = 'strings: the cpu backend over this tfjs-core has no such kernel';
      throw new NativeError('UNSUPPORTED', name, message, backend.device);
    }
    try {
      return cpuKernel.kernelFunc({ inputs, attrs, backend: host });
    } catch (error) {
      throw asNativeError(error, name, backend.device);
    }
  };
}

/**
 * Makes a kernel function take strings, where the operator does; numbers pass through.
 * @param {string} name
 * @param {import('../backend').NativeBackend} backend
 * @param {KernelFunc} nativeKernel
 * @returns {KernelFunc} `nativeKernel` itself for an operator that takes numbers only.
 */
function withStrings(name, backend, nativeKernel) {
  const moved = movedStrings[name];
  const stringInputs = /** @type {import('./operators').StringInputs | undefined} */ (
    moved ? moved.inputs : stringVariants[name]
  );
  if (stringInputs === undefined) return nativeKernel;
  const stringKernel = moved
    ? makePlaceKernel(name, moved, backend, nativeKernel)
    : makeStringKernel(name, backend);
  // Where the first one is a string, all must be, and one of numbers among them is an error.
  const first = stringInputs === ALL ? 0 : stringInputs[0];
  return (call) => {
    const asked = first === undefined ? call.attrs : call.inputs[first];
    return asked?.dtype === 'string' ? stringKernel(call) : nativeKernel(call);
  };
}

/**
 * The cpu backend's kernels take their inputs' dtypes on trust, and that their backend holds them.
 * @param {string} op @param {import('./operators').StringInputs} stringInputs
 * @param {Record<string, TensorInfo | TensorInfo[]>} inputs
 * @param {import('../backend').NativeBackend} backend What another one holds moves here.
 */
function checkInputs(op, stringInputs, inputs, backend) {
  for (const [name, input] of Object.entries(inputs)) {
    const expectsString = stringInputs === ALL || stringInputs.includes(name);
    for (const tensor of Array.isArray(input) ? input : [input]) {
      backend.handleOf(tensor.dataId, op);
      if ((tensor.dtype === 'string') === expectsString) continue;
      const label = stringInputs === ALL ? `input ${name}` : name;
      const expected = expectsString ? 'strings' : 'numbers';
      throw new NativeError('BAD_DTYPE', op, `${label}: expected ${expected}, got ${tensor.dtype}`);
    }
  }
}

/**
 * An axis that is none makes the cpu backend's kernels count to it.
 * @param {string} op @param {Record<string, TensorInfo>} inputs @param {any} attrs
 * @param {import('../backend').NativeBackend} backend
 */
function checkAxis(op, inputs, attrs, backend) {
  const axis = attrs?.axis;
  if (axis === undefined) return;
  const rank = Object.values(inputs)[0].shape.length;
  if (Number.isInteger(axis) && axis >= -rank - 1 && axis <= rank) return;
  const message = `axis: expected a dimension of rank ${rank}, got ${String(axis)}`;
  throw new NativeError('BAD_ATTR', op, message, backend.device);
}

/**
 * @param {unknown} error What a kernel of the cpu backend threw: its verdict on the arguments, or
 *     what it stumbled over, as it takes most of them on trust.
 * @param {string} op @param {string} device
 */
function asNativeError(error, op, device) {
  if (error instanceof NativeError) return error;
  const { message } = /** @type {Error} */ (error);
  return new NativeError('BAD_ATTR', op, message, device, { cause: error });
}

/** Operators that exist for strings only. */
const stringOperatorNames = Object.keys(stringOperators);

module.exports = { makeStringKernel, stringOperatorNames, withStrings };
