'use strict';

const { types } = require('node:util');
const { badModel } = require('../io/errors.js');
const { readDirectly } = require('../io/streams/artifacts.js');
const { bytesOf, streamPieces } = require('../io/streams/pieces.js');
const { weightChunks } = require('../io/streams/weight-chunks.js');
const { checkWeightSpec, fixedBytes } = require('../io/weight-specs.js');
const { weightTensor } = require('./weight-values.js');

/** @typedef {import('@tensorflow/tfjs-core').io.ModelArtifacts} ModelArtifacts */

/** @param {ReadableStream<any>} stream @returns {AsyncGenerator<Uint8Array>} */
async function* piecesOf(stream) {
  for await (const piece of streamPieces(stream)) {
    const bytes = bytesOf(piece);
    if (bytes === undefined) throw new TypeError('a stream of weights yielded what is no bytes');
    yield bytes;
  }
}

/**
 * Where each weight begins in data that holds them all.
 * @param {any[]} specs @param {number} byteLength
 * @returns {{spec: any, offset: number}[] | null} Null where something is unusual, or wrong: tfjs has
 *     its own words for that.
 * @throws {import('../native-error').NativeError} BAD_MODEL where the data ends too early.
 */
function placesOf(specs, byteLength) {
  const places = [];
  let offset = 0;
  for (const spec of specs) {
    const isUsual = Array.isArray(spec?.shape) && spec.quantization !== null;
    const bytes = isUsual ? fixedBytes(spec) : undefined;
    if (bytes === undefined || !Number.isSafeInteger(bytes) || bytes < 0) return null;
    places.push({ spec, offset });
    offset += bytes;
  }
  if (offset <= byteLength) return places;
  throw badModel('loadModel', `weightData: expected ${offset} bytes, got ${byteLength}`);
}

/**
 * Where a stream of weights breaks, tfjs-converter 4.22 forgets the tensors that it has made by then,
 * and nobody can dispose of them; besides, it copies what is left of a piece once for every weight
 * in it. This decodes weight by weight, and disposes of all where it fails. Weights that lie in memory
 * are decoded in the same way.
 *
 * @param {{GraphModel: {prototype: any}}} converter
 * @param {typeof import('@tensorflow/tfjs-core')} tfc
 */
function mendGraphWeights({ GraphModel: { prototype } }, tfc) {
  const { loadSync } = prototype;
  prototype.loadSync = function (/** @type {ModelArtifacts} */ artifacts) {
    const { weightData, weightSpecs } = artifacts;
    const places =
      types.isArrayBuffer(weightData) && Array.isArray(weightSpecs)
        ? placesOf(weightSpecs, /** @type {ArrayBuffer} */ (weightData).byteLength)
        : null;
    if (places === null) return loadSync.call(this, artifacts);
    /** @type {Record<string, any>} */
    const tensors = {};
    try {
      for (const { spec, offset } of places) {
        tensors[spec.name] = weightTensor(tfc, /** @type {any} */ (weightData), offset, spec);
      }
      return this.loadWithWeightMap(artifacts, tensors);
    } catch (error) {
      tfc.dispose(tensors);
      throw error;
    }
  };
  prototype.loadStreaming = async function (/** @type {any} */ artifacts) {
    /** @type {ModelArtifacts} */
    const { getWeightStream, weightSpecs = [] } = artifacts;
    const specs = weightSpecs.map((spec, i) =>
      checkWeightSpec(spec, `weightSpecs[${i}]`, 'loadModel'),
    );
    const stream = /** @type {NonNullable<typeof getWeightStream>} */ (getWeightStream)();
    /** @type {Record<string, any>} */
    const tensors = {};
    try {
      let index = 0;
      // As in tfjs-converter, a stream may hold more than the weights.
      const options = { mayGoOn: true, takesPieces: true };
      const chunks =
        readDirectly(stream) ?? weightChunks(specs, piecesOf(stream), 'weights', options);
      for await (const chunk of chunks) {
        const spec = specs[index++];
        tensors[spec.name] = weightTensor(tfc, chunk, 0, spec);
      }
      return this.loadWithWeightMap(artifacts, tensors);
    } catch (error) {
      tfc.dispose(tensors);
      throw error;
    }
  };
}

module.exports = { mendGraphWeights };
