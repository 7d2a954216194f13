'use strict';

const tfc = require('@tensorflow/tfjs-core');

/** @typedef {import('../backend').NativeBackend} NativeBackend */

/**
 * What a function does, while it is recorded, beside the calls that are recorded: a replay would not
 * do it. Watches from its creation to end().
 */
class SideEffects {
  #backend;
  #mayKeep;
  #numTensors;
  #variables;
  #random = Math.random;
  #drewRandom = false;
  #kept = 0;
  /** Set by the backend: values were asked for that will be read later. */
  readsLater = false;
  /** @type {Set<object>} Filled by the backend: the data ids that calls read. */
  touched = new Set();

  /** @param {NativeBackend} backend @param {{mayKeep?: boolean}} options */
  constructor(backend, { mayKeep = false }) {
    const engine = tfc.engine();
    this.#backend = backend;
    this.#mayKeep = mayKeep;
    this.#numTensors = engine.state.numTensors;
    this.#variables = Object.values(engine.state.registeredVariables).map((variable) => ({
      variable,
      dataId: variable.dataId,
    }));
    /** Tensors from this id on are made while this watches. */
    this.firstId = /** @type {number} */ (/** @type {any} */ (engine).nextTensorId());
    backend.recording = this;
    // tfjs-core seeds its own generators with it.
    this.#setRandom(() => {
      this.#drewRandom = true;
      return this.#random();
    });
    /** @type {any} */ (engine).keep = (/** @type {any} */ tensor) => {
      if (tensor.id >= this.firstId) this.#kept++;
      return Object.getPrototypeOf(engine).keep.call(engine, tensor);
    };
  }

  /** @param {() => number} random */
  #setRandom(random) {
    try {
      Math.random = random;
    } catch {
      // A realm whose globals are frozen: what cannot be watched may have been done.
      this.#drewRandom = true;
    }
  }

  /** Stops watching. */
  end() {
    this.#setRandom(this.#random);
    delete (/** @type {any} */ (tfc.engine()).keep);
    this.#backend.recording = null;
  }

  /**
   * @param {number} newOutputs Number of tensors among the outputs that the function made.
   * @returns {string | null} What it did, if anything.
   */
  found(newOutputs) {
    if (this.#drewRandom) {
      return 'random numbers were drawn in JavaScript, so the next call must draw others';
    }
    if (this.readsLater) {
      return 'values were asked for with data(), which a replay would not do';
    }
    if (this.#variables.some(({ variable, dataId }) => variable.dataId !== dataId)) {
      return 'a variable was assigned, which a replay would not do';
    }
    const more = tfc.engine().state.numTensors - this.#numTensors - newOutputs;
    if (more > 0 || (this.#kept > 0 && !this.#mayKeep)) {
      return 'tensors were kept beside the outputs, which a replay would not do';
    }
    if (more < 0) return 'tensors were disposed that existed before, which a replay would not do';
    return null;
  }
}

module.exports = { SideEffects };
