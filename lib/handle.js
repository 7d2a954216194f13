'use strict';

/**
 * What a native slot belongs to. The native side ties the slot to the object's life, so that a tensor
 * which the user forgot is freed when it is collected. Once disposed of, a tensor leaves its cell to
 * another one: tying costs more than a small tensor.
 */
class Cell {
  /** Number of the native slot; -1 before it has one. */
  slot = -1;
  /** How many handles hold it. */
  holders = 0;
  /**
   * The one of them that tensors have: a recording knows its inputs by their slots.
   * @type {Handle | null}
   */
  dataId = null;
}

/**
 * A DataId of this package: what tfjs-core's tensors refer to. Or what holds the data for a call that
 * has been put off.
 */
class Handle {
  /**
   * @param {object} owner The backend that made it.
   * @param {Cell | null} cell That of its tensor.
   * @param {import('@tensorflow/tfjs-core').DataType} [dtype]
   * @param {number} [elements]
   */
  constructor(owner, cell, dtype = 'float32', elements = 0) {
    this.owner = owner;
    /** Null for strings, for what is to be computed, and after disposal. */
    this.cell = cell;
    /** Number of the native slot; -1 before it has one, and where there is no cell. */
    this.slot = -1;
    if (cell !== null) this.hold(cell);
    /** How many elements its shape has asked for; there may be more. */
    this.elements = elements;
    /** How many tensors share the data. */
    this.refCount = 1;
    /** @type {import('@tensorflow/tfjs-core').DataType} */
    this.dtype = dtype;
    /** @type {Uint8Array[] | null} The values of a string tensor, which stay in JavaScript. */
    this.strings = null;
    /** @type {import('./lazy/lazy-value').LazyValue | null} What gives the values, not yet asked. */
    this.lazy = null;
    /** @type {object | null} Where tfjs-core's notes on the data belong (see upstream/tensor-infos). */
    this.notedIn = null;
    /** @type {object | null} Those notes. */
    this.info = null;
  }

  /** @returns {Handle} Another one on the same data: of tensors, if they have none. */
  share() {
    return new Handle(this.owner, this.cell, this.dtype, this.elements);
  }

  /** @param {Cell} cell */
  hold(cell) {
    this.cell = cell;
    this.slot = cell.slot;
    cell.holders++;
    cell.dataId ??= this;
  }
}

module.exports = { Cell, Handle };
