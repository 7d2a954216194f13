'use strict';

const { NativeError } = require('../../native-error.js');
const { cacheFolder, configure, isEnabled } = require('./settings.js');
const { CacheError, CacheStore } = require('./store.js');

/**
 * A model in the cache.
 *
 * @typedef {object} CachedModel
 * @property {string} url Of its model.json, or of its weights manifest.
 * @property {number} sizeBytes Of all its files.
 * @property {number} files How many they are.
 * @property {Date} savedAt When it was last downloaded.
 */

/**
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
function reported(work) {
  return work.catch((error) => {
    if (!(error instanceof CacheError)) throw error;
    throw new NativeError('INTERNAL', 'cache', `${cacheFolder()}: ${error.message}`, undefined, {
      cause: error,
    });
  });
}

/** The cache of models that were loaded over HTTP: `tf.native.cache`. */
const cache = Object.freeze({
  /**
   * Switches the cache on for all models of this thread that do not say themselves (option `cache`).
   * The environment variable TFJS_NATIVE_CACHE has it on from the beginning: `1`, or the path of the
   * folder to use.
   * @param {string} [dir] The folder from now on.
   * @throws {NativeError} BAD_ATTR
   */
  enable(dir) {
    configure(true, dir);
  },

  /** Switches the cache off for all models that do not say themselves. */
  disable() {
    configure(false);
  },

  /**
   * Whether models are cached that do not say themselves.
   * @returns {boolean}
   */
  isEnabled,

  /**
   * The folder of the cache, which may not be there yet: by default `tfjs-native/models` in the user's
   * cache folder (XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, %LOCALAPPDATA%).
   * @returns {string}
   */
  dir: cacheFolder,

  /**
   * The models in the cache.
   * @returns {Promise<CachedModel[]>}
   */
  async list() {
    const entries = await reported(new CacheStore(cacheFolder()).list());
    return entries.map(({ url, savedAt, files }) => ({
      url,
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      files: files.length,
      savedAt: new Date(savedAt),
    }));
  },

  /**
   * Removes models from the cache. One that is being loaded may have to be loaded again.
   * @param {string} [url] That of the model, as `list` has it; all without it.
   * @returns {Promise<number>} Bytes that are free now.
   */
  async clear(url) {
    return reported(new CacheStore(cacheFolder()).clear(url));
  },
});

module.exports = { cache };
