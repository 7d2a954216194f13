'use strict';

const os = require('node:os');
const path = require('node:path');
const { NativeError } = require('../../native-error.js');

/**
 * Where programs of this system keep what they can get again.
 *
 * @param {NodeJS.Platform} platform
 * @param {Record<string, string | undefined>} env
 * @param {string} home
 * @returns {string}
 */
function userCacheFolder(platform, env, home) {
  if (platform === 'win32') {
    const local = env.LOCALAPPDATA || path.win32.join(home, 'AppData', 'Local');
    return path.win32.join(local, 'tfjs-native', 'Cache', 'models');
  }
  if (platform === 'darwin') return path.posix.join(home, 'Library/Caches/tfjs-native/models');
  // By its specification, a relative one is to be ignored.
  const xdg = env.XDG_CACHE_HOME;
  const base = xdg && path.posix.isAbsolute(xdg) ? xdg : path.posix.join(home, '.cache');
  return path.posix.join(base, 'tfjs-native/models');
}

/** What `tf.native.cache` has set; it goes before the environment. */
const own = {
  /** @type {boolean | undefined} */
  isOn: undefined,
  /** @type {string | undefined} */
  dir: undefined,
};

/** @returns {{isOn: boolean, dir: string | undefined}} What TFJS_NATIVE_CACHE says. */
function fromEnvironment() {
  const value = process.env.TFJS_NATIVE_CACHE ?? '';
  if (['', '0', 'false'].includes(value)) return { isOn: false, dir: undefined };
  if (['1', 'true'].includes(value)) return { isOn: true, dir: undefined };
  return { isOn: true, dir: path.resolve(value) };
}

/** @returns {boolean} Whether models are cached where a load does not say so itself. */
function isEnabled() {
  return own.isOn ?? fromEnvironment().isOn;
}

/** @returns {string} The folder of the cache. */
function cacheFolder() {
  return (
    own.dir ?? fromEnvironment().dir ?? userCacheFolder(process.platform, process.env, os.homedir())
  );
}

/**
 * @param {boolean} isOn
 * @param {unknown} [dir] A folder from now on; as it was where it is undefined.
 */
function configure(isOn, dir) {
  if (dir !== undefined) {
    if (typeof dir !== 'string' || dir === '') {
      const message = `dir: expected the path of a folder, got ${dir}`;
      throw new NativeError('BAD_ATTR', 'cache', message);
    }
    own.dir = path.resolve(dir);
  }
  own.isOn = isOn;
}

module.exports = { cacheFolder, configure, isEnabled, userCacheFolder };
