'use strict';

const { Handle } = require('./handle');
const { NativeError } = require('./native-error');
const { AttrWriter } = require('./call-frame');
const { dtypeNames } = require('./dtypes');
const { KnownViews, sizeOf } = require('./known-views');

/** What the answer of a call with open outputs takes at the most: a few tensors of any rank. */
const answerWords = 4096;

/**
 * @typedef {object} OperatorRow One row of the operator table (native/ops/ops.inc).
 * @property {string} name
 * @property {string} listInput The name of the input that is a list of any length; empty: none is.
 * @property {boolean} view The output shares the first input's data.
 * @property {boolean} list The outputs are a list, even when there is one.
 * @property {boolean} internal For graphs only: tfjs has no such operator.
 * @property {{name: string, optional: boolean}[]} inputs Those before the list. Where there are
 *     none, the list is all that a kernel is called with.
 * @property {import('./call-frame').AttrRow[]} attrs
 * @property {boolean} random It draws random numbers.
 * @property {number} elementFunction What it does to float32, as an instruction of _Elementwise's
 *     program that has no parameters; -1: none does.
 * @property {boolean} open Extents of its outputs depend on values.
 * @property {string[]} devices Devices with a kernel for it.
 * @property {string[]} dtypes Of inputs and outputs, on some device; none for views, which take all.
 */

/** @typedef {import('@tensorflow/tfjs-core').TensorInfo} TensorInfo */
/** @typedef {import('./handle').Cell} Cell */

/** @type {TensorInfo[]} */
const none = [];

/**
 * What writes calls of one operator into a backend's frame.
 * @param {OperatorRow} row
 * @param {number} number The row's index: the operator's number in the call protocol.
 * @param {import('./backend').NativeBackend} backend
 * @returns {(inputs: any, attrs: any) => void} Throws a NativeError for what is no call.
 */
function makeCallWriter(row, number, backend) {
  const { name, listInput } = row;
  const inputNames = row.inputs.map((input) => input.name);
  const optional = row.inputs.map((input) => input.optional);
  const attrWriters = row.attrs.map((attr) => new AttrWriter(name, attr));
  const { frame } = backend;

  /** @param {number} index @returns {string} The name of an input, for messages. */
  function labelOf(index) {
    const place = index - inputNames.length;
    if (place < 0) return inputNames[index];
    return inputNames.length === 0 ? `input ${index}` : `${listInput}[${place}]`;
  }

  /** @param {any} inputs @returns {TensorInfo[]} */
  function listOf(inputs) {
    if (inputNames.length === 0) return Array.isArray(inputs) ? inputs : Object.values(inputs);
    const list = inputs[listInput];
    if (Array.isArray(list)) return list;
    throw new NativeError('BAD_SHAPE', name, `${listInput}: expected a list of tensors`);
  }

  /** @param {TensorInfo} info @param {number} index */
  function pushInput(info, index) {
    if (info === undefined || info === null) {
      if (!optional[index]) {
        throw new NativeError('BAD_SHAPE', name, `${labelOf(index)}: expected a tensor`);
      }
      frame.pushTensor(-1, []);
      return;
    }
    // Moving data here from another backend leaves the frame alone.
    const { slot } = backend.handleOf(info.dataId, name);
    if (slot < 0) {
      const label = labelOf(index);
      throw new NativeError('BAD_DTYPE', name, `${label}: expected numbers, got ${info.dtype}`);
    }
    frame.pushTensor(slot, info.shape);
  }

  return function writeCall(inputs, attrs) {
    frame.length = 0;
    frame.push(number);
    const list = listInput === '' ? none : listOf(inputs);
    frame.push(inputNames.length + list.length);
    for (let i = 0; i < inputNames.length; i++) pushInput(inputs[inputNames[i]], i);
    for (let i = 0; i < list.length; i++) pushInput(list[i], inputNames.length + i);
    for (let i = 0; i < attrWriters.length; i++) {
      attrWriters[i].push(frame, attrs?.[attrWriters[i].name]);
    }
  };
}

/**
 * The kernel function of one operator on one backend.
 * @param {OperatorRow} row
 * @param {number} number
 * @param {import('./backend').NativeBackend} backend
 * @returns {(call: {inputs: any, attrs?: any}) => TensorInfo | TensorInfo[]}
 */
function makeKernelFunc(row, number, backend) {
  const { name, view, list } = row;
  const { frame, session } = backend;
  const writeCall = makeCallWriter(row, number, backend);

  /**
   * Enqueues the call that is in the frame.
   * @param {any} inputs @param {any} attrs @param {Cell | null} cell
   */
  function enqueue(inputs, attrs, cell) {
    let answer = session.call(frame.length, cell);
    if (answer === undefined) return;
    if (answer < -1) {
      // The frame is too small for the answer (see SessionBinding::call).
      frame.length = 0;
      frame.reserve(-answer);
      writeCall(inputs, attrs);
      if (cell !== null) frame.setCell(cell.slot);
      answer = session.call(frame.length, cell);
    }
    if (answer < 0) throw backend.lastError(name);
  }

  /** @param {any} inputs @returns {TensorInfo} */
  function firstOf(inputs) {
    const [input] = row.inputs;
    return input === undefined ? Object.values(inputs)[0] : inputs[input.name];
  }

  /** @type {KnownViews | null} Where a call has given the whole input. */
  let known = null;

  /** What an equal call to the one in the frame gave. @param {any} inputs */
  function findView(inputs) {
    // What is recorded has to know of it.
    if (known === null || backend.recording !== null) return undefined;
    const { dataId, dtype } = firstOf(inputs);
    const handle = backend.handleOf(dataId, name);
    const shape = known.find(frame, handle);
    if (shape === undefined) return undefined;
    handle.refCount++;
    return { dataId, shape, dtype };
  }

  /** The first input's data under the shape that the answer has. @param {any} inputs @param {any} attrs */
  function readView(inputs, attrs) {
    const { dataId, dtype } = firstOf(inputs);
    backend.incRef(dataId);
    const shape = readShape(frame.words, 3);
    // The answer took the call's place.
    writeCall(inputs, attrs);
    known ??= new KnownViews();
    known.add(frame, backend.handleOf(dataId, name).dtype, shape);
    return { dataId, shape, dtype };
  }

  return function kernelFunc({ inputs, attrs }) {
    writeCall(inputs, attrs);
    const found = known === null ? undefined : findView(inputs);
    if (found !== undefined) return list ? [found] : found;
    const cell = view ? null : backend.takeCell();
    enqueue(inputs, attrs, cell);
    // Some operators give the whole input for some calls only (Cast, Slice): no slot says so.
    if (cell === null || (frame.words[0] === 1 && frame.words[1] === -1)) {
      if (cell !== null) backend.returnCell(cell);
      const output = readView(inputs, attrs);
      return list ? [output] : output;
    }
    return readOutputs(backend, cell, name, list);
  };
}

/**
 * The same for an operator whose outputs have extents that depend on values, computed while
 * JavaScript goes on.
 * @param {OperatorRow} row
 * @param {number} number
 * @param {import('./backend').NativeBackend} backend
 * @returns {(call: {inputs: any, attrs?: any}) => Promise<TensorInfo | TensorInfo[]>}
 */
function makeAsyncKernelFunc(row, number, backend) {
  const { frame, session } = backend;
  const writeCall = makeCallWriter(row, number, backend);
  return async function asyncKernelFunc({ inputs, attrs }) {
    writeCall(inputs, attrs);
    const id = await backend.waitForCall(row.name, (wait) => session.callLater(frame.length, wait));
    frame.length = 0;
    frame.reserve(answerWords);
    const cell = backend.takeCell();
    if (session.collect(id, cell) < 0) throw backend.lastError(row.name);
    return readOutputs(backend, cell, row.name, row.list);
  };
}

/**
 * Reads the outputs of a call from the frame.
 * @param {import('./backend').NativeBackend} backend
 * @param {Cell} first What the call got: it owns a single output already.
 * @param {string} op
 * @param {boolean} [list] Whether a single output, too, comes in a list.
 * @returns {TensorInfo | TensorInfo[]} One output as it is, several as a list.
 */
function readOutputs(backend, first, op, list = false) {
  const { words } = backend.frame;
  const count = words[0];
  if (count === 1) {
    first.slot = integerOf(words[1]);
    const output = readOutput(backend, 1, first);
    backend.track(output.dataId);
    return list ? [output] : output;
  }
  const outputs = [];
  let at = 1;
  for (let i = 0; i < count; i++) {
    const output = readOutput(backend, at, i === 0 ? first : backend.takeCell());
    at += 3 + output.shape.length;
    outputs.push(output);
  }
  const handles = outputs.map(({ dataId }) => dataId);
  const cells = handles.map(({ cell }) => /** @type {Cell} */ (cell));
  for (let i = 0; i < count; i++) words[i] = cells[i].slot;
  if (count > 1 && backend.session.adopt(cells) < 0) throw backend.lastError(op);
  for (let i = 0; i < count; i++) {
    own(handles[i], integerOf(words[i]));
    backend.track(handles[i]);
  }
  return outputs;
}

/**
 * One output, at its place in the frame.
 * @param {import('./backend').NativeBackend} backend @param {number} at @param {Cell} cell
 */
function readOutput(backend, at, cell) {
  const { words } = backend.frame;
  const dtype = dtypeNames[words[at + 1]];
  const shape = readShape(words, at + 2);
  return { dataId: new Handle(backend, cell, dtype, sizeOf(shape)), shape, dtype };
}

/**
 * Gives a handle, and its cell, the slot that its tensor is in.
 * @param {Handle} handle @param {number} slot
 */
function own(handle, slot) {
  handle.slot = slot;
  /** @type {Cell} */ (handle.cell).slot = slot;
}

/**
 * A word as what V8 keeps in place: as it comes out of an array of doubles, a number is an object of
 * its own wherever it is put, and a list of such is one of doubles, unlike all that tfjs makes.
 * @param {number} word
 */
function integerOf(word) {
  const small = word | 0;
  return small === word ? small : word;
}

/**
 * Rank and extents in the frame. Literals are made faster than lists of a length.
 * @param {Float64Array} words @param {number} at
 */
function readShape(words, at) {
  switch (words[at]) {
    case 0:
      return [];
    case 1:
      return [integerOf(words[at + 1])];
    case 2:
      return [integerOf(words[at + 1]), integerOf(words[at + 2])];
    case 3:
      return [integerOf(words[at + 1]), integerOf(words[at + 2]), integerOf(words[at + 3])];
    case 4:
      return [
        integerOf(words[at + 1]),
        integerOf(words[at + 2]),
        integerOf(words[at + 3]),
        integerOf(words[at + 4]),
      ];
    default:
      return Array.from(words.subarray(at + 1, at + 1 + words[at]), integerOf);
  }
}

module.exports = { makeKernelFunc, makeAsyncKernelFunc, readOutputs };
