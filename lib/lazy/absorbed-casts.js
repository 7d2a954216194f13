'use strict';

const { Handle } = require('../handle');
const { makeKernelFunc } = require('../operator');

/** @typedef {import('@tensorflow/tfjs-core').TensorInfo} TensorInfo */
/** @typedef {import('../backend').NativeBackend} NativeBackend */
/** @typedef {import('../operator').OperatorRow} OperatorRow */
/** @typedef {import('../strings').KernelFunc} KernelFunc */

/**
 * Makes an element-wise operator read the integers or truth values behind casts to float32 that have
 * not been computed: a program of one instruction reads every dtype, in the same pass over memory.
 * @param {OperatorRow} row
 * @param {OperatorRow[]} operators
 * @param {NativeBackend} backend
 * @param {KernelFunc} kernelFunc
 * @returns {KernelFunc} `kernelFunc` itself for operators that are no such instruction.
 */
function withAbsorbedCasts(row, operators, backend, kernelFunc) {
  if (row.elementFunction < 0) return kernelFunc;
  const number = operators.findIndex(({ name }) => name === '_Elementwise');
  if (!operators[number].devices.includes(backend.device)) return kernelFunc;
  const runProgram = makeKernelFunc(operators[number], number, backend);
  const names = row.inputs.map(({ name }) => name);
  const attrs = { program: [row.elementFunction, ...names.keys()] };

  /** @param {Record<string, TensorInfo>} given */
  function absorb(given) {
    const inputs = names.map((name) => readable(given[name], backend));
    if (inputs.includes(null)) return undefined;
    try {
      return runProgram({ inputs, attrs });
    } catch {
      // The operator itself has the words for what is wrong.
      return undefined;
    }
  }

  return (call) => {
    const { inputs } = call;
    let casts = false;
    for (let i = 0; i < names.length; i++) casts ||= isCast(inputs[names[i]]?.dataId);
    const absorbs = casts && backend.recording === null && !backend.isTiming;
    return (absorbs ? absorb(inputs) : undefined) ?? kernelFunc(call);
  };
}

/** Whether data is a cast to float32 that has not been computed. @param {unknown} dataId */
function isCast(dataId) {
  if (!(dataId instanceof Handle) || dataId.lazy === null) return false;
  return dataId.dtype === 'float32' && dataId.lazy.sources[0].dtype !== 'complex64';
}

/**
 * @param {TensorInfo | undefined} info @param {NativeBackend} backend
 * @returns {TensorInfo | null} What a program reads for it as float32; null where it is no float32.
 */
function readable(info, backend) {
  const handle = /** @type {unknown} */ (info?.dataId);
  if (!(handle instanceof Handle) || handle.owner !== backend) return null;
  if (handle.dtype !== 'float32') return null;
  const { shape } = /** @type {TensorInfo} */ (info);
  if (!isCast(handle)) return { dataId: handle, shape, dtype: 'float32' };
  const [x] = /** @type {import('./lazy-value').LazyValue} */ (handle.lazy).sources;
  return { dataId: x, shape, dtype: x.dtype };
}

module.exports = { withAbsorbedCasts };
