'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { NativeBackend } = require('./backend');
const { makeAsyncKernelFunc } = require('./operator');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {(...args: any[]) => Promise<any>} AsyncOp */

/**
 * tf.whereAsync and the asynchronous non-maximum suppressions, computed natively: tfjs-core's wait
 * for their inputs and then compute on the event loop, whatever the backend is. What is given as an
 * array, or lies on another backend, goes the old way.
 * @param {import('./operator').OperatorRow[]} operators
 * @returns {Pick<typeof tfc, 'whereAsync' | 'image'>} In place of tfjs-core's.
 */
function makeAsyncOperators(operators) {
  /** @type {WeakMap<NativeBackend, Map<string, ReturnType<typeof makeAsyncKernelFunc>>>} */
  const funcs = new WeakMap();

  /**
   * @param {NativeBackend} backend @param {string} op
   * @param {Record<string, Tensor>} inputs @param {Record<string, unknown>} [attrs]
   * @returns {Promise<Tensor[]>}
   */
  async function compute(backend, op, inputs, attrs) {
    let byName = funcs.get(backend);
    if (byName === undefined) funcs.set(backend, (byName = new Map()));
    let func = byName.get(op);
    if (func === undefined) {
      const number = operators.findIndex(({ name }) => name === op);
      byName.set(op, (func = makeAsyncKernelFunc(operators[number], number, backend)));
    }
    const infos = [await func({ inputs, attrs })].flat();
    return infos.map((info) => tfc.engine().makeTensorFromTensorInfo(info, backend));
  }

  /**
   * @param {AsyncOp} original
   * @param {number} tensors So many of the first arguments must be tensors.
   * @param {(compute: (op: string, inputs: Record<string, Tensor>, attrs?: any) =>
   *     Promise<Tensor[]>) => AsyncOp} make Gets what computes on the current backend.
   * @returns {any} The same function, native where that is possible.
   */
  function nativeOr(original, tensors, make) {
    /** @param {any[]} args */
    return async (...args) => {
      const backend = tfc.backend();
      const isOurs =
        backend instanceof NativeBackend &&
        args.slice(0, tensors).every((value) => value instanceof tfc.Tensor);
      if (!isOurs) return original(...args);
      const native = /** @type {NativeBackend} */ (/** @type {unknown} */ (backend));
      return make((op, inputs, attrs) => compute(native, op, inputs, attrs))(...args);
    };
  }

  const { image } = tfc;
  return {
    whereAsync: nativeOr(tfc.whereAsync, 1, (run) => async (condition) => {
      return (await run('Where', { condition }))[0];
    }),
    image: {
      ...image,
      nonMaxSuppressionAsync: nativeOr(
        image.nonMaxSuppressionAsync,
        2,
        (run) =>
          async (boxes, scores, maxOutputSize, iouThreshold = 0.5, scoreThreshold = -Infinity) => {
            const attrs = { maxOutputSize, iouThreshold, scoreThreshold };
            return (await run('NonMaxSuppressionV3', { boxes, scores }, attrs))[0];
          },
      ),
      nonMaxSuppressionPaddedAsync: nativeOr(
        image.nonMaxSuppressionPaddedAsync,
        2,
        (run) =>
          async (
            boxes,
            scores,
            maxOutputSize,
            iouThreshold = 0.5,
            scoreThreshold = -Infinity,
            padToMaxOutputSize = false,
          ) => {
            const attrs = { maxOutputSize, iouThreshold, scoreThreshold, padToMaxOutputSize };
            const results = await run('NonMaxSuppressionV4', { boxes, scores }, attrs);
            return { selectedIndices: results[0], validOutputs: results[1] };
          },
      ),
      nonMaxSuppressionWithScoreAsync: nativeOr(
        image.nonMaxSuppressionWithScoreAsync,
        2,
        (run) =>
          async (
            boxes,
            scores,
            maxOutputSize,
            iouThreshold = 0.5,
            scoreThreshold = -Infinity,
            softNmsSigma = 0,
          ) => {
            const attrs = { maxOutputSize, iouThreshold, scoreThreshold, softNmsSigma };
            const results = await run('NonMaxSuppressionV5', { boxes, scores }, attrs);
            return { selectedIndices: results[0], selectedScores: results[1] };
          },
      ),
    },
  };
}

module.exports = { makeAsyncOperators };
