'use strict';

const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { checkVersion, loadingFailed, nothingFound } = require('./load-failure');
const { SOURCE_PACKAGE, cudaPackage, platformPackage } = require('./platform');

/**
 * @typedef {object} Addon What native/binding/addon.cc exports.
 * @property {() => import('./operator').OperatorRow[]} ops
 * @property {() => DeviceInfo[]} devices
 * @property {(file: string) => void} setCudaLibrary Where the CUDA backend lies when it is not beside
 *   the addon. Counts when it is called first, before devices are asked for.
 * @property {(device: string) => any} open
 * @property {(count: number) => void} setThreads
 * @property {() => number} threads
 * @property {(device: string) => MemoryFigures} memory
 * @property {(device: string, bytes: number) => void} setMemoryCeiling
 * @property {(device: string) => number} trimMemory
 * @property {(device: string) => void} resetPeak
 * @property {(device: string) => Promise<SelfTestFigures> | string} selfTest The text is the reason
 *   why there is no such device; a rejection is an ErrorInfo.
 */

/**
 * @typedef {object} DeviceInfo
 * @property {string} name The device's backend name.
 * @property {boolean} available
 * @property {string} [description] Hardware and libraries, where available.
 * @property {CacheInfo[]} [caches] Of a CPU: its data caches as kernels are planned for them.
 * @property {string} [reason] Why the device is not used, where it is not.
 */

/**
 * @typedef {object} CacheInfo
 * @property {number} level From 1 to 3.
 * @property {number} bytes What one core has of it.
 * @property {'processor' | 'system' | 'guess'} source Who says so. Virtual machines may hide it.
 */

/**
 * @typedef {object} MemoryFigures
 * @property {number} liveBytes In use, by the size of the blocks.
 * @property {number} pooledBytes Kept for reuse, also by captured graphs from run to run.
 * @property {number} peakBytes Highest sum of both.
 * @property {number} ceilingBytes 0: none.
 * @property {number} planBytes What was prepared for calls holds besides: generated code (by estimate)
 *   and tables. Bounded whatever the ceiling is.
 * @property {number} plans How many kinds of calls are prepared, or may be.
 */

/**
 * @typedef {object} SelfTestFigures
 * @property {number} checks Outputs that were compared with plain loops.
 * @property {number} skipped Outputs that were not: the device has no kernel for those calls.
 * @property {number} seconds
 * @property {SelfTestDifference[]} differences
 */

/**
 * @typedef {object} SelfTestDifference A check that did not give what plain loops give.
 * @property {string} op The operator.
 * @property {string} what Shapes, attributes, and which value is the first that differs.
 * @property {number} expected
 * @property {number} got NaN, as `expected`, where the call failed.
 * @property {string} [error] Where the call failed: code and reason.
 */

/** What is loaded: a build of native/, or the same in a package. */
const FILE = 'tfjs_native.node';

/**
 * Resolves and loads from here at run time, also where a bundler has put this module into a bundle.
 */
const requireHere = createRequire(__filename);

/**
 * A place where the addon may lie.
 * @typedef {object} Candidate
 * @property {string} where As it is called in messages.
 * @property {() => string | undefined} find Its path, where it is there.
 */

/** @param {string} file @returns {Candidate} */
function fileCandidate(file) {
  return { where: file, find: () => (fs.existsSync(file) ? file : undefined) };
}

/**
 * @param {string} name of a package that is one file
 * @returns {string | undefined} the file's path, where the package is installed
 * @throws {Error} when it belongs to another version of this package
 */
function fileOfPackage(name) {
  let manifestFile;
  try {
    manifestFile = requireHere.resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
  const { main, version } = requireHere(manifestFile);
  const file = path.join(path.dirname(manifestFile), main);
  if (!fs.existsSync(file)) return undefined;
  checkVersion(name, version);
  return file;
}

/** @param {string} name @returns {Candidate} */
function packageCandidate(name) {
  return { where: `the package ${name}`, find: () => fileOfPackage(name) };
}

/**
 * Where the addon may lie: where TFJS_NATIVE_ADDON says and nowhere else; built in a checkout; built
 * on this machine by the package that does so; packed for this platform.
 * @returns {Candidate[]}
 */
function candidates() {
  const chosen = process.env.TFJS_NATIVE_ADDON;
  if (chosen) return [fileCandidate(chosen)];
  return [
    fileCandidate(path.join(__dirname, '..', 'build', 'release', FILE)),
    packageCandidate(SOURCE_PACKAGE),
    packageCandidate(platformPackage()),
  ];
}

/** @param {string} file @returns {Addon} */
function load(file) {
  try {
    return requireHere(file);
  } catch (error) {
    throw loadingFailed(file, /** @type {Error & {code?: string}} */ (error));
  }
}

/**
 * Loads the native addon.
 * @returns {Addon}
 * @throws {Error} when there is none for this platform, or the system cannot load it. The text says
 *   what was tried and what to do.
 */
function loadAddon() {
  const tried = [];
  for (const { where, find } of candidates()) {
    const file = find();
    if (file === undefined) {
      tried.push(where);
      continue;
    }
    const addon = load(file);
    const cudaLibrary = fileOfPackage(cudaPackage(platformPackage()));
    if (cudaLibrary !== undefined) addon.setCudaLibrary(cudaLibrary);
    return addon;
  }
  throw nothingFound(tried);
}

module.exports = { loadAddon };
