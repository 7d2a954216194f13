'use strict';

// A program that grows: each step runs as it is added, so that its results' shapes are known.

const tf = require('../../../lib');
const { tensor, sizeOf, makeTensor } = require('../tensors');
const { call } = require('./program');

/** @typedef {import('../random').Random} Random */
/** @typedef {import('../tensors').TensorSpec} TensorSpec */
/** @typedef {import('./program').Program} Program */

/**
 * @typedef {object} Value
 * @property {number} id
 * @property {number[]} shape
 * @property {string} dtype
 * @property {boolean} isWeight
 */

/** Elements of the largest value. */
const LARGEST = 6000;

/** A step that the eager backend does not take: what was to be drawn is given up. */
class Refused extends Error {}

class Drawing {
  /** @type {import('./program').Values} */
  #tensors = new Map();
  /** @type {Value[]} */
  #values = [];
  /** @type {Set<number>} */
  #read = new Set();
  /** @type {Program} */
  #program = { inputs: [], weights: [], steps: [], outputs: [] };

  /** @param {Random} random Its tensors live in the scope around it. */
  constructor(random) {
    this.random = random;
  }

  get length() {
    return this.#program.steps.length;
  }

  /** @param {import('@tensorflow/tfjs-core').Tensor} made @param {boolean} isWeight @returns {Value} */
  #add(made, isWeight = false) {
    const value = { id: this.#values.length, shape: made.shape, dtype: made.dtype, isWeight };
    this.#values.push(value);
    this.#tensors.set(value.id, made);
    return value;
  }

  /** @param {TensorSpec[]} sets Values for one run, and for another. */
  input(sets) {
    const value = this.#add(makeTensor(tf, sets[0]));
    this.#program.inputs.push({ id: value.id, sets });
    return value;
  }

  /** @param {TensorSpec} spec */
  constant(spec) {
    const value = this.#add(makeTensor(tf, spec), true);
    this.#program.weights.push({ id: value.id, spec });
    return value;
  }

  /**
   * A tensor of weights; now and then one that there is.
   * @param {number[]} shape @param {string} [kind] How to draw values.
   * @param {number} [scale]
   */
  weight(shape, kind = 'unit', scale = 1) {
    const same = this.#values.filter(
      (value) => value.isWeight && value.dtype === 'float32' && value.shape.join() === shape.join(),
    );
    if (same.length > 0 && this.random.chance(0.25)) return this.random.pick(same);
    const spec = tensor(this.random, shape, 'float32', {
      floats: this.random.chance(0.02) ? 'special' : kind,
    });
    if (scale !== 1) spec.values.forEach((value, i) => (spec.values[i] = value * scale));
    return this.constant(spec);
  }

  /** Weights none of which is infinite or no number. @param {number[]} shape */
  finiteWeight(shape) {
    return this.constant(tensor(this.random, shape, 'float32', { floats: 'unit' }));
  }

  /**
   * A number as a tensor: mostly of rank 0; now and then of another shape, or another number, so that
   * what looks like a pattern is none.
   * @param {number} number @param {Value} [like] To whose shape it may broadcast.
   */
  number(number, like) {
    const { random } = this;
    const value = random.chance(0.04) ? random.pick([0, 1, -number, number * 1.25]) : number;
    let shape = /** @type {number[]} */ ([]);
    if (random.chance(0.12)) shape = new Array(random.int(1, 3)).fill(1);
    else if (like !== undefined && random.chance(0.06)) shape = like.shape.slice(-1);
    const values = new Float32Array(sizeOf(shape)).fill(value);
    return this.constant({ shape, dtype: 'float32', values });
  }

  /**
   * Adds a call.
   * @param {string} op @param {(Value | undefined)[]} inputs @param {Record<string, any>} [attrs]
   * @returns {Value} Its first output.
   */
  step(op, inputs, attrs = {}) {
    return this.steps(op, inputs, attrs)[0];
  }

  /** The same with all outputs. @returns {Value[]} */
  steps(op, inputs, attrs = {}) {
    const ids = inputs.map((value) => value?.id ?? -1);
    const step = { op, inputs: ids, attrs, outputs: /** @type {number[]} */ ([]) };
    let made;
    try {
      made = call(step, this.#tensors);
    } catch (error) {
      if (!(error instanceof tf.native.NativeError)) throw error;
      throw new Refused(error.message);
    }
    if (made.some(({ size }) => size > LARGEST)) throw new Refused('too large');
    const values = made.map((tensor) => this.#add(tensor));
    step.outputs = values.map(({ id }) => id);
    this.#program.steps.push(step);
    ids.forEach((id) => this.#read.add(id));
    return values;
  }

  /**
   * A value among the last ones, mostly; no weight.
   * @param {(value: Value) => boolean} fits @returns {Value}
   */
  pick(fits) {
    const fitting = this.#values.filter((value) => !value.isWeight && fits(value));
    if (fitting.length === 0) throw new Refused('nothing fits');
    if (this.random.chance(0.3)) return this.random.pick(fitting);
    return this.random.pick(fitting.slice(-3));
  }

  /** Chooses outputs. @returns {Program} */
  finish() {
    const { random } = this;
    const outputs = this.#values
      .filter(({ id, isWeight }) => {
        const isInner = isWeight || this.#read.has(id);
        return random.chance(isWeight ? 0.004 : isInner ? 0.06 : 0.6);
      })
      .map(({ id }) => id);
    const last = this.#values.at(-1);
    if (!outputs.includes(last.id)) outputs.push(last.id);
    if (random.chance(0.05)) outputs.push(random.pick(outputs));
    return { ...this.#program, outputs: random.shuffled(outputs) };
  }
}

module.exports = { Drawing, Refused, LARGEST };
