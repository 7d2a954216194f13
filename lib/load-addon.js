'use strict';

const fs = require('node:fs');
const path = require('node:path');

/**
 * @typedef {object} Addon What native/binding/addon.cc exports.
 * @property {() => import('./operator').OperatorRow[]} ops
 * @property {() => DeviceInfo[]} devices
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

/**
 * Where the addon may lie: where TFJS_NATIVE_ADDON says and nowhere else, or built in a checkout
 * (where an older one may have been packed), or packed for this platform.
 */
function candidates() {
  const file = 'tfjs_native.node';
  const list = [
    path.join(__dirname, '..', 'build', 'release', file),
    path.join(__dirname, 'prebuilt', `${process.platform}-${process.arch}`, file),
  ];
  return process.env.TFJS_NATIVE_ADDON ? [process.env.TFJS_NATIVE_ADDON] : list;
}

/**
 * Loads the native addon.
 * @returns {Addon}
 * @throws {Error} when there is none for this platform, or the system cannot load it.
 */
function loadAddon() {
  const found = candidates().find((file) => fs.existsSync(file));
  if (found === undefined) {
    throw new Error(
      `tfjs-native: no native binary for ${process.platform}-${process.arch}. ` +
        `In a source checkout, run \`npm run build\`. Looked for:\n  ${candidates().join('\n  ')}`,
    );
  }
  return require(found);
}

module.exports = { loadAddon };
