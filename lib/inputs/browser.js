'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { NativeBackend } = require('../backend');
const { NativeError } = require('../native-error');
const { makeKernelFunc } = require('../operator');
const { hasBytes, layoutOf, putOn } = require('../pixels');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {import('@tensorflow/tfjs-core').TensorInfo} TensorInfo */
/** @typedef {import('../pixels').Canvas} Canvas */

/**
 * What stands in the place of tf.browser's functions.
 * @param {import('../operator').OperatorRow[]} operators The operator table.
 * @returns {Record<string, (original: Function) => Function>}
 */
function pixelFunctions(operators) {
  return {
    fromPixels: withBytes,
    fromPixelsAsync: (original) => {
      const make = withBytes(original);
      return async (/** @type {any} */ pixels, /** @type {number} */ channels) =>
        make(pixels, channels);
    },
    toPixels: (original) => withNativeBytes(original, operators),
  };
}

/**
 * tfjs-core looks for a Uint8Array of its own realm, and for four bytes a pixel.
 * @param {Function} original
 */
function withBytes(original) {
  /** @param {any} pixels @param {number} [numChannels] */
  return (pixels, numChannels = 3) => {
    if (numChannels > 4 || !hasBytes(pixels)) return original(pixels, numChannels);
    if (tfc.engine().backend instanceof NativeBackend) {
      return tfc.engine().runKernel('FromPixels', { pixels }, /** @type {any} */ ({ numChannels }));
    }
    const { width, height, depth } = layoutOf(pixels);
    if (depth !== 4) {
      const message = `pixels: expected 4 channels on a backend that is not native, got ${depth}`;
      throw new NativeError('UNSUPPORTED', 'FromPixels', message);
    }
    const { buffer, byteOffset, length } = pixels.data;
    return original(
      { data: new Uint8Array(buffer, byteOffset, length), width, height },
      numChannels,
    );
  };
}

/**
 * tfjs-core converts each value in JavaScript, and knows a canvas only where there is ImageData.
 * @param {Function} original
 * @param {import('../operator').OperatorRow[]} operators
 */
function withNativeBytes(original, operators) {
  const number = operators.findIndex(({ name }) => name === 'Draw');
  /** @type {WeakMap<NativeBackend, ReturnType<typeof makeKernelFunc>>} */
  const kernels = new WeakMap();

  /** @param {NativeBackend} backend */
  function kernelOf(backend) {
    let kernel = kernels.get(backend);
    if (kernel === undefined) {
      kernels.set(backend, (kernel = makeKernelFunc(operators[number], number, backend)));
    }
    return kernel;
  }

  /** @param {any} image @param {Canvas} [canvas] */
  return async (image, canvas) => {
    const backend = /** @type {unknown} */ (tfc.engine().backend);
    const isNative =
      backend instanceof NativeBackend && backend.recording === null && isImage(image);
    const [height, width] = isNative ? image.shape : shapeOf(image);
    const bytes = isNative
      ? await bytesOf(backend, kernelOf(backend), image)
      : /** @type {Uint8ClampedArray} */ (await original(image));
    if (canvas != null) putOn(canvas, bytes, width, height);
    return bytes;
  };
}

/** @param {any} image A tensor, or nested lists. @returns {number[]} */
function shapeOf(image) {
  return image instanceof tfc.Tensor ? image.shape : [image?.length, image?.[0]?.length];
}

/** What tfjs-core has no objections to. @param {any} image */
function isImage(image) {
  if (!(image instanceof tfc.Tensor) || image.isDisposed) return false;
  const depth = image.rank === 2 ? 1 : image.shape[2];
  return (
    (image.rank === 2 || (image.rank === 3 && [1, 3, 4].includes(depth))) &&
    (image.dtype === 'float32' || image.dtype === 'int32')
  );
}

/**
 * The bytes of a canvas, without holding up the event loop.
 * @param {NativeBackend} backend @param {ReturnType<typeof makeKernelFunc>} kernel
 * @param {Tensor} image It may be disposed meanwhile.
 */
async function bytesOf(backend, kernel, image) {
  const { dataId, dtype } = image;
  let drawn = /** @type {TensorInfo | null} */ (null);
  // As long as its values may have to be looked at.
  backend.handleOf(dataId, 'Draw');
  backend.incRef(dataId);
  try {
    drawn = /** @type {TensorInfo} */ (kernel({ inputs: { image }, attrs: { alpha: 1 } }));
    await backend.whenComputed(drawn.dataId, 'Draw');
    return backend.readBytes(drawn.dataId);
  } catch (error) {
    if (error instanceof NativeError && error.code === 'BAD_ATTR') {
      refuseValues(backend.readSync(dataId), dtype);
    }
    throw error;
  } finally {
    if (drawn !== null) backend.disposeData(drawn.dataId);
    if (backend.disposeData(dataId))
      tfc.engine().removeDataId(/** @type {any} */ (dataId), backend);
  }
}

/**
 * Says it as tfjs-core does.
 * @param {Float32Array | Int32Array} values @param {string} dtype
 */
function refuseValues(values, dtype) {
  const most = dtype === 'float32' ? 1 : 255;
  const value = values.find((each) => each < 0 || each > most);
  if (value === undefined) return;
  const range = `must be in the range [0 - ${most}] but encountered ${value}.`;
  throw new Error(`Tensor values for a ${dtype} Tensor ${range}`);
}

module.exports = { pixelFunctions };
