'use strict';

const { types } = require('node:util');

/**
 * Copies an `ArrayBuffer` into a `Buffer`.
 *
 * @param {ArrayBuffer} arrayBuffer
 * @returns {Buffer}
 */
function toBuffer(arrayBuffer) {
  if (types.isAnyArrayBuffer(arrayBuffer)) return Buffer.from(new Uint8Array(arrayBuffer));
  throw new TypeError('toBuffer: expected an ArrayBuffer');
}

/**
 * Copies a `Buffer`, or several in their order, into one `ArrayBuffer`.
 *
 * @param {Uint8Array | Uint8Array[]} buffers
 * @returns {ArrayBuffer}
 */
function toArrayBuffer(buffers) {
  const list = Array.isArray(buffers) ? buffers : [buffers];
  if (!list.every((one) => types.isUint8Array(one))) {
    throw new TypeError('toArrayBuffer: expected a Buffer or an array of them');
  }
  const bytes = new Uint8Array(list.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const one of list) {
    bytes.set(one, position);
    position += one.length;
  }
  return bytes.buffer;
}

module.exports = { toBuffer, toArrayBuffer };
