'use strict';

/**
 * @typedef {object} Composite What tfjs-core's `CompositeArrayBuffer` keeps.
 * @property {number} byteLength
 * @property {{start: number, end: number}[]} shards The pieces' places in the whole, in order.
 */

/**
 * All weights that come in several pieces go through tfjs-core's `CompositeArrayBuffer`. Where the
 * last piece is the only one of another length, 4.22 computes a byte's piece from the first one's
 * length, finds none if the last is longer, and yields zeros without an error. This finds pieces of
 * any length by their places, on the class itself: every part of tfjs that decodes weights uses it.
 *
 * @param {{CompositeArrayBuffer: Function}} io tfjs-core's `io`.
 */
function mendCompositeBuffer(io) {
  io.CompositeArrayBuffer.prototype.findShardForByte = findShardForByte;
}

/**
 * @this {Composite}
 * @param {number} byteIndex
 * @returns {number} The index of the piece that holds the byte, or -1.
 */
function findShardForByte(byteIndex) {
  if (!(byteIndex >= 0 && byteIndex < this.byteLength)) return -1;
  // The first piece that ends behind the byte; so none of no bytes.
  let low = 0;
  let high = this.shards.length - 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (byteIndex < this.shards[middle].end) high = middle;
    else low = middle + 1;
  }
  return low;
}

module.exports = { mendCompositeBuffer };
