'use strict';

const { readDirectly } = require('../io/streams/artifacts.js');
const { bytesOf, streamPieces } = require('../io/streams/pieces.js');
const { weightChunks } = require('../io/streams/weight-chunks.js');
const { checkWeightSpec, elementCount } = require('../io/weight-specs.js');

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
 * What the weights of these dtypes are in their files.
 *
 * @type {Map<string, Float32ArrayConstructor | Int32ArrayConstructor | Uint8ArrayConstructor>}
 */
const VIEWS = new Map();
VIEWS.set('float32', Float32Array).set('int32', Int32Array).set('bool', Uint8Array);

/**
 * @param {typeof import('@tensorflow/tfjs-core')} tfc
 * @param {ArrayBuffer} chunk Begins with the weight.
 * @param {import('@tensorflow/tfjs-core').io.WeightsManifestEntry} spec
 */
function decode(tfc, chunk, spec) {
  const backend = /** @type {{copiesValues?: boolean}} */ (/** @type {unknown} */ (tfc.backend()));
  const View = spec.quantization ? undefined : VIEWS.get(spec.dtype);
  if (View === undefined || !backend.copiesValues) {
    return tfc.io.decodeWeights(chunk, [spec])[spec.name];
  }
  // Without tfjs-core's copy, which a backend that copies would only throw away.
  const values = new View(chunk, 0, elementCount(spec.shape));
  return tfc.tensor(values, spec.shape, spec.dtype);
}

/**
 * Where a stream of weights breaks, tfjs-converter 4.22 forgets the tensors that it has made by then,
 * and nobody can dispose of them; besides, it copies what is left of a piece once for every weight
 * in it. This decodes weight by weight, and disposes of all where it fails.
 *
 * @param {{GraphModel: {prototype: any}}} converter
 * @param {typeof import('@tensorflow/tfjs-core')} tfc
 */
function mendGraphStream(converter, tfc) {
  converter.GraphModel.prototype.loadStreaming = async function (/** @type {any} */ artifacts) {
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
        tensors[spec.name] = decode(tfc, chunk, spec);
      }
      return this.loadWithWeightMap(artifacts, tensors);
    } catch (error) {
      tfc.dispose(tensors);
      throw error;
    }
  };
}

module.exports = { mendGraphStream };
