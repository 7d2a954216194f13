'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { Handle } = require('./handle');
const { NativeError } = require('./native-error');
const { readOutputs } = require('./operator');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */

/**
 * The kernel calls of one eager run, replayed natively on other inputs of the same shapes: one call
 * into the native side, whatever the number of operators. What the run read besides its inputs
 * (weights) is part of it. Internal: predict() does not use it yet.
 */
class CapturedGraph {
  #backend;
  #executable;
  #inputCount;

  /**
   * @param {import('./backend').NativeBackend} backend @param {object} executable
   * @param {number} inputCount
   */
  constructor(backend, executable, inputCount) {
    this.#backend = backend;
    this.#executable = executable;
    this.#inputCount = inputCount;
  }

  /**
   * Runs `compute` once and records what it does.
   * @param {import('./backend').NativeBackend} backend The current backend.
   * @param {Tensor[]} inputs What `compute` reads and later replays replace.
   * @param {() => Tensor[]} compute Must not read values: what depends on them is not recorded.
   * @returns {{graph: CapturedGraph, outputs: Tensor[]}} The graph, and this run's outputs.
   * @throws {NativeError} UNSUPPORTED when the run can not be replayed.
   */
  static capture(backend, inputs, compute) {
    const { session } = backend;
    writeTensors(backend, inputs);
    if (session.recordBegin(inputs.length) < 0) throw backend.lastError('capture');
    /** @type {Tensor[]} */
    let outputs = [];
    let executable;
    try {
      outputs = tfc.tidy(compute);
    } finally {
      writeTensors(backend, outputs);
      executable = session.recordEnd(outputs.length);
    }
    if (executable === -1) {
      tfc.dispose(outputs);
      throw backend.lastError('capture');
    }
    return { graph: new CapturedGraph(backend, executable, inputs.length), outputs };
  }

  /**
   * @param {Tensor[]} inputs As many as were captured, of the same shapes and dtypes.
   * @returns {Tensor[]} The outputs, in the captured order.
   * @throws {NativeError} BAD_SHAPE, BAD_DTYPE
   */
  replay(inputs) {
    if (inputs.length !== this.#inputCount) {
      throw new NativeError(
        'BAD_SHAPE',
        'replay',
        `expected ${this.#inputCount} inputs, got ${inputs.length}`,
      );
    }
    const backend = this.#backend;
    writeTensors(backend, inputs);
    const first = new Handle(backend);
    if (backend.session.replay(this.#executable, inputs.length, first) < 0) {
      throw backend.lastError('replay');
    }
    const infos = /** @type {import('@tensorflow/tfjs-core').TensorInfo[]} */ (
      readOutputs(backend, first, 'replay', true)
    );
    return infos.map((info) => tfc.engine().makeTensorFromTensorInfo(info, backend));
  }
}

/** @param {import('./backend').NativeBackend} backend @param {Tensor[]} tensors */
function writeTensors(backend, tensors) {
  const slots = tensors.map(({ dataId }) => backend.handleOf(dataId).slot);
  backend.frame.length = 0;
  tensors.forEach((tensor, i) => backend.frame.pushTensor(slots[i], tensor.shape));
}

module.exports = { CapturedGraph };
