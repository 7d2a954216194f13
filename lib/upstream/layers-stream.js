'use strict';

const { isGraphModel } = require('../io/model-json.js');

/** @typedef {import('@tensorflow/tfjs-core').io.ModelArtifacts} ModelArtifacts */

/**
 * With the option `streamWeights`, tfjs-core's HTTP handler gives a stream of the weights, of which
 * only graph models know: tfjs-layers 4.22 would keep its random weights without a word. This reads
 * the stream of any other model to its end.
 *
 * @param {typeof import('@tensorflow/tfjs-core').io} io
 */
function mendLayersStream(io) {
  const handler = Object.getPrototypeOf(io.http('http://localhost/model.json'));
  const { loadStream } = handler;
  handler.loadStream = async function () {
    /** @type {ModelArtifacts} */
    const { getWeightStream, ...artifacts } = await loadStream.call(this);
    if (getWeightStream === undefined || isGraphModel(/** @type {any} */ (artifacts))) {
      return { ...artifacts, getWeightStream };
    }
    return { ...artifacts, weightData: await readPieces(getWeightStream()) };
  };
}

/** @param {ReadableStream<any>} stream @returns {Promise<ArrayBuffer[]>} */
async function readPieces(stream) {
  const pieces = [];
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return pieces;
    // A piece may be a part of a larger buffer.
    pieces.push(new Uint8Array(value).buffer);
  }
}

module.exports = { mendLayersStream };
