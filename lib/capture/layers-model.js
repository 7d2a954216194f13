'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { Captures } = require('./captures');
const { noteVariables } = require('./constants');
const { reasonForEager, reasonOfInputs } = require('./guards');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {any} Model tfjs-layers' LayersModel, with what is not public. */

/** As far as tfc.slice() goes. */
const maxRank = 6;

/** What is known of one model. */
class ModelState {
  captures;
  #known;
  #numLayers = -1;
  /** @type {string | null} */
  #foreignLayer = null;

  /** @param {Model} model @param {Set<Function>} known Classes of layers. */
  constructor(model, known) {
    this.#known = known;
    const ref = new WeakRef(model);
    // A layer with dropout keeps the mask of each run, all ones, until the next.
    this.captures = new Captures(() => noteModel(ref.deref()), { mayKeep: true });
  }

  /**
   * What users wrote may do anything: count, log, or depend on a property that changes.
   * @param {Model} model
   * @returns {string | null} Why the model cannot be captured.
   */
  reasonForEager(model) {
    if (model.stateful) return 'the model is stateful';
    if (model.layers.length !== this.#numLayers) {
      this.#numLayers = model.layers.length;
      const layer = [...partsOf(model)].find((part) => this.#isForeign(part));
      this.#foreignLayer =
        layer === undefined ? null : `${layer.getClassName()} is no layer of tfjs-layers itself`;
    }
    return this.#foreignLayer;
  }

  /** @param {any} layer */
  #isForeign(layer) {
    const isChanged = Object.hasOwn(layer, 'call') || layer._callHook != null;
    return isChanged || !this.#known.has(layer.constructor);
  }
}

/** @param {Model} model @returns {import('./constants').Constants} */
function noteModel(model) {
  const numLayers = model.layers.length;
  const noted = noteVariables(model.weights.map((/** @type {any} */ { val }) => val));
  const ref = new WeakRef(model);
  return {
    stillHold: () => ref.deref()?.layers.length === numLayers && noted.stillHold(),
    has: noted.has,
  };
}

/**
 * A layer and all that are in it.
 * @param {any} layer
 * @returns {Generator<any>}
 */
function* partsOf(layer) {
  yield layer;
  const { layers = [], cells = [], cell, forwardLayer, backwardLayer } = layer;
  const parts = [...layers, ...cells, cell, forwardLayer, backwardLayer, layer.layer];
  for (const part of parts) if (part != null && part !== layer) yield* partsOf(part);
}

/** @type {WeakMap<Model, ModelState>} */
const states = new WeakMap();

/** @param {Model} model @returns {Captures[]} Of a model that has run; in a sequential one, inside. */
function capturesOfLayers(model) {
  return [model, model.model].flatMap((part) => states.get(part)?.captures ?? []);
}

/**
 * Makes all layers models capture what predict() and predictOnBatch() compute, batch by batch.
 * @param {typeof import('@tensorflow/tfjs-layers')} layers
 */
function captureLayersModels({ LayersModel }) {
  const prototype = /** @type {Model} */ (LayersModel.prototype);
  const { predictLoop, dispose } = prototype;
  const registered = tfc.serialization.SerializationMap.getMap().classNameMap;
  const known = new Set(Object.values(registered).map(([layerClass]) => layerClass));

  /** @param {Model} model */
  function stateOf(model) {
    let state = states.get(model);
    if (state === undefined) states.set(model, (state = new ModelState(model, known)));
    return state;
  }

  /**
   * @this {Model} @param {Tensor | Tensor[]} ins @param {number} [batchSize]
   * @param {boolean} [verbose]
   */
  prototype.predictLoop = function (ins, batchSize = 32, verbose = false) {
    const tensors = [ins].flat();
    const state = stateOf(this);
    const reason = verbose
      ? 'verbose'
      : (reasonForEager() ?? reasonOfInputs(tensors) ?? state.reasonForEager(this));
    if (reason !== null) {
      state.captures.decline(reason);
      return predictLoop.call(this, ins, batchSize, verbose);
    }
    const numSamples = this.checkNumSamples(ins);
    if (!(numSamples > 0) || tensors.some(({ rank }) => rank > maxRank)) {
      return predictLoop.call(this, ins, batchSize, verbose);
    }
    /** @param {Tensor[]} batch @returns {Tensor[]} */
    const run = (batch) =>
      state.captures.run('predict', batch, (inputs) =>
        [predictLoop.call(this, Array.isArray(ins) ? inputs : inputs[0], numSamples)].flat(),
      );
    const outputs =
      numSamples <= batchSize ? run(tensors) : runBatches(tensors, numSamples, batchSize, run);
    return outputs.length === 1 ? outputs[0] : outputs;
  };

  /** @this {Model} */
  prototype.dispose = function () {
    const result = dispose.call(this);
    for (const captures of capturesOfLayers(this)) captures.clear();
    return result;
  };
}

/**
 * @param {Tensor[]} inputs @param {number} numSamples @param {number} batchSize
 * @param {(batch: Tensor[]) => Tensor[]} run
 * @returns {Tensor[]} The batches' outputs, one behind the other.
 */
function runBatches(inputs, numSamples, batchSize, run) {
  return tfc.tidy(() => {
    /** @type {Tensor[][]} By output. */
    const parts = [];
    for (let start = 0; start < numSamples; start += batchSize) {
      const size = Math.min(batchSize, numSamples - start);
      const batch = inputs.map((input) => {
        const rest = input.shape.slice(1);
        return tfc.slice(input, [start, ...rest.map(() => 0)], [size, ...rest]);
      });
      run(batch).forEach((output, i) => (parts[i] ??= []).push(output));
    }
    return parts.map((outputs) => tfc.concat(outputs, 0));
  });
}

module.exports = { captureLayersModels, capturesOfLayers };
