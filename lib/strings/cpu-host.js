'use strict';

const tfc = require('@tensorflow/tfjs-core');

/** @typedef {import('@tensorflow/tfjs-core').TensorInfo} TensorInfo */
/** @typedef {import('@tensorflow/tfjs-core').DataType} DataType */

/**
 * What the kernels of tfjs's cpu backend ask of their backend, over the tensors of a native one.
 * Strings are handed over as bytes, so that those which are not UTF-8 survive except where a kernel
 * decodes them itself.
 */
class CpuHost {
  /** @param {import('../backend').NativeBackend} backend */
  constructor(backend) {
    this.backend = backend;
    this.data = {
      /** @param {object} dataId Of numbers, which are waited for, or of strings. */
      get: (dataId) => ({ values: backend.readSync(dataId) }),
    };
  }

  /**
   * @param {number[]} shape @param {DataType} dtype
   * @param {ArrayLike<any>} values Strings as text, as bytes, or mixed.
   * @returns {TensorInfo}
   */
  makeTensorInfo(shape, dtype, values) {
    return { dataId: this.write(values, shape, dtype), shape, dtype };
  }

  /** @param {ArrayLike<any>} values @param {number[]} shape @param {DataType} dtype */
  write(values, shape, dtype) {
    const stored = dtype === 'string' ? Array.from(values, toBytes) : values;
    return this.backend.write(stored, shape, dtype);
  }

  /** @param {TensorInfo} info */
  bufferSync({ dataId, shape, dtype }) {
    return tfc.buffer(shape, dtype, this.backend.readSync(dataId));
  }

  /** @param {object} dataId */
  incRef(dataId) {
    this.backend.incRef(dataId);
  }

  /** @param {TensorInfo} info */
  disposeIntermediateTensorInfo({ dataId }) {
    this.backend.disposeData(dataId);
  }
}

/** @param {string | Uint8Array} value */
function toBytes(value) {
  return typeof value === 'string' ? tfc.util.encodeString(value) : value;
}

module.exports = { CpuHost };
