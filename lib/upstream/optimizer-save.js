'use strict';

/** @typedef {import('@tensorflow/tfjs-layers').LayersModel} LayersModel */
/** @typedef {import('@tensorflow/tfjs-core').Optimizer} Optimizer */
/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */

/**
 * `model.save(url, {includeOptimizer: true})` asks the optimizer for its weights: variables, and a
 * scalar made for the occasion that counts the iterations, which tfjs-layers 4.22 forgets to
 * dispose. This disposes it when the model has been saved, or could not be.
 *
 * @param {{LayersModel: Function}} layers tfjs-layers.
 * @param {typeof import('@tensorflow/tfjs-core')} tfc
 */
function mendOptimizerSave({ LayersModel }, tfc) {
  const { save } = LayersModel.prototype;
  /** @this {LayersModel} @param {any} handlerOrUrl @param {any} [config] */
  LayersModel.prototype.save = async function (handlerOrUrl, config) {
    const model = this;
    /** @type {{optimizer?: Optimizer}} */
    const { optimizer } = /** @type {any} */ (model);
    if (!config?.includeOptimizer || optimizer == null)
      return save.call(this, handlerOrUrl, config);
    /** @type {Tensor[]} */
    const made = [];
    const getWeights = async () => {
      const weights = await optimizer.getWeights();
      for (const { name, tensor } of weights) {
        if (name === 'iter' && !(tensor instanceof tfc.Variable)) made.push(tensor);
      }
      return weights;
    };
    // The model with another optimizer for this call only: two saves may go on at a time.
    const saved = Object.create(model, {
      optimizer: { value: { getWeights } },
      getTrainingConfig: { value: () => /** @type {any} */ (model).getTrainingConfig() },
    });
    try {
      return await save.call(saved, handlerOrUrl, config);
    } finally {
      tfc.dispose(made);
    }
  };
}

module.exports = { mendOptimizerSave };
