'use strict';

const { Handle } = require('../handle');

/**
 * What tfjs-core notes of each data id: that of a handle on the handle, that of others' where it was.
 * @template {object} Info
 */
class TensorInfos {
  #others;

  /** @param {WeakMap<object, Info>} others */
  constructor(others) {
    this.#others = others;
  }

  /** @param {object} dataId */
  has(dataId) {
    return dataId instanceof Handle ? dataId.notedIn === this : this.#others.has(dataId);
  }

  /** @param {object} dataId @returns {Info | undefined} */
  get(dataId) {
    if (!(dataId instanceof Handle)) return this.#others.get(dataId);
    return dataId.notedIn === this ? /** @type {Info} */ (dataId.info) : undefined;
  }

  /** @param {object} dataId @param {Info} info */
  set(dataId, info) {
    if (dataId instanceof Handle) {
      dataId.notedIn = this;
      dataId.info = info;
    } else {
      this.#others.set(dataId, info);
    }
    return this;
  }

  /** @param {object} dataId @returns {boolean} Whether it was there. */
  delete(dataId) {
    if (!(dataId instanceof Handle)) return this.#others.delete(dataId);
    const isThere = this.has(dataId);
    if (isThere) dataId.notedIn = dataId.info = null;
    return isThere;
  }
}

/**
 * tfjs-core 4.22 keeps in a WeakMap what it knows of every tensor's data: to add to that and to delete
 * from it again takes as long as a kernel for a small tensor.
 *
 * @param {typeof import('@tensorflow/tfjs-core')} tfc
 */
function mendTensorInfos(tfc) {
  /** @param {any} state */
  const mend = (state) => {
    state.tensorInfo = new TensorInfos(state.tensorInfo);
  };
  if (/** @type {any} */ (tfc.engine().state).tensorInfo instanceof TensorInfos) return;
  const engine = Object.getPrototypeOf(tfc.engine());
  const { reset } = engine;
  mend(tfc.engine().state);
  // It gets a new state.
  engine.reset = function () {
    reset.call(this);
    mend(this.state);
  };
}

module.exports = { mendTensorInfos };
