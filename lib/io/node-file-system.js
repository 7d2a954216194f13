'use strict';

// What programs find at `@tensorflow/tfjs-node/dist/io/file_system`.

const { io } = require('@tensorflow/tfjs-core');
const { FileSystemHandler } = require('./file-system.js');
const { areFileUrls } = require('./location.js');

/** @typedef {import('./file-system.js').LoadOptions} LoadOptions */

/** Loads and saves models in the file system: what `tf.io.fileSystem` gives, as a class. */
class NodeFileSystem extends FileSystemHandler {
  static URL_SCHEME = 'file://';

  /**
   * @param {string | URL | string[]} path As for `tf.io.fileSystem`.
   * @throws {import('../native-error.js').NativeError} `BAD_ATTR`
   */
  constructor(path) {
    super(io, path);
  }
}

/**
 * The handler for a URL of the file system.
 *
 * @param {unknown} url A `file://` URL, or the pair of those of a topology and a weights manifest.
 * @param {LoadOptions} [options]
 * @returns {InstanceType<typeof FileSystemHandler> | null} Null for URLs of others.
 * @throws {import('../native-error.js').NativeError} `BAD_ATTR`
 */
function nodeFileSystemRouter(url, options) {
  return areFileUrls(url) ? new FileSystemHandler(io, url, options) : null;
}

module.exports = { NodeFileSystem, nodeFileSystemRouter };
