'use strict';

const { util } = require('@tensorflow/tfjs-core');
const { Handle } = require('../handle');
const { countOf } = require('../plain-views');
const { LazyValue } = require('./lazy-value');

/** @typedef {import('@tensorflow/tfjs-core').DataType} DataType */
/** @typedef {import('@tensorflow/tfjs-core').TensorInfo} TensorInfo */
/** @typedef {import('../backend').NativeBackend} NativeBackend */
/** @typedef {import('../strings').KernelFunc} KernelFunc */
/** @typedef {(call: any) => TensorInfo | undefined} LazyKernel Undefined: that is for the other one. */

/**
 * Attributes of casts to dtypes that can say all that the input's can.
 * @type {Partial<Record<DataType, {dtype: DataType}[]>>}
 */
const wider = { bool: [{ dtype: 'float32' }, { dtype: 'int32' }], int32: [{ dtype: 'float32' }] };

/**
 * Operators that only hand values on in another form. Their outputs are computed when somebody needs
 * them who cannot read the form that is there.
 * @type {Record<string, (backend: NativeBackend, kernelFunc: KernelFunc) => LazyKernel>}
 */
const lazyKernels = { Cast: lazyCast, Complex: lazyComplex, Real: lazyPart(0), Imag: lazyPart(1) };

/** @type {typeof lazyKernels[string]} */
function lazyCast(backend, kernelFunc) {
  const names = ['x'];
  return ({ inputs: { x }, attrs }) => {
    const source = sourceOf(backend, x);
    const to = source && wider[source.dtype]?.find(({ dtype }) => dtype === attrs?.dtype);
    if (source === undefined || to === undefined) return undefined;
    return outputOf(
      backend,
      new LazyValue(kernelFunc, names, to, [source.share()]),
      x.shape,
      to.dtype,
    );
  };
}

/** @type {typeof lazyKernels[string]} */
function lazyComplex(backend, kernelFunc) {
  const names = ['real', 'imag'];
  return ({ inputs }) => {
    const real = sourceOf(backend, inputs.real);
    const imag = sourceOf(backend, inputs.imag);
    if (real === undefined || imag === undefined) return undefined;
    if (real.dtype === 'complex64' || imag.dtype === 'complex64') return undefined;
    const { shape } = inputs.real;
    if (!util.arraysEqual(shape, inputs.imag.shape)) return undefined;
    const call = new LazyValue(kernelFunc, names, {}, [real.share(), imag.share()]);
    return outputOf(backend, call, shape, 'complex64');
  };
}

/** @param {number} part @returns {typeof lazyKernels[string]} */
function lazyPart(part) {
  const names = ['input'];
  return (backend, kernelFunc) =>
    ({ inputs: { input } }) => {
      const given = givenPart(backend, input, part);
      if (given !== undefined) return { dataId: given, shape: input.shape, dtype: 'float32' };
      const source = sourceOf(backend, input);
      if (source?.dtype !== 'complex64') return undefined;
      const call = new LazyValue(kernelFunc, names, {}, [source.share()]);
      return outputOf(backend, call, input.shape, 'float32');
    };
}

/**
 * What Complex was given, where that has not been computed.
 * @param {NativeBackend} backend @param {TensorInfo | undefined} info @param {number} part
 * @returns {Handle | undefined} For one tensor more.
 */
function givenPart(backend, info, part) {
  const dataId = /** @type {unknown} */ (info?.dataId);
  if (!(dataId instanceof Handle) || dataId.owner !== backend) return undefined;
  if (countOf(info?.shape) !== dataId.elements) return undefined;
  const source = dataId.dtype === 'complex64' ? dataId.lazy?.sources[part] : undefined;
  if (source?.dtype !== 'float32') return undefined;
  const cell = /** @type {import('../handle').Cell} */ (source.cell);
  if (cell.dataId !== null) {
    cell.dataId.refCount++;
    return cell.dataId;
  }
  const handle = source.share();
  backend.track(handle);
  return handle;
}

/**
 * @param {NativeBackend} backend @param {TensorInfo | undefined} info
 * @returns {Handle | undefined} Undefined unless the values are on the native side, as many of them as
 *     the shape says.
 */
function sourceOf(backend, info) {
  const handle = /** @type {unknown} */ (info?.dataId);
  if (!(handle instanceof Handle) || handle.owner !== backend || handle.slot < 0) return undefined;
  return countOf(info?.shape) === handle.elements ? handle : undefined;
}

/**
 * @param {NativeBackend} backend @param {LazyValue} value @param {number[]} shape
 * @param {DataType} dtype
 * @returns {TensorInfo}
 */
function outputOf(backend, value, shape, dtype) {
  const handle = new Handle(backend, null, dtype, value.sources[0].elements);
  handle.lazy = value;
  backend.track(handle);
  return { dataId: handle, shape, dtype };
}

/**
 * Makes the kernel function of such an operator compute later. What is recorded or timed is computed
 * at once, and what is wrong is refused as ever.
 * @param {string} name @param {NativeBackend} backend @param {KernelFunc} kernelFunc
 * @returns {KernelFunc} `kernelFunc` itself for the other operators.
 */
function withLazyOutput(name, backend, kernelFunc) {
  if (!Object.hasOwn(lazyKernels, name)) return kernelFunc;
  const lazyKernel = lazyKernels[name](backend, kernelFunc);
  return (call) => {
    const isLazy = backend.recording === null && !backend.isTiming;
    return (isLazy ? lazyKernel(call) : undefined) ?? kernelFunc(call);
  };
}

module.exports = { withLazyOutput };
