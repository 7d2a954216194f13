'use strict';

const { ReadableStream } = require('node:stream/web');
const { describingFields, isGraphModel } = require('../model-json.js');
const { collectWeights, groupChunks } = require('./collect.js');
const { fixedBytes } = require('../weight-specs.js');
const { groupBytes } = require('./weight-chunks.js');

/** @typedef {import('@tensorflow/tfjs-core').io.ModelArtifacts} ModelArtifacts */
/** @typedef {import('@tensorflow/tfjs-core').io.ModelJSON} ModelJson */
/** @typedef {import('./collect.js').SourceGroup} SourceGroup */

/**
 * The weights one by one, read when they are asked for.
 *
 * @param {SourceGroup[]} groups
 * @param {((fraction: number) => void) | undefined} onProgress
 * @param {{signal: AbortSignal, reuses: boolean}} options `reuses`: see `weightChunks`.
 * @returns {AsyncGenerator<ArrayBuffer>}
 */
async function* chunksOf(groups, onProgress, { signal, reuses }) {
  const allSpecs = groups.flatMap(({ specs }) => specs);
  const sizes = groups.map(({ specs }) => groupBytes(specs));
  const totalBytes = sizes.reduce(
    (sum, bytes) => (sum === undefined || bytes === undefined ? undefined : sum + bytes),
    0,
  );
  let count = 0;
  let bytes = 0;
  for (const group of groups) {
    for await (const chunk of groupChunks(group, signal, { reuses })) {
      bytes += fixedBytes(allSpecs[count]) ?? chunk.byteLength;
      count += 1;
      yield chunk;
      onProgress?.(totalBytes ? bytes / totalBytes : count / allSpecs.length);
    }
  }
  if (count === 0) onProgress?.(1);
}

/** How to read a stream of this package without the copies that streams make. */
const directReads = new WeakMap();

/**
 * The weights of a stream that this package made, straight from where they come from. Instead of the
 * stream, of which nothing must have been read.
 *
 * @param {object} stream
 * @returns {AsyncGenerator<ArrayBuffer> | undefined} A chunk for each weight, valid until the next
 *   one only, and at times longer than its weight. Undefined for streams of others.
 */
function readDirectly(stream) {
  return directReads.get(stream)?.();
}

/**
 * A stream of the weights, one chunk for each that has bytes.
 *
 * @param {SourceGroup[]} groups
 * @param {((fraction: number) => void) | undefined} onProgress
 * @returns {ReadableStream<ArrayBuffer>}
 */
function streamGroups(groups, onProgress) {
  const controller = new AbortController();
  const { signal } = controller;
  const chunks = chunksOf(groups, onProgress, { signal, reuses: false });
  const sizes = groups.flatMap(({ specs }) => specs.map(fixedBytes));
  let lastIndex = -1;
  for (const [i, size] of sizes.entries()) if (size !== 0) lastIndex = i;
  let index = -1;
  const stream = new ReadableStream(
    {
      async pull(target) {
        let { done, value } = await chunks.next();
        // An empty chunk would be taken for an end.
        for (index += 1; !done && value.byteLength === 0; index += 1) {
          ({ done, value } = await chunks.next());
        }
        if (!done) target.enqueue(value);
        if (index < lastIndex) return;
        // At once, as tfjs-core does not ask for more once it has the last weight.
        while (!done) ({ done } = await chunks.next());
        target.close();
      },
      cancel(reason) {
        controller.abort(reason);
        // Nobody waits: a source that hangs may never be done.
        chunks.return(undefined).catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
  directReads.set(stream, () => chunksOf(groups, onProgress, { signal, reuses: true }));
  return stream;
}

/**
 * Reads a model whose model.json is here already.
 *
 * @param {ModelJson} json
 * @param {SourceGroup[] | undefined} groups
 * @param {object} settings
 * @param {boolean} settings.stream Whether to return a stream of the weights of a graph model.
 * @param {((fraction: number) => void) | undefined} settings.onProgress
 * @returns {Promise<ModelArtifacts>}
 */
async function readArtifacts(json, groups, { stream, onProgress }) {
  /** @type {ModelArtifacts} */
  const artifacts = { modelTopology: json.modelTopology, ...describingFields(json) };
  if (groups === undefined) return artifacts;
  artifacts.weightSpecs = groups.flatMap(({ specs }) => specs);
  // tfjs-layers knows no streams and would keep its random weights without a word.
  if (stream && isGraphModel(json)) {
    artifacts.getWeightStream = () => /** @type {any} */ (streamGroups(groups, onProgress));
  } else {
    artifacts.weightData = await collectWeights(groups, onProgress);
  }
  return artifacts;
}

module.exports = { readArtifacts, readDirectly };
