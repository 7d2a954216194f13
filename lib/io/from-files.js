'use strict';

const { NativeError } = require('../native-error.js');
const { badArgument, badModel, kindOf, messageOf } = require('./errors.js');
const { MODEL_JSON, checkModelJson, parseJson } = require('./model-json.js');
const { readArtifacts } = require('./streams/artifacts.js');
const { bytesOf, streamPieces } = require('./streams/pieces.js');
const { formsOf } = require('./weight-paths.js');

/** @typedef {import('@tensorflow/tfjs-core').io.IOHandler} IOHandler */
/** @typedef {import('@tensorflow/tfjs-core').io.ModelArtifacts} ModelArtifacts */
/** @typedef {import('@tensorflow/tfjs-core').io.ModelJSON} ModelJson */

/**
 * A file's content: bytes in memory, or whatever yields them piece by piece, as streams of the Web and
 * of Node.js do, bodies of responses and files of `tf.io.browserFiles`. Streams are read once.
 *
 * @typedef {ArrayBuffer | ArrayBufferView | Blob | ReadableStream<Uint8Array>
 *   | AsyncIterable<Uint8Array>} FileContent
 */

/**
 * A model that is no files, or whose files only the program can read.
 *
 * @typedef {object} ModelFiles
 * @property {ModelJson | string | FileContent | Promise<ModelJson | string | FileContent>
 *   | (() => ModelJson | string | FileContent | Promise<ModelJson | string | FileContent>)} model
 *   The model.json: parsed, as text or as bytes; or a function that gives it.
 * @property {(name: string) => FileContent | Promise<FileContent>} [files] Gives a weight file by the
 *   name that it has in the model.json. It is called once for each file and time that the model is
 *   loaded, for a few files at once, and never with a name that leads out of the model's folder. Not
 *   needed where there are no weights.
 */

/**
 * @typedef {object} FilesOptions
 * @property {boolean} [streamWeights] Whether to decode the weights of a graph model one by one as
 *   they arrive, so that no second copy of all of them is in memory.
 * @property {(fraction: number) => void} [onProgress] Told of the part of the weights that is here.
 */

const OP = 'loadModel';

/** @param {any} value Whether it is binary data or yields them. */
function isContent(value) {
  return (
    bytesOf(value) !== undefined ||
    typeof value?.getReader === 'function' ||
    typeof value?.stream === 'function' ||
    typeof value?.[Symbol.asyncIterator] === 'function'
  );
}

/**
 * @param {unknown} content
 * @param {string} what Names it in errors.
 * @param {AbortSignal} [signal] Lets go of the content.
 * @returns {{sizeBytes: number | undefined, pieces: AsyncGenerator<Uint8Array>}}
 */
function open(content, what, signal) {
  const bytes = bytesOf(content);
  if (bytes !== undefined) {
    return {
      sizeBytes: bytes.length,
      pieces: (async function* () {
        yield bytes;
      })(),
    };
  }
  if (!isContent(content)) {
    throw badArgument(OP, `files: expected bytes or a stream for ${what}, got ${kindOf(content)}`);
  }
  const blob = /** @type {any} */ (content);
  const isBlob = typeof blob.stream === 'function' && Number.isSafeInteger(blob.size);
  const stream = isBlob ? blob.stream() : blob;
  const source = streamPieces(stream);
  const letGo = () => {
    // Of a stream that was not begun, the generator knows nothing yet.
    if (typeof stream.destroy === 'function') stream.destroy();
    else if (typeof stream.cancel === 'function' && !stream.locked) stream.cancel().catch(() => {});
    source.return(undefined).catch(() => {});
  };
  signal?.addEventListener('abort', letGo, { once: true });
  const pieces = (async function* () {
    try {
      for await (const piece of source) {
        const part = bytesOf(piece);
        if (part === undefined) {
          const message = `the stream for ${what} must yield bytes, got ${kindOf(piece)}`;
          throw badArgument(OP, `files: ${message}`);
        }
        yield part;
      }
    } catch (error) {
      if (error instanceof NativeError) throw error;
      throw badModel(OP, `${what}: the stream broke: ${messageOf(error)}`, error);
    } finally {
      signal?.removeEventListener('abort', letGo);
    }
  })();
  return { sizeBytes: isBlob ? blob.size : undefined, pieces };
}

/**
 * @param {ModelFiles['model']} model
 * @returns {Promise<unknown>} The parsed model.json.
 */
async function readModel(model) {
  let content;
  try {
    content = await (typeof model === 'function' ? model() : model);
  } catch (error) {
    throw badModel(OP, `model: cannot be had: ${messageOf(error)}; expected ${MODEL_JSON}`, error);
  }
  if (typeof content === 'string') return parseJson(content, 'model', MODEL_JSON);
  if (!isContent(content)) return content;
  const pieces = [];
  for await (const piece of open(content, MODEL_JSON).pieces) pieces.push(piece);
  return parseJson(Buffer.concat(pieces).toString('utf8'), 'model', MODEL_JSON);
}

/**
 * An `IOHandler` for models that lie where only the program can read them: in an object store, in an
 * archive, encrypted, bundled with the program.
 *
 * ```js
 * const handler = tf.io.fromFiles({
 *   model: () => bucket.read('model.json'),
 *   files: (name) => bucket.stream(name),
 * });
 * const model = await tf.loadGraphModel(handler);
 * ```
 *
 * @param {ModelFiles} source
 * @param {FilesOptions} [options]
 * @returns {IOHandler & {load(): Promise<ModelArtifacts>}} Of which `load` rejects with `BAD_MODEL`
 *   where the files are not a complete and sound model or `files` fails, `BAD_ATTR` where it gives
 *   what is no content of a file.
 * @throws {NativeError} `BAD_ATTR` where `source` is no such thing.
 */
function fromFiles(source, options = {}) {
  const { model, files } = /** @type {Partial<ModelFiles>} */ (source ?? {});
  if (model === undefined || model === null) {
    throw badArgument(OP, `model: expected a model.json or a function, got ${kindOf(model)}`);
  }
  if (files !== undefined && typeof files !== 'function') {
    throw badArgument(OP, `files: expected a function of file names, got ${kindOf(files)}`);
  }
  /** @param {string} name @param {string} where @returns {import('./streams/pieces.js').Source} */
  const sourceOf = (name, where) => {
    formsOf(name, where);
    return {
      async open({ signal }) {
        const what = `weight file ${kindOf(name)}`;
        if (files === undefined) {
          throw badArgument(OP, `files: expected a function to give ${what}, got undefined`);
        }
        let content;
        try {
          content = await files(name);
        } catch (error) {
          throw badModel(OP, `${where}: ${what} cannot be had: ${messageOf(error)}`, error);
        }
        return open(content, what, signal);
      },
    };
  };
  return {
    async load() {
      const { json, groups } = checkModelJson(await readModel(model), 'model');
      const sourceGroups = groups?.map(({ paths, specs }, g) => {
        const where = `model: weightsManifest[${g}]`;
        const sources = paths.map((name, p) => sourceOf(name, `${where}.paths[${p}]`));
        return { specs, sources, where };
      });
      const { streamWeights, onProgress } = options;
      return readArtifacts(json, sourceGroups, { stream: streamWeights === true, onProgress });
    },
  };
}

module.exports = { fromFiles };
