'use strict';

const { Handle } = require('./handle');

/** @typedef {import('@tensorflow/tfjs-core').TensorInfo} TensorInfo */
/** @typedef {import('./strings').KernelFunc} KernelFunc */

/**
 * Operators whose output is their input's data under a shape that stands in the call: there is
 * nothing to infer or to compute, only one more tensor to count.
 * @type {Record<string, (x: TensorInfo, attrs: any) => any>}
 */
const outputShapes = {
  Cast: (x, attrs) => (attrs?.dtype === /** @type {any} */ (x.dataId)?.dtype ? x.shape : undefined),
  ExpandDims: (x, attrs) => expandedShape(x.shape, attrs?.dim),
  Identity: (x) => x.shape,
  Reshape: (x, attrs) => attrs?.shape,
};

/**
 * Makes the kernel function of such an operator answer by itself. Where a call is recorded, or is
 * anything but plain, or wrong, the native side has it as before.
 * @param {string} name
 * @param {import('./backend').NativeBackend} backend
 * @param {KernelFunc} kernelFunc
 * @returns {KernelFunc} `kernelFunc` itself for the other operators.
 */
function withPlainViews(name, backend, kernelFunc) {
  if (!Object.hasOwn(outputShapes, name)) return kernelFunc;
  const shapeOf = outputShapes[name];
  return (call) => {
    const x = call.inputs.x ?? call.inputs.input;
    if (!x) return kernelFunc(call);
    const { dataId, dtype } = x;
    const shape = shapeOf(x, call.attrs);
    const count = countOf(x.shape);
    const isPlain = shape === x.shape || countOf(shape) === count;
    if (!isPlain || backend.recording !== null || !holds(dataId, backend, count)) {
      return kernelFunc(call);
    }
    dataId.refCount++;
    return { dataId, shape, dtype };
  };
}

/**
 * Whether a backend has the data on its native side, or can compute it there, of at least as many
 * elements.
 * @param {object} dataId @param {import('./backend').NativeBackend} backend @param {number} count
 * @returns {dataId is Handle}
 */
function holds(dataId, backend, count) {
  return (
    dataId instanceof Handle &&
    dataId.owner === backend &&
    (dataId.slot >= 0 || dataId.lazy !== null) &&
    count <= dataId.elements
  );
}

/** @param {any} shape @param {any} dim @returns {number[] | undefined} */
function expandedShape(shape, dim) {
  if (!Array.isArray(shape) || !Number.isInteger(dim)) return undefined;
  const rank = shape.length;
  const place = dim < 0 ? dim + rank + 1 : dim;
  if (place < 0 || place > rank) return undefined;
  return [...shape.slice(0, place), 1, ...shape.slice(place)];
}

/**
 * How many elements a plain shape has; NaN, which equals nothing, for all else.
 * @param {any} shape
 */
function countOf(shape) {
  if (!Array.isArray(shape)) return NaN;
  let count = 1;
  for (let i = 0; i < shape.length; i++) {
    const extent = shape[i];
    if (!Number.isInteger(extent) || extent < 0) return NaN;
    count *= extent;
  }
  return count;
}

module.exports = { withPlainViews, countOf };
