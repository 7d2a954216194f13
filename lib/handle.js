'use strict';

/**
 * A DataId of this package: what tfjs-core's tensors refer to. The native side ties the slot to
 * the object's life, so that a tensor which the user forgot is freed when it is collected.
 */
class Handle {
  /** @param {object} owner The backend that made it. */
  constructor(owner) {
    this.owner = owner;
    /** Number of the native slot; -1 before it has one, for strings, and after disposal. */
    this.slot = -1;
    /** How many tensors share the data. */
    this.refCount = 1;
    /** @type {import('@tensorflow/tfjs-core').DataType} */
    this.dtype = 'float32';
    /** @type {Uint8Array[] | null} The values of a string tensor, which stay in JavaScript. */
    this.strings = null;
  }
}

module.exports = { Handle };
