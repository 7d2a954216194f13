'use strict';

/** @typedef {import('@tensorflow/tfjs-core').TensorInfo} TensorInfo */
/** @typedef {import('../handle').Handle} Handle */
/** @typedef {import('../strings').KernelFunc} KernelFunc */

/**
 * A call that is made when somebody needs the values that it gives. Until then it holds what it reads,
 * whatever becomes of the tensors.
 */
class LazyValue {
  #kernelFunc;
  #inputNames;
  #attrs;

  /**
   * @param {KernelFunc} kernelFunc An operator's, which gives one output.
   * @param {string[]} inputNames
   * @param {object} attrs
   * @param {Handle[]} sources The inputs, of which it takes all elements, in one dimension. Handles of
   *     its own: it shares the data.
   */
  constructor(kernelFunc, inputNames, attrs, sources) {
    this.#kernelFunc = kernelFunc;
    this.#inputNames = inputNames;
    this.#attrs = attrs;
    this.sources = sources;
  }

  /** Makes the call. @returns {Handle} Of its output. @throws {import('../native-error').NativeError} */
  compute() {
    /** @type {Record<string, TensorInfo>} */
    const inputs = {};
    this.#inputNames.forEach((name, i) => {
      const { dtype, elements } = this.sources[i];
      inputs[name] = { dataId: this.sources[i], shape: [elements], dtype };
    });
    const output = this.#kernelFunc({ inputs, attrs: this.#attrs });
    return /** @type {any} */ (/** @type {TensorInfo} */ (output).dataId);
  }
}

module.exports = { LazyValue };
