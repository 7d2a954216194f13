'use strict';

const { Handle } = require('./handle');
const { NativeError } = require('./native-error');
const { pushAttr } = require('./call-frame');
const { dtypeNames } = require('./dtypes');

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
 * @property {boolean} open Extents of its outputs depend on values.
 * @property {string[]} devices Devices with a kernel for it.
 * @property {string[]} dtypes Of inputs and outputs, on some device; none for views, which take all.
 */

/** @typedef {import('@tensorflow/tfjs-core').TensorInfo} TensorInfo */

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
  const { name, listInput, attrs: attrRows } = row;
  const inputNames = row.inputs.map((input) => input.name);
  const optional = row.inputs.map((input) => input.optional);
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
    for (let i = 0; i < attrRows.length; i++) {
      pushAttr(frame, name, attrRows[i], attrs?.[attrRows[i].name]);
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

  /** Writes and enqueues the call. @param {any} inputs @param {any} attrs @param {Handle?} handle */
  function enqueue(inputs, attrs, handle) {
    writeCall(inputs, attrs);
    let answer = session.call(frame.length, handle);
    if (answer < -1) {
      // The frame is too small for the answer (see SessionBinding::call).
      frame.length = 0;
      frame.reserve(-answer);
      writeCall(inputs, attrs);
      answer = session.call(frame.length, handle);
    }
    if (answer < 0) throw backend.lastError(name);
  }

  /** The first input's data under the shape that the answer in the frame has. @param {any} inputs */
  function readView(inputs) {
    const [input] = row.inputs;
    const { dataId, dtype } = input === undefined ? Object.values(inputs)[0] : inputs[input.name];
    backend.incRef(dataId);
    const { words } = frame;
    const shape = new Array(words[3]);
    for (let i = 0; i < shape.length; i++) shape[i] = words[4 + i];
    return { dataId, shape, dtype };
  }

  return function kernelFunc({ inputs, attrs }) {
    const first = view ? null : new Handle(backend);
    enqueue(inputs, attrs, first);
    // Some operators give the whole input for some calls only (Cast, Slice): no slot says so.
    if (first === null || (frame.words[0] === 1 && frame.words[1] === -1)) {
      return list ? [readView(inputs)] : readView(inputs);
    }
    return readOutputs(backend, first, name, list);
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
    const first = new Handle(backend);
    frame.length = 0;
    frame.reserve(answerWords);
    if (session.collect(id, first) < 0) throw backend.lastError(row.name);
    return readOutputs(backend, first, row.name, row.list);
  };
}

/**
 * Reads the outputs of a call from the frame.
 * @param {import('./backend').NativeBackend} backend
 * @param {Handle} first What the call got: it owns a single output already.
 * @param {string} op
 * @param {boolean} [list] Whether a single output, too, comes in a list.
 * @returns {TensorInfo | TensorInfo[]} One output as it is, several as a list.
 */
function readOutputs(backend, first, op, list = false) {
  const { words } = backend.frame;
  const count = words[0];
  if (count === 1) {
    const output = readOutput(words, 1, first);
    backend.track(first);
    return list ? [output] : output;
  }
  /** @type {Handle[]} */
  const handles = [];
  /** @type {TensorInfo[]} */
  const outputs = [];
  let at = 1;
  for (let i = 0; i < count; i++) {
    const handle = i === 0 ? first : new Handle(backend);
    const output = readOutput(words, at, handle);
    at += 3 + output.shape.length;
    handles.push(handle);
    outputs.push(output);
  }
  if (count > 1 && backend.session.adopt(handles) < 0) throw backend.lastError(op);
  for (const handle of handles) backend.track(handle);
  return outputs;
}

/**
 * One output, at its place in the frame.
 * @param {Float64Array} words @param {number} at @param {Handle} handle
 * @returns {TensorInfo}
 */
function readOutput(words, at, handle) {
  handle.slot = words[at];
  handle.dtype = dtypeNames[words[at + 1]];
  const rank = words[at + 2];
  const shape = new Array(rank);
  for (let i = 0; i < rank; i++) shape[i] = words[at + 3 + i];
  return { dataId: handle, shape, dtype: handle.dtype };
}

module.exports = { makeKernelFunc, makeAsyncKernelFunc, readOutputs };
