'use strict';

const { capturesOf, partsOfGraphModel, planOf } = require('./graph-model');
const { capturesOfLayers } = require('./layers-model');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {import('@tensorflow/tfjs-layers').LayersModel} LayersModel */
/** @typedef {import('@tensorflow/tfjs-converter').GraphModel} GraphModel */
/** @typedef {import('./captures').Captures} Captures */

/**
 * @typedef {object} Part What is captured by itself: a model, a function in it, a compiled function.
 * @property {string} name Of a function in a model; else empty.
 * @property {Captures} captures
 * @property {{name: string, op: string}[]} eagerNodes Of a graph model: those that are never captured.
 */

/** @type {WeakMap<object, Captures>} What compile() gave. */
const compiledFunctions = new WeakMap();

/** @param {any} target @returns {target is GraphModel} */
const isGraphModel = (target) => typeof target?.executor?._executeAsync === 'function';

/** @param {any} target @returns {target is LayersModel} */
const isLayersModel = (target) => target instanceof Object && 'predictOnBatch' in target;

/**
 * @param {LayersModel | GraphModel} model
 * @returns {Captures[]}
 */
function capturesOfModel(model) {
  return isGraphModel(model)
    ? capturesOf(/** @type {any} */ (model).executor)
    : capturesOfLayers(model);
}

/**
 * @param {any} target
 * @returns {Part[] | null} Null for what is neither a model nor of compile().
 */
function partsOf(target) {
  if (isGraphModel(target)) return partsOfGraphModel(/** @type {any} */ (target).executor);
  const compiled = target instanceof Object ? compiledFunctions.get(target) : undefined;
  if (compiled === undefined && !isLayersModel(target)) return null;
  const all = compiled === undefined ? capturesOfModel(target) : [compiled];
  return all.map((captures) => ({ name: '', captures, eagerNodes: [] }));
}

/**
 * Runs a model as predict() does; where only executeAsync() can, as that.
 * @param {LayersModel | GraphModel} model
 * @param {Tensor | Tensor[] | Record<string, Tensor>} inputs
 * @returns {any} Tensors, or a promise of them.
 */
function runModel(model, inputs) {
  if (isGraphModel(model)) {
    const { executor } = /** @type {any} */ (model);
    const names = /** @type {any} */ (
      Object.fromEntries(model.inputNodes.map((name) => [name, null]))
    );
    if (planOf(executor, names, model.outputNodes).plan?.needsAsync) {
      return model.executeAsync(/** @type {any} */ (inputs));
    }
  }
  return model.predict(/** @type {any} */ (inputs));
}

module.exports = {
  compiledFunctions,
  isGraphModel,
  isLayersModel,
  capturesOfModel,
  partsOf,
  runModel,
};
