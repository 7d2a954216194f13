'use strict';

// Operators that only move values, to where others say: the native kernel moves the places of the
// strings, and finds all that is wrong with the call. tfjs's own kernels would not do: they ask
// JavaScript for lists of any length, which ends the process, or stumble over strings.

const tfc = require('@tensorflow/tfjs-core');
const { NativeError } = require('../native-error');
const { ALL } = require('./operators');

/** @typedef {import('@tensorflow/tfjs-core').TensorInfo} TensorInfo */
/** @typedef {import('../backend').NativeBackend} NativeBackend */
/** @typedef {import('./index').KernelFunc} KernelFunc */

/** JavaScript ends the process where a list is to have more elements than about twice this. */
const mostStrings = 2 ** 26;

/**
 * @param {string} op
 * @param {import('./operators').Moved} moved
 * @param {NativeBackend} backend
 * @param {KernelFunc} nativeKernel The operator's, of numbers.
 * @returns {KernelFunc} Its inputs of strings hold strings.
 */
function makePlaceKernel(op, { inputs: names, output }, backend, nativeKernel) {
  /** @param {Record<string, any>} inputs @param {any} attrs @param {TensorInfo[]} made */
  function move(inputs, attrs, made) {
    /** @type {Uint8Array[]} */
    const strings = [];
    const numbers = { ...inputs };
    for (const name of names === ALL ? Object.keys(inputs) : names) {
      const label = names === ALL ? `input ${name}` : name;
      const list = stringsOf(label, inputs[name]);
      const places = Int32Array.from(list, (_, i) => strings.length + i);
      for (const text of list) strings.push(text);
      numbers[name] = makeInfo(places, inputs[name].shape, 'int32');
      made.push(numbers[name]);
    }
    const result = nativeKernel({ inputs: numbers, attrs });
    const outputs = [result].flat();
    made.push(...outputs);
    const moved = outputs.map((info, i) => {
      if (output !== ALL && i !== (output < 0 ? outputs.length + output : output)) return info;
      const { dataId, shape } = info;
      const texts = makeInfo(pick(strings, backend.readSync(dataId)), shape, 'string');
      made.push(texts);
      return texts;
    });
    for (const info of moved) made.splice(made.indexOf(info), 1);
    return Array.isArray(result) ? moved : moved[0];
  }

  /** @param {string} label @param {TensorInfo | undefined} info @returns {Uint8Array[]} */
  function stringsOf(label, info) {
    if (info?.dtype !== 'string') {
      const message = `${label}: expected strings, got ${info?.dtype ?? 'no tensor'}`;
      throw new NativeError('BAD_DTYPE', op, message, backend.device);
    }
    const { dataId, shape } = info;
    const list = backend.readSync(dataId);
    const count = tfc.util.sizeFromShape(shape);
    if (count >= 0 && count <= list.length) return list.slice(0, count);
    const message = `${label}: shape [${shape}] does not fit its ${list.length} strings`;
    throw new NativeError('BAD_SHAPE', op, message, backend.device);
  }

  /** @param {Uint8Array[]} strings @param {Int32Array} places */
  function pick(strings, places) {
    if (places.length <= mostStrings) return Array.from(places, (place) => strings[place]);
    const message = `expected at most ${mostStrings} strings, got ${places.length}`;
    throw new NativeError('UNSUPPORTED', op, message, backend.device);
  }

  /** @param {any} values @param {number[]} shape @param {tfc.DataType} dtype */
  const makeInfo = (values, shape, dtype) => ({
    dataId: backend.write(values, shape, dtype),
    shape,
    dtype,
  });

  return ({ inputs, attrs }) => {
    /** @type {TensorInfo[]} What is not handed on. */
    const made = [];
    try {
      return move(inputs, attrs, made);
    } finally {
      for (const { dataId } of made) backend.disposeData(dataId);
    }
  };
}

module.exports = { makePlaceKernel };
