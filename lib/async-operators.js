'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { NativeBackend } = require('./backend');
const { makeAsyncKernelFunc } = require('./operator');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {(...args: any[]) => Promise<any>} AsyncOp */

/**
 * Makes tf.whereAsync and the asynchronous non-maximum suppressions native: tfjs-core waits for
 * their inputs and then computes on the event loop, whatever the backend is. What is given as an
 * array, or lies on another backend, goes the old way.
 * @param {import('./operator').OperatorRow[]} operators
 */
function registerAsyncOperators(operators) {
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
   * @param {any} space Where the function is @param {string} name
   * @param {(compute: (op: string, inputs: Record<string, Tensor>, attrs?: any) =>
   *     Promise<Tensor[]>) => AsyncOp} make Gets what computes on the current backend.
   * @param {number} tensors So many of the first arguments must be tensors.
   */
  function replace(space, name, tensors, make) {
    /** @type {AsyncOp} */
    const original = space[name];
    /** @param {any[]} args */
    space[name] = async (...args) => {
      const backend = tfc.backend();
      const isOurs =
        backend instanceof NativeBackend &&
        args.slice(0, tensors).every((value) => value instanceof tfc.Tensor);
      if (!isOurs) return original(...args);
      const native = /** @type {NativeBackend} */ (/** @type {unknown} */ (backend));
      return make((op, inputs, attrs) => compute(native, op, inputs, attrs))(...args);
    };
  }

  replace(tfc, 'whereAsync', 1, (run) => async (condition) => {
    if (condition.dtype !== 'bool') condition = condition.cast('bool');
    return (await run('Where', { condition }))[0];
  });
  replace(
    tfc.image,
    'nonMaxSuppressionAsync',
    2,
    (run) =>
      async (boxes, scores, maxOutputSize, iouThreshold = 0.5, scoreThreshold = -Infinity) => {
        const attrs = { maxOutputSize, iouThreshold, scoreThreshold };
        return (await run('NonMaxSuppressionV3', { boxes, scores }, attrs))[0];
      },
  );
  replace(
    tfc.image,
    'nonMaxSuppressionPaddedAsync',
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
  );
  replace(
    tfc.image,
    'nonMaxSuppressionWithScoreAsync',
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
  );
}

module.exports = { registerAsyncOperators };
