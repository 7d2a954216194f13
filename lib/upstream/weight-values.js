'use strict';

const { elementCount, fixedBytes } = require('../io/weight-specs.js');

/** @typedef {import('@tensorflow/tfjs-core').io.WeightsManifestEntry} WeightSpec */

/**
 * What the weights of these dtypes are in their files.
 *
 * @type {Map<string, Float32ArrayConstructor | Int32ArrayConstructor | Uint8ArrayConstructor>}
 */
const VIEWS = new Map();
VIEWS.set('float32', Float32Array).set('int32', Int32Array).set('bool', Uint8Array);

/**
 * @template {ArrayBufferView} V
 * @param {{BYTES_PER_ELEMENT: number, new (buffer: ArrayBuffer, offset: number, count: number): V}} View
 * @param {ArrayBuffer} data @param {number} offset @param {number} count
 * @returns {V} The data itself where its place allows it, else a copy.
 */
function viewOf(View, data, offset, count) {
  const size = View.BYTES_PER_ELEMENT;
  if (offset % size === 0) return new View(data, offset, count);
  return new View(data.slice(offset, offset + count * size), 0, count);
}

/**
 * A weight as a tensor. tfjs-core would make JavaScript's numbers of halves one by one, and copies
 * what the backend copies anyway.
 *
 * @param {typeof import('@tensorflow/tfjs-core')} tfc
 * @param {ArrayBuffer} data
 * @param {number} offset Where the weight begins in it.
 * @param {WeightSpec} spec Checked.
 * @returns {import('@tensorflow/tfjs-core').Tensor}
 */
function weightTensor(tfc, data, offset, spec) {
  const { name, shape, dtype, quantization } = spec;
  const backend = /** @type {any} */ (tfc.backend());
  const count = elementCount(shape);
  if (backend.copiesValues && quantization === undefined && VIEWS.has(dtype)) {
    const View = /** @type {Float32ArrayConstructor} */ (VIEWS.get(dtype));
    return tfc.tensor(viewOf(View, data, offset, count), shape, dtype);
  }
  if (backend.copiesValues && dtype === 'float32' && quantization?.dtype === 'float16') {
    const dataId = backend.writeHalves(viewOf(Uint16Array, data, offset, count));
    return tfc.engine().makeTensorFromDataId(dataId, shape, 'float32', backend);
  }
  const bytes = fixedBytes(spec);
  const end = bytes === undefined ? data.byteLength : offset + bytes;
  const isAll = offset === 0 && end === data.byteLength;
  return tfc.io.decodeWeights(isAll ? data : data.slice(offset, end), [spec])[name];
}

module.exports = { weightTensor };
