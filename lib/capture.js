'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { Handle } = require('./handle');
const { NativeError } = require('./native-error');
const { readOutputs } = require('./operator');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {import('./backend').NativeBackend} NativeBackend */

/**
 * Writes tensors into the call frame: slot, rank, extents of each.
 * @param {NativeBackend} backend @param {Tensor[]} tensors @param {string} op
 */
function writeTensors(backend, tensors, op) {
  // First, as data that moves here from another backend must not come between the words.
  const slots = tensors.map((tensor) => backend.handleOf(tensor.dataId, op).slot);
  const text = slots.findIndex((slot) => slot < 0);
  if (text >= 0) {
    throw new NativeError('BAD_DTYPE', op, `tensor ${text}: expected numbers, got strings`);
  }
  backend.frame.length = 0;
  tensors.forEach(({ shape }, i) => backend.frame.pushTensor(slots[i], shape));
}

/**
 * The native calls of one eager run, which can be run again on new inputs of the same shapes and
 * dtypes without JavaScript in between.
 */
class CapturedGraph {
  #backend;
  #compilation;

  /** Use capture(). @param {NativeBackend} backend @param {unknown} compilation */
  constructor(backend, compilation) {
    this.#backend = backend;
    this.#compilation = compilation;
  }

  /**
   * Runs `fn` once and records what it computes from the inputs. Tensors that exist already
   * (weights) become constants, which the graph keeps.
   * @param {NativeBackend} backend The current backend.
   * @param {Tensor[]} inputs No two of them may share their data.
   * @param {(inputs: Tensor[]) => Tensor | Tensor[]} fn Synchronous; runs in a tidy of its own.
   * @returns {{graph: CapturedGraph, outputs: Tensor[]}} The outputs are those of this run.
   * @throws {NativeError} UNSUPPORTED when the calls cannot stand for `fn`: it read a value that
   *     depends on the inputs, or drew random numbers. Whatever `fn` throws.
   */
  static capture(backend, inputs, fn) {
    const { session } = backend;
    writeTensors(backend, inputs, 'capture');
    if (session.recordBegin(inputs.length) < 0) throw backend.lastError('capture');
    /** @type {Tensor[]} */
    let outputs = [];
    try {
      outputs = tfc.tidy(() => [fn(inputs)].flat());
      writeTensors(backend, outputs, 'capture');
    } catch (error) {
      session.recordEnd(0);
      tfc.dispose(outputs);
      throw error;
    }
    const graph = session.recordEnd(outputs.length);
    const compilation = graph === -1 ? -1 : session.compile(graph, []);
    if (compilation === -1) {
      tfc.dispose(outputs);
      throw backend.lastError('capture');
    }
    return { graph: new CapturedGraph(backend, compilation), outputs };
  }

  /**
   * Compilation goes on by itself, off JavaScript's thread.
   * @returns {boolean} True once the graph can be replayed.
   * @throws {NativeError} Why it cannot be compiled.
   */
  isReady() {
    const state = this.#backend.session.compilationState(this.#compilation);
    if (state < 0) throw this.#backend.lastError('compile');
    return state === 1;
  }

  /** Waits until the graph is ready. @throws {NativeError} Why it cannot be compiled. */
  async ready() {
    await this.#backend.waitForCompilation(this.#compilation);
    this.isReady();
  }

  /** What became of the graph (native/graph/explanation.h). @returns {any} */
  explain() {
    const text = this.#backend.session.explain(this.#compilation);
    if (text === -1) throw this.#backend.lastError('explain');
    return JSON.parse(text);
  }

  /**
   * Enqueues one run.
   * @param {Tensor[]} inputs
   * @returns {Tensor[]} The outputs, in the order in which `fn` gave them.
   * @throws {NativeError} BAD_SHAPE, BAD_DTYPE: an input is not as it was when the graph was
   *     captured.
   */
  replay(inputs) {
    const backend = this.#backend;
    writeTensors(backend, inputs, 'replay');
    const first = new Handle(backend);
    if (backend.session.replay(this.#compilation, inputs.length, first) < 0) {
      throw backend.lastError('replay');
    }
    const infos = /** @type {any[]} */ ([readOutputs(backend, first, 'replay')].flat());
    return infos.map((info) => tfc.engine().makeTensorFromTensorInfo(info, backend));
  }
}

module.exports = { CapturedGraph };
