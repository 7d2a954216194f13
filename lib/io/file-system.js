'use strict';

const { badArgument } = require('./errors.js');
const { loadModel } = require('./load-model.js');
const { chooseLocation, parseLocation } = require('./location.js');
const { saveModel } = require('./save-model.js');

/** @typedef {typeof import('@tensorflow/tfjs-core').io} Io */
/** @typedef {import('@tensorflow/tfjs-core').io.IOHandler} IOHandler */
/** @typedef {import('@tensorflow/tfjs-core').io.LoadOptions} LoadOptions */
/** @typedef {import('@tensorflow/tfjs-core').io.ModelArtifacts} ModelArtifacts */
/** @typedef {import('@tensorflow/tfjs-core').io.SaveResult} SaveResult */

/**
 * Loads and saves models in the file system.
 *
 * @implements {IOHandler}
 */
class FileSystemHandler {
  #io;
  #locations;
  #options;

  /**
   * @param {Io} io tfjs-core's `io`.
   * @param {unknown} path See `fileSystem` in index.js.
   * @param {LoadOptions} [options] What `tf.loadGraphModel` or `tf.loadLayersModel` was given.
   *   `onProgress`, `streamWeights`, `weightPathPrefix` (a folder) and `weightUrlConverter` (to
   *   paths or `file://` URLs) are heeded; the others are for HTTP or for the layers.
   */
  constructor(io, path, options = {}) {
    if (Array.isArray(path) && path.length !== 2) {
      const expected = 'file paths must have a length of 2, for a topology and a weights manifest';
      throw badArgument('loadModel', `path: ${expected}; actual length is ${path.length}`);
    }
    const paths = Array.isArray(path) ? path : [path];
    this.#io = io;
    this.#locations = paths.map((one) => parseLocation(one, 'loadModel'));
    this.#options = options;
  }

  /**
   * Loads the model.
   *
   * @returns {Promise<ModelArtifacts>} With the weights in `weightData`, in one buffer if they
   *   take less than 2 GiB; or, if the option `streamWeights` was given and it is a graph model,
   *   as from `loadStream`.
   * @throws {import('../native-error.js').NativeError} `BAD_MODEL` if the files are not a complete
   *   and sound model, or if the manifest names weights outside of the model's folder;
   *   `OUT_OF_MEMORY` if the weights do not fit into memory.
   */
  async load() {
    return this.#load(this.#options.streamWeights === true);
  }

  /**
   * Loads a graph model with its weights in `getWeightStream` instead of `weightData`. They are
   * read one by one as they are decoded, so that no second copy of them is ever in memory. The
   * files must stay as they are until then.
   *
   * @returns {Promise<ModelArtifacts>} Of other models, what `load` returns.
   * @throws {import('../native-error.js').NativeError} As `load`.
   */
  async loadStream() {
    return this.#load(true);
  }

  /**
   * Saves a model in the folder that the handler was made for.
   *
   * @param {ModelArtifacts} artifacts
   * @returns {Promise<SaveResult>}
   * @throws {import('../native-error.js').NativeError} `BAD_ATTR` or `BAD_MODEL`.
   */
  async save(artifacts) {
    if (this.#locations.length > 1) {
      throw badArgument('saveModel', 'path: expected one folder, got a pair of files');
    }
    const folder = await chooseLocation(this.#locations[0]);
    const weightDataBytes = await saveModel(folder, artifacts);
    // Its own count is wrong for views and for streams.
    const info = this.#io.getModelArtifactsInfoForJSON({ ...artifacts, weightData: undefined });
    return { modelArtifactsInfo: { ...info, weightDataBytes } };
  }

  /** @param {boolean} stream */
  #load(stream) {
    const { onProgress, weightPathPrefix, weightUrlConverter } = this.#options;
    const weightFolder = weightPathPrefix
      ? parseLocation(weightPathPrefix, 'loadModel')
      : undefined;
    return loadModel(this.#locations, { stream, onProgress, weightUrlConverter, weightFolder });
  }
}

module.exports = { FileSystemHandler };
