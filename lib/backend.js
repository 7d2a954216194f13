'use strict';

const { setImmediate } = require('node:timers');
const tfc = require('@tensorflow/tfjs-core');
const { arrayAhead } = require('./array-ahead');
const { CallFrame } = require('./call-frame');
const { Cell, Handle } = require('./handle');
const { NativeError } = require('./native-error');
const { kindOf } = require('./inputs/arrays');
const { dtypeNumbers, typedArray, uint8Number } = require('./dtypes');
const { dueTurn } = require('./turns');
const { Waits } = require('./waits');

/** @typedef {import('@tensorflow/tfjs-core').DataType} DataType */

/** So many empty cells are kept; a tidy() of a large model leaves about as many. */
const mostCells = 4096;

/**
 * tfjs's backend over one native session. It keeps handles and passes values; all arithmetic is
 * native.
 */
class NativeBackend extends tfc.KernelBackend {
  /** @type {WeakMap<object, Handle>} Data ids that came from other backends. */
  #moved = new WeakMap();
  /** @type {Cell[]} Empty ones. */
  #cells = [];
  #dataIds = 0;
  #waits;
  /** What runs the replay that was put off. @type {Promise<void> | null} */
  #deferred = null;

  /**
   * @param {import('./load-addon').Addon} addon
   * @param {string} device Name of the device, and of the backend.
   * @throws {NativeError} UNSUPPORTED with the reason when the device cannot be used.
   */
  constructor(addon, device) {
    super();
    this.device = device;
    this.addon = addon;
    this.session = addon.open(device);
    if (typeof this.session === 'string') {
      throw new NativeError('UNSUPPORTED', 'open', this.session, device);
    }
    this.#waits = new Waits(this.session);
    this.frame = new CallFrame((words) => this.session.setFrame(words));
    /** @type {import('./capture/side-effects').SideEffects | null} Set while calls are recorded. */
    this.recording = null;
    /** Whether a call of time() is under way: what it runs is measured kernel by kernel. */
    this.isTiming = false;
  }

  // --- Handles ---

  /**
   * The handle behind a data id; data that another backend holds moves here first.
   * @param {object} dataId
   * @param {string} [op] Operator to name in errors.
   * @returns {Handle}
   * @throws {NativeError} DISPOSED
   */
  handleOf(dataId, op = 'read') {
    this.recording?.touched.add(dataId);
    const found = this.#find(dataId);
    if (found !== undefined) {
      if (found.lazy !== null) this.#compute(found);
      return found;
    }
    // tfjs-core knows which backend has it; where that is this one, it was freed behind its back.
    const info = tfc.engine().state.tensorInfo.get(/** @type {any} */ (dataId));
    if (info !== undefined && info.backend !== this) {
      tfc.engine().moveData(this, dataId);
      const moved = this.#find(dataId);
      if (moved !== undefined) return moved;
    }
    throw new NativeError('DISPOSED', op, 'the tensor has been disposed', this.device);
  }

  /**
   * Like handleOf, but never moves anything.
   * @param {object} dataId
   * @returns {Handle | undefined}
   */
  #find(dataId) {
    if (
      dataId instanceof Handle &&
      dataId.owner === this &&
      (dataId.slot >= 0 || dataId.strings !== null || dataId.lazy !== null)
    ) {
      return dataId;
    }
    return this.#moved.get(dataId);
  }

  /** Computes what has been put off. @param {Handle} handle */
  #compute(handle) {
    const lazy = /** @type {import('./lazy/lazy-value').LazyValue} */ (handle.lazy);
    const computed = this.frame.aside(() => lazy.compute());
    const cell = /** @type {Cell} */ (computed.cell);
    this.#letGo(handle);
    handle.hold(cell);
    this.disposeData(computed);
    cell.dataId = handle;
  }

  /** Of all that a handle holds. @param {Handle} handle */
  #letGo(handle) {
    const { cell, lazy } = handle;
    handle.cell = null;
    handle.slot = -1;
    handle.strings = null;
    handle.lazy = null;
    if (cell !== null) {
      if (cell.dataId === handle) cell.dataId = null;
      if (--cell.holders === 0) {
        this.session.dispose(cell.slot);
        this.returnCell(cell);
      }
    }
    if (lazy !== null) for (const source of lazy.sources) this.#letGo(source);
  }

  /** An empty cell, whose slot goes into the frame. @returns {Cell} */
  takeCell() {
    const cell = this.#cells.pop() ?? new Cell();
    this.frame.setCell(cell.slot);
    return cell;
  }

  /** @param {Cell} cell One that nothing was put into. */
  returnCell(cell) {
    if (this.#cells.length < mostCells) this.#cells.push(cell);
  }

  /** Counts a handle that has got its data. @param {Handle} handle */
  track(handle) {
    // tfjs counts a complex tensor as three: itself and its two parts.
    this.#dataIds += handle.dtype === 'complex64' ? 3 : 1;
  }

  /**
   * The error that made the last native call fail.
   * @param {string} op Operator to name where the error names none.
   * @returns {NativeError}
   */
  lastError(op) {
    const info = this.session.lastError();
    if (info === undefined) return new NativeError('INTERNAL', op, 'unknown error', this.device);
    return new NativeError(info.code, info.op || op, info.message, info.device || this.device, {
      verbatim: info.verbatim,
    });
  }

  // --- Storage, as tfjs-core's TensorStorage has it ---

  /** Values that are written are copied at once: their memory may hold others afterwards. */
  get copiesValues() {
    return true;
  }

  /** @override */
  numDataIds() {
    return this.#dataIds;
  }

  /**
   * tfjs-node's name for how many tensors its native side holds. Here that has a tensor's data from the
   * first moment on, so that it is the number of data ids.
   */
  getNumOfTFTensors() {
    return this.#dataIds;
  }

  /** @override @param {any} values @param {number[]} shape @param {DataType} dtype */
  write(values, shape, dtype) {
    const handle = new Handle(this, null);
    this.#fill(handle, values, shape, dtype, 1);
    return handle;
  }

  /**
   * @override
   * @param {object} dataId @param {any} values @param {number[]} shape @param {DataType} dtype
   * @param {number} refCount
   */
  move(dataId, values, shape, dtype, refCount) {
    const handle = new Handle(this, null);
    this.#fill(handle, values, shape, dtype, refCount);
    this.#moved.set(dataId, handle);
  }

  /**
   * @param {Handle} handle @param {any} values @param {number[]} shape @param {DataType} dtype
   * @param {number} refCount
   */
  #fill(handle, values, shape, dtype, refCount) {
    handle.dtype = dtype;
    handle.refCount = refCount;
    if (dtype === 'string') {
      handle.strings = values ?? [];
    } else {
      const number = dtypeNumbers[dtype];
      if (number === undefined) {
        throw new NativeError('BAD_DTYPE', 'write', `no such dtype: ${dtype}`, this.device);
      }
      const elements = tfc.util.sizeFromShape(shape);
      const cell = this.takeCell();
      let slot = this.#writeArray(cell, values, number, elements);
      if (slot === -2) {
        slot = this.session.write(cell, typedArray(dtype, values ?? []), number, elements);
      }
      this.#put(handle, cell, slot, elements);
    }
    this.track(handle);
  }

  /** @param {Handle} handle @param {Cell} cell @param {number} slot @param {number} elements */
  #put(handle, cell, slot, elements) {
    if (slot < 0) throw this.lastError('write');
    cell.slot = slot;
    handle.hold(cell);
    handle.elements = elements;
  }

  /**
   * @param {Cell} cell @param {any} values @param {number} dtype @param {number} elements
   * @returns {number} As session.write().
   */
  #writeArray(cell, values, dtype, elements) {
    if (kindOf(values) !== 'Float16Array') {
      return this.session.write(cell, values, dtype, elements, false);
    }
    const bits = new Uint16Array(values.buffer, values.byteOffset, values.length);
    return this.session.write(cell, bits, dtype, elements, true);
  }

  /**
   * Bytes of an image, for an operator that takes them.
   * @param {Uint8Array | Uint8ClampedArray} bytes
   * @returns {Handle} To be disposed with disposeData().
   */
  writeBytes(bytes) {
    return this.#writeList(bytes, uint8Number);
  }

  /**
   * Numbers of 16 bits, as weight files have them.
   * @param {Uint16Array} bits
   * @returns {Handle} Of float32.
   */
  writeHalves(bits) {
    return this.#writeList(bits, dtypeNumbers.float32, true);
  }

  /** @param {ArrayLike<number>} values @param {number} dtype @param {boolean} [isFloat16] */
  #writeList(values, dtype, isFloat16 = false) {
    const handle = new Handle(this, null);
    const cell = this.takeCell();
    const slot = this.session.write(cell, values, dtype, values.length, isFloat16);
    this.#put(handle, cell, slot, values.length);
    this.track(handle);
    return handle;
  }

  /**
   * The bytes that an operator has made, which are waited for.
   * @param {object} dataId
   * @returns {Uint8ClampedArray} Of the caller's realm.
   */
  readBytes(dataId) {
    const { slot } = this.handleOf(dataId);
    const elements = this.session.elements(slot);
    if (elements < 0) throw this.lastError('read');
    const bytes = new Uint8ClampedArray(elements);
    if (this.session.readInto(slot, bytes) < 0) throw this.lastError('read');
    return bytes;
  }

  /** @override @param {object} dataId @returns {any} */
  readSync(dataId) {
    const handle = this.handleOf(dataId);
    return handle.strings ?? this.#values(handle);
  }

  /** @param {Handle} handle @param {ReturnType<typeof typedArray>} [ahead] Taken where it fits. */
  #values(handle, ahead) {
    const elements = this.session.elements(handle.slot);
    if (elements < 0) throw this.lastError('read');
    const fits = ahead !== undefined && elements === handle.elements;
    const values = fits ? ahead : typedArray(handle.dtype, elements);
    if (this.session.readInto(handle.slot, values) < 0) throw this.lastError('read');
    return values;
  }

  /** @override @param {object} dataId @returns {Promise<any>} */
  async read(dataId) {
    const handle = this.handleOf(dataId);
    if (this.recording !== null) this.recording.readsLater = true;
    if (handle.strings !== null) return handle.strings;
    // Whatever happens to the tensor while we wait, its data stays until it has been read.
    handle.refCount++;
    try {
      const done = this.#whenDone(handle, 'read');
      const ahead = done === null ? undefined : arrayAhead(handle);
      await done;
      return this.#values(this.handleOf(dataId), ahead);
    } finally {
      // Whoever disposed the tensor meanwhile left it to us to tell tfjs-core that its data is gone.
      if (this.disposeData(dataId)) tfc.engine().removeDataId(dataId, this);
    }
  }

  /** @override @param {object} dataId */
  refCount(dataId) {
    return this.#find(dataId)?.refCount ?? 0;
  }

  /** @override @param {object} dataId */
  incRef(dataId) {
    const handle = this.#find(dataId);
    if (handle !== undefined) handle.refCount++;
  }

  /**
   * @override
   * @param {object} dataId
   * @param {boolean} [force] Frees the data even when other tensors share it.
   * @returns {boolean} True when the data is gone.
   */
  disposeData(dataId, force = false) {
    const handle = this.#find(dataId);
    if (handle === undefined) return true;
    handle.refCount--;
    if (!force && handle.refCount > 0) return false;
    this.#dataIds -= handle.dtype === 'complex64' ? 3 : 1;
    this.#letGo(handle);
    if (handle !== dataId) this.#moved.delete(dataId);
    return true;
  }

  /** @override */
  dispose() {
    this.session.synchronize();
  }

  // --- Waiting ---

  /**
   * @param {Handle} handle @param {string} op
   * @returns {Promise<unknown> | null} Null where the value is there.
   */
  #whenDone(handle, op) {
    const id = this.#waits.newId();
    const done = this.session.whenDone(handle.slot, id);
    if (done < 0) throw this.lastError(op);
    if (done === 2) return this.runDeferred().then(() => this.#whenDone(handle, op));
    return done === 0 ? this.#waits.end(id) : dueTurn();
  }

  /**
   * Does the replay that the native side has put off, once this turn of the event loop is over.
   * @returns {Promise<void>}
   */
  runDeferred() {
    this.#deferred ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#deferred = null;
        this.session.runDeferred();
        resolve();
      });
    });
    return this.#deferred;
  }

  /**
   * Waits until values have been computed, without reading them.
   * @param {object} dataId Of values that are not here nothing is waited for.
   * @param {string} op Operator to name in errors that name none.
   * @param {() => T} [use] Called while the values are sure to be there.
   * @template T
   * @returns {Promise<T | undefined>} What that gives.
   * @throws {NativeError} Why they could not be computed.
   */
  async whenComputed(dataId, op, use) {
    const handle = this.#find(dataId);
    if (handle === undefined || handle.strings !== null) return undefined;
    if (handle.lazy !== null) this.#compute(handle);
    // As in read().
    handle.refCount++;
    try {
      await this.#whenDone(handle, op);
      if (this.session.elements(handle.slot) < 0) throw this.lastError(op);
      return use?.();
    } finally {
      if (this.disposeData(dataId)) tfc.engine().removeDataId(/** @type {any} */ (dataId), this);
    }
  }

  /**
   * Starts a native call that ends later, and waits for its end.
   * @param {string} op
   * @param {(id: number) => number} start Gets the id that the native side will name; negative when
   *     it could not be started.
   * @returns {Promise<number>} The id.
   * @throws {NativeError} Why it could not be started.
   */
  async waitForCall(op, start) {
    const id = this.#waits.newId();
    if (start(id) < 0) throw this.lastError(op);
    await this.#waits.end(id);
    return id;
  }

  /**
   * Waits for the end of a compilation, be it good or bad.
   * @param {unknown} compilation
   */
  async waitForCompilation(compilation) {
    const id = this.#waits.newId();
    const done = this.session.whenCompiled(compilation, id);
    if (done < 0) throw this.lastError('compile');
    if (done === 0) await this.#waits.end(id);
  }

  // --- Facts ---

  /** @override @returns {32} */
  floatPrecision() {
    return 32;
  }

  /** @override */
  epsilon() {
    return 1e-7;
  }

  /**
   * Adds to tf.memory() the device's own figures, in bytes.
   * @override
   */
  memory() {
    return { unreliable: false, native: this.addon.memory(this.device) };
  }

  /** @override */
  timerAvailable() {
    return true;
  }

  /**
   * Time that the kernels which `f` enqueues take to execute.
   * @override
   * @param {() => void} f
   * @returns {Promise<{kernelMs: number, getExtraProfileInfo: () => string}>}
   */
  async time(f) {
    const id = this.#waits.newId();
    this.session.profileBegin();
    this.isTiming = true;
    try {
      f();
    } finally {
      this.isTiming = false;
      this.session.profileEnd(id);
    }
    const kernelMs = await this.#waits.end(id);
    return { kernelMs, getExtraProfileInfo: () => '' };
  }
}

module.exports = { NativeBackend };
