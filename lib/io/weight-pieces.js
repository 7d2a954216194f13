'use strict';

const { badArgument, kindOf } = require('./errors.js');
const { bytesOf } = require('./streams/pieces.js');

/** @typedef {import('@tensorflow/tfjs-core').io.ModelArtifacts} ModelArtifacts */

const OP = 'saveModel';

/**
 * @param {unknown} data
 * @returns {Uint8Array} A view of it.
 */
function toBytes(data) {
  const bytes = bytesOf(data);
  if (bytes !== undefined) return bytes;
  const expected = 'expected an ArrayBuffer or an array of them';
  throw badArgument(OP, `weightData: ${expected}, got ${kindOf(data)}`);
}

/**
 * The weights, piece by piece.
 *
 * @param {ModelArtifacts} artifacts
 * @returns {AsyncGenerator<Uint8Array>}
 */
async function* weightPieces({ weightData, getWeightStream }) {
  if (weightData !== undefined && weightData !== null) {
    for (const piece of Array.isArray(weightData) ? weightData : [weightData]) yield toBytes(piece);
  } else if (getWeightStream) {
    const reader = getWeightStream().getReader();
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        yield toBytes(next.value);
      }
    } finally {
      // Without effect on a stream that has ended; it frees one that has not.
      await reader.cancel();
    }
  }
}

module.exports = { weightPieces };
