'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { NativeBackend } = require('../backend');
const { makeAsyncKernelFunc } = require('../operator');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {(op: string, inputs: Record<string, Tensor>, attrs?: any) => Promise<Tensor[]>} Run */

/**
 * Calls of operators whose outputs are as large as the values say, beside the event loop.
 */
class NativeCalls {
  #operators;
  /** @type {WeakMap<NativeBackend, Map<string, ReturnType<typeof makeAsyncKernelFunc>>>} */
  #funcs = new WeakMap();

  /** @param {import('../operator').OperatorRow[]} operators The operator table. */
  constructor(operators) {
    this.#operators = operators;
  }

  /**
   * What computes on the current backend; null where that is none of ours.
   * @returns {Run | null} Gives new tensors. Rejects with a NativeError.
   */
  current() {
    const backend = /** @type {unknown} */ (tfc.backend());
    if (!(backend instanceof NativeBackend)) return null;
    return async (op, inputs, attrs) => {
      const infos = [await this.#func(backend, op)({ inputs, attrs })].flat();
      return infos.map((info) => tfc.engine().makeTensorFromTensorInfo(info, backend));
    };
  }

  /** @param {NativeBackend} backend @param {string} op */
  #func(backend, op) {
    let byName = this.#funcs.get(backend);
    if (byName === undefined) this.#funcs.set(backend, (byName = new Map()));
    let func = byName.get(op);
    if (func === undefined) {
      const number = this.#operators.findIndex(({ name }) => name === op);
      func = makeAsyncKernelFunc(this.#operators[number], number, backend);
      byName.set(op, func);
    }
    return func;
  }
}

module.exports = { NativeCalls };
