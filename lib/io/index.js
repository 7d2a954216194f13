'use strict';

const { FileSystemHandler } = require('./file-system.js');
const { fromFiles } = require('./from-files.js');
const { installHttp } = require('./http');
const { areFileUrls } = require('./location.js');
const { manageFiles } = require('./manage.js');

/** @typedef {import('./file-system.js').Io} Io */
/** @typedef {import('./file-system.js').LoadOptions} LoadOptions */
/** @typedef {InstanceType<typeof FileSystemHandler>} Handler */
/** @typedef {import('@tensorflow/tfjs-core').io.IOHandler} IOHandler */
/** @typedef {import('@tensorflow/tfjs-core').io.ModelArtifactsInfo} ModelArtifactsInfo */

/**
 * Teaches TensorFlow.js the scheme `file://`: after this, `tf.loadGraphModel('file://…')`,
 * `tf.loadLayersModel('file://…')` and `model.save('file://…')` work with that copy of tfjs-core.
 * Where something has registered the scheme with it before, that stays, since tfjs-core refuses a
 * URL that two handlers want.
 *
 * A URL names a `model.json` or its folder for loading, and a folder for saving. What follows
 * `file://` is a path, relative (`file://./model`) or absolute (`file:///models/1`); it is taken as
 * it is if it exists, else percent-decoded (`file:///my%20models/1`).
 *
 * @param {Io} io tfjs-core's `io`.
 * @returns {{fileSystem: (path: string | URL | string[]) => Handler}} What to add to `tf.io`.
 */
function registerFileSystem(io) {
  /**
   * @param {unknown} url
   * @param {LoadOptions} [options]
   * @returns {any} Null, which the type of the registry does not know of, for URLs of others.
   */
  const route = (url, options) => {
    return areFileUrls(url) ? new FileSystemHandler(io, url, options ?? {}) : null;
  };
  const probe = 'file:///model.json';
  if (io.getLoadHandlers(probe).length === 0) io.registerLoadRouter(route);
  if (io.getSaveHandlers(probe).length === 0) io.registerSaveRouter(route);

  /**
   * An `IOHandler` for models in the file system, as in `@tensorflow/tfjs-node`:
   * `tf.loadLayersModel(tf.io.fileSystem('./model.json'))`.
   *
   * @param {string | URL | string[]} path A path, which is never percent-decoded, or a `file:`
   *   URL. For loading, a `model.json` or its folder, or the pair of a topology file (parsed if
   *   its name ends in `.json`, else passed on as bytes) and a weights manifest; for saving, a
   *   folder. Relative paths are taken from the working directory at the time of this call.
   * @returns {Handler}
   * @throws {import('../native-error.js').NativeError} `BAD_ATTR` for anything else.
   */
  const fileSystem = (path) => new FileSystemHandler(io, path);
  return { fileSystem };
}

/**
 * All that this package does about models' files with a copy of tfjs-core.
 *
 * @param {Io} io tfjs-core's `io`.
 * @returns What to add to `tf.io`.
 */
function registerIo(io) {
  return { ...registerFileSystem(io), ...manageFiles(io), ...installHttp(io), fromFiles };
}

module.exports = { registerFileSystem, registerIo };
