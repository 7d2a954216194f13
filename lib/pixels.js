'use strict';

// What tf.browser.fromPixels and tf.browser.draw hand to a backend are no tensors: pixels are bytes
// in an object, or on a canvas. The operators take and give the bytes.

const { kindOf } = require('./inputs/arrays');
const { NativeError } = require('./native-error');

/** @typedef {import('@tensorflow/tfjs-core').TensorInfo} TensorInfo */
/** @typedef {import('./strings').KernelFunc} KernelFunc */
/** @typedef {import('./backend').NativeBackend} NativeBackend */

/**
 * @typedef {object} Canvas A canvas of a browser, an OffscreenCanvas, or one of a package for Node.
 * @property {number} width @property {number} height
 * @property {(type: string, attributes?: object) => any} getContext
 */

/** Bytes of a pixel. */
const BYTES = 4;

/** @type {Record<string, (backend: NativeBackend, nativeKernel: KernelFunc) => KernelFunc>} */
const wrappers = { FromPixels: makeFromPixels, Draw: makeDraw };

/**
 * Makes the kernel function of an operator on pixels take what tfjs gives it.
 * @param {string} name
 * @param {NativeBackend} backend
 * @param {KernelFunc} nativeKernel
 * @returns {KernelFunc} `nativeKernel` itself for the other operators.
 */
function withPixels(name, backend, nativeKernel) {
  return Object.hasOwn(wrappers, name) ? wrappers[name](backend, nativeKernel) : nativeKernel;
}

/** @param {NativeBackend} backend @param {KernelFunc} nativeKernel @returns {KernelFunc} */
function makeFromPixels(backend, nativeKernel) {
  return ({ inputs, attrs }) => {
    const { width, height, depth, isExact } = layoutOf(inputs.pixels);
    const bytes = bytesOf(inputs.pixels, width, height);
    const count = depth * width * height;
    if (bytes.length < count || (isExact && bytes.length > count)) {
      const message = `pixels: expected ${depth} * ${width} * ${height} bytes, got ${bytes.length}`;
      throw new NativeError('BAD_SHAPE', 'FromPixels', message, backend.device);
    }
    const dataId = backend.writeBytes(bytes.subarray(0, count));
    try {
      const pixels = { dataId, shape: [height, width, depth], dtype: 'uint8' };
      return nativeKernel({ inputs: { pixels }, attrs });
    } finally {
      backend.disposeData(dataId);
    }
  };
}

/**
 * @param {any} pixels
 * @returns {boolean} Whether it is an object with the values of pixels in an array.
 */
function hasBytes(pixels) {
  return kindOf(pixels?.data) !== undefined;
}

/**
 * How an image lies in its bytes. What sharp gives says it in `info`, other decoders in the object
 * itself; those that do not say how many bytes a pixel has mean 4, as a canvas.
 * @param {any} pixels
 * @returns {{width: number, height: number, depth: number, isExact: boolean}} `isExact`: there must
 *     be no further bytes, as there are where values have more than one.
 */
function layoutOf(pixels) {
  const isVideo = pixels?.videoWidth !== undefined;
  const info = pixels?.info ?? pixels;
  const width = isVideo ? pixels.videoWidth : info?.width;
  const height = isVideo ? pixels.videoHeight : info?.height;
  for (const [name, value] of Object.entries({ width, height })) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    const message = `pixels.${name}: expected a whole number, got ${String(value)}`;
    throw new NativeError('BAD_SHAPE', 'FromPixels', message);
  }
  const isExact = hasBytes(pixels) && info.channels !== undefined;
  const depth = isExact ? info.channels : BYTES;
  if ([1, 2, 3, 4].includes(depth)) return { width, height, depth, isExact };
  const message = `pixels.channels: expected 1 to 4, got ${String(depth)}`;
  throw new NativeError('BAD_SHAPE', 'FromPixels', message);
}

/**
 * The bytes of an object that has them, of a canvas, or of what a canvas can draw.
 * @param {any} pixels @param {number} width @param {number} height
 * @returns {Uint8Array | Uint8ClampedArray}
 */
function bytesOf(pixels, width, height) {
  // Canvases of some packages have a method of the name `data`.
  if (typeof pixels.getContext === 'function' && !hasBytes(pixels)) {
    return asBytes(contextOf(pixels, 'FromPixels').getImageData(0, 0, width, height).data);
  }
  if (pixels.data !== undefined) return asBytes(pixels.data);
  const context = contextOf(newCanvas(width, height), 'FromPixels');
  context.drawImage(pixels, 0, 0, width, height);
  return asBytes(context.getImageData(0, 0, width, height).data);
}

/** @param {any} data @returns {Uint8Array | Uint8ClampedArray} */
function asBytes(data) {
  const kind = kindOf(data);
  if (kind === 'Uint8Array' || kind === 'Uint8ClampedArray') return data;
  const got = kind ?? Object.prototype.toString.call(data);
  const message = `pixels.data: expected a Uint8Array or Uint8ClampedArray, got ${got}`;
  throw new NativeError('BAD_DTYPE', 'FromPixels', message);
}

/** @param {number} width @param {number} height @returns {Canvas} */
function newCanvas(width, height) {
  const { document, OffscreenCanvas } = /** @type {any} */ (globalThis);
  if (document !== undefined) {
    return Object.assign(document.createElement('canvas'), { width, height });
  }
  if (OffscreenCanvas !== undefined) return new OffscreenCanvas(width, height);
  const message = 'pixels: images and videos need a canvas, and there is none here';
  throw new NativeError('UNSUPPORTED', 'FromPixels', message);
}

/** @param {Canvas} canvas @param {string} op @param {object} [attributes] */
function contextOf(canvas, op, attributes) {
  const context = canvas.getContext('2d', attributes);
  if (context) return context;
  throw new NativeError('UNSUPPORTED', op, 'canvas: it has no context of type 2d');
}

/** @param {NativeBackend} backend @param {KernelFunc} nativeKernel @returns {KernelFunc} */
function makeDraw(backend, nativeKernel) {
  return ({ inputs: { image }, attrs }) => {
    const { canvas, options } = attrs ?? {};
    const { contextType = '2d', contextAttributes = {} } = options?.contextOptions ?? {};
    if (typeof canvas?.getContext !== 'function') {
      const message = `canvas: expected a canvas, got ${typeof canvas}`;
      throw new NativeError('BAD_ATTR', 'Draw', message, backend.device);
    }
    if (contextType !== '2d') {
      const message = `options.contextOptions.contextType: expected '2d', got ${String(contextType)}`;
      throw new NativeError('UNSUPPORTED', 'Draw', message, backend.device);
    }
    // As tfjs takes it, 0 is no opacity that anybody asks for.
    const alpha = options?.imageOptions?.alpha || 1;
    const drawn = /** @type {TensorInfo} */ (nativeKernel({ inputs: { image }, attrs: { alpha } }));
    try {
      const [height, width] = image.shape;
      const bytes = backend.readBytes(drawn.dataId);
      putOn(canvas, bytes, width, height, contextAttributes);
    } finally {
      backend.disposeData(drawn.dataId);
    }
    return image;
  };
}

/**
 * Makes a canvas show an image.
 * @param {Canvas} canvas @param {Uint8ClampedArray} bytes Four a pixel.
 * @param {number} width @param {number} height @param {object} [attributes] Of the context.
 * @throws {NativeError} UNSUPPORTED
 */
function putOn(canvas, bytes, width, height, attributes) {
  Object.assign(canvas, { width, height });
  const context = contextOf(canvas, 'Draw', attributes);
  context.putImageData(imageData(context, bytes, width, height), 0, 0);
}

/** @param {any} context @param {Uint8ClampedArray} bytes @param {number} width @param {number} height */
function imageData(context, bytes, width, height) {
  const { ImageData } = /** @type {any} */ (globalThis);
  if (ImageData !== undefined) return new ImageData(bytes, width, height);
  const data = context.createImageData(width, height);
  data.data.set(bytes);
  return data;
}

module.exports = { hasBytes, layoutOf, putOn, withPixels };
