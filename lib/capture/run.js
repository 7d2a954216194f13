'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { NativeBackend } = require('../backend');
const { NativeError } = require('../native-error');
const { tensorsOfInputs } = require('../inputs/model-inputs');
const { withinRun } = require('./run-context');
const { compiledFunctions, isGraphModel, isLayersModel, runModel } = require('./targets');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {import('@tensorflow/tfjs-core').NamedTensorMap} NamedTensorMap */
/** @typedef {import('@tensorflow/tfjs-layers').LayersModel} LayersModel */
/** @typedef {import('@tensorflow/tfjs-converter').GraphModel} GraphModel */
/** @typedef {Tensor | Tensor[] | NamedTensorMap} Outputs */
/** @typedef {Tensor | import('../inputs/types').NumberArray} Input */

/**
 * Runs a model as predict() does, or as executeAsync() where tfjs wants that, or a function that
 * compile() gave, and waits until the outputs have been computed.
 * @param {LayersModel | GraphModel | import('./explicit').Compiled} target
 * @param {Input | Input[] | Record<string, Input>} inputs As predict() takes them; of a function, its
 *     arguments. What a model gets may also be typed arrays with the values of tensors as it declares
 *     them, which may leave one extent open: that follows from their length.
 * @param {{signal?: AbortSignal, timed?: boolean}} [options] Where `signal` is aborted before the
 *     run, there is none; later, its outputs are disposed when they come. A `timed` run has the
 *     device to itself, and explain() tells what each step of a replay took, in the mean over all
 *     timed runs.
 * @returns {Promise<any>} The outputs, as the model or function gives them.
 * @throws {NativeError} BAD_ATTR; BAD_SHAPE where an array does not fit; what an output could not be
 *     computed for. The signal's reason. Whatever the model throws.
 */
async function run(target, inputs, { signal, timed = false } = {}) {
  const call = callOf(target);
  if (typeof timed !== 'boolean') {
    throw new NativeError('BAD_ATTR', 'run', `timed: expected true or false, got ${timed}`);
  }
  if (signal !== undefined && !isSignal(signal)) {
    throw new NativeError('BAD_ATTR', 'run', `signal: expected an AbortSignal, got ${signal}`);
  }
  if (signal?.aborted) throw signal.reason;
  const begin = () => computed(() => call(inputs), signal);
  if (signal === undefined) return withinRun({ isTimed: timed }, begin);
  const { outputs, cancel } = cancellable(begin, timed);
  let onAbort = () => {};
  /** @type {Promise<never>} */
  const aborted = new Promise((_, reject) => {
    onAbort = () => {
      cancel();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort);
  });
  outputs.catch(() => {}); // Where it comes after the abort.
  try {
    return await Promise.race([outputs, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Also one of another realm. @param {any} value */
const isSignal = (value) => typeof value?.addEventListener === 'function' && 'aborted' in value;

/** @param {any} target @returns {(inputs: any) => any} */
function callOf(target) {
  if (isGraphModel(target) || isLayersModel(target)) {
    return (inputs) => withTensors(target, inputs);
  }
  if (target instanceof Object && compiledFunctions.has(target)) {
    return (inputs) => target(...[inputs].flat());
  }
  const text = `target: expected a model, or a function that compile() gave, got ${target}`;
  throw new NativeError('BAD_ATTR', 'run', text);
}

/**
 * @param {LayersModel | GraphModel} model @param {any} inputs
 * @returns {any} Tensors, or a promise of them.
 */
function withTensors(model, inputs) {
  const declared = /** @type {any} */ (model.inputs);
  const { tensors, made } = tensorsOfInputs(declared, inputs, 'run');
  return made.length === 0 ? runModel(model, inputs) : runOnMade(model, tensors, made);
}

/** @param {LayersModel | GraphModel} model @param {any} tensors @param {Tensor[]} made */
async function runOnMade(model, tensors, made) {
  /** @type {unknown[]} */
  let outputs = [];
  try {
    const given = await runModel(model, tensors);
    outputs = given instanceof tfc.Tensor ? [given] : Object.values(given);
    return given;
  } finally {
    // A model may give an input as it is.
    tfc.dispose(made.filter((tensor) => !outputs.includes(tensor)));
  }
}

/**
 * Begins what replays graphs, and makes that possible to cancel: what has not begun never does, and
 * what is under way ends before its next step.
 * @param {() => Promise<any>} begin
 * @param {boolean} isTimed
 * @returns {{outputs: Promise<any>, cancel: () => void}}
 */
function cancellable(begin, isTimed) {
  const { backend } = tfc.engine();
  if (!(backend instanceof NativeBackend)) return { outputs: begin(), cancel() {} };
  const { session } = backend;
  const canceller = session.canceller();
  return {
    outputs: withinRun({ canceller, isTimed }, begin),
    cancel: () => session.cancel(canceller),
  };
}

/**
 * @param {() => any} call @param {AbortSignal} [signal] Where it is aborted, nothing is left.
 * @returns {Promise<any>}
 */
async function computed(call, signal) {
  const firstId = /** @type {any} */ (tfc.engine()).nextTensorId();
  const outputs = await call();
  /** @type {Tensor[]} */
  const tensors = outputs instanceof tfc.Tensor ? [outputs] : Object.values(outputs);
  try {
    await Promise.all(tensors.map(whenComputed));
    if (signal?.aborted) throw signal.reason;
  } catch (error) {
    // What was there before, or is kept (inputs, weights), is not ours.
    for (const tensor of tensors) {
      if (tensor.id >= firstId && !tensor.kept && !tensor.isDisposed) tensor.dispose();
    }
    throw error;
  }
  return outputs;
}

/** @param {Tensor} tensor */
async function whenComputed({ dataId }) {
  const backend = tfc.engine().state.tensorInfo.get(dataId)?.backend;
  if (backend instanceof NativeBackend) await backend.whenComputed(dataId, 'run');
}

module.exports = { run };
