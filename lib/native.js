'use strict';

const { clearAll } = require('./capture/captures');
const { explain } = require('./capture/explain');
const { compile, warmup } = require('./capture/explicit');
const { run } = require('./capture/run');
const { resetStatistics, shared, statistics } = require('./capture/settings');
const { cache } = require('./io/cache');
const { NativeError } = require('./native-error');

/** @typedef {{ok: boolean} & import('./load-addon').SelfTestFigures} SelfTestReport */

/**
 * The `tf.native` namespace: what this package adds to tfjs.
 * @param {import('./load-addon').Addon} addon
 * @param {import('./operator').OperatorRow[]} operators
 */
function makeNative(addon, operators) {
  return Object.freeze({
    NativeError,

    cache,

    /**
     * The devices that this build knows: those in use with a description of hardware and libraries
     * and, for the CPU, the cache sizes that kernels are planned for and where they come from; the
     * others with the exact reason why they are not used.
     * @returns {import('./load-addon').DeviceInfo[]}
     */
    devices() {
      return addon.devices();
    },

    /**
     * Names of the operators that a device computes natively.
     * @param {string} [device] Backend name.
     * @returns {string[]}
     */
    kernels(device = 'onednn') {
      return operators
        .filter((row) => !row.internal && row.devices.includes(device))
        .map((row) => row.name);
    },

    /**
     * Checks this machine: convolutions and their gradients, matrix products, reductions and
     * element-wise operators of awkward shapes are computed as ever on the device and compared with
     * plain loops in double precision. Takes about a second of one libuv worker, and none of the
     * event loop. What differs is in the report; it is no error.
     * @param {string} [device] Backend name.
     * @returns {Promise<SelfTestReport>}
     * @throws {NativeError} UNSUPPORTED when the device is not used, with the reason.
     */
    async selfTest(device = 'onednn') {
      const started = addon.selfTest(device);
      if (typeof started === 'string') {
        throw new NativeError('UNSUPPORTED', 'selfTest', `device ${device}: ${started}`, device);
      }
      const figures = await started.catch(({ code, op, message }) => {
        throw new NativeError(code, op, message, device);
      });
      return { ok: figures.differences.length === 0, ...figures };
    },

    compile,
    warmup,
    explain,
    run,

    /**
     * Switches the capture of models on or off, and lets go of all graphs when off. The environment
     * variable TFJS_NATIVE_CAPTURE=0 has it off from the beginning.
     * @param {boolean} isOn
     * @throws {NativeError} BAD_ATTR
     */
    setCapture(isOn) {
      if (typeof isOn !== 'boolean') {
        throw new NativeError('BAD_ATTR', 'setCapture', `isOn: expected a boolean, got ${isOn}`);
      }
      shared.isOn = isOn;
      if (!isOn) clearAll();
    },

    /**
     * Whether models are captured.
     * @returns {boolean}
     */
    getCapture() {
      return shared.isOn;
    },

    /**
     * How often runs of models were recorded and replayed, and why others were not.
     * @returns {import('./capture/settings').CaptureStatistics}
     */
    captureStatistics() {
      return statistics();
    },

    /** Makes captureStatistics() count from zero. */
    resetCaptureStatistics() {
      resetStatistics();
    },

    /**
     * Sets the size of the one thread pool that all work of this process shares.
     * @param {number} count From 1 to 1024. The default is what affinity and cgroup quota allow.
     * @throws {NativeError} BAD_ATTR
     */
    setThreads(count) {
      if (!Number.isInteger(count) || count < 1 || count > 1024) {
        throw new NativeError(
          'BAD_ATTR',
          'setThreads',
          `count: expected an integer from 1 to 1024, got ${count}`,
        );
      }
      addon.setThreads(count);
    },

    /**
     * Threads that take part in the work, the executing one included.
     * @returns {number}
     */
    threads() {
      return addon.threads();
    },

    /**
     * Limits the memory for tensors on a device, pooled blocks included. What does not fit fails
     * with OUT_OF_MEMORY.
     * @param {number} bytes 0 lifts the limit.
     * @param {string} [device]
     * @throws {NativeError} BAD_ATTR
     */
    setMemoryCeiling(bytes, device = 'onednn') {
      if (!Number.isSafeInteger(bytes) || bytes < 0) {
        throw new NativeError(
          'BAD_ATTR',
          'setMemoryCeiling',
          `bytes: expected a non-negative integer, got ${bytes}`,
        );
      }
      addon.setMemoryCeiling(device, bytes);
    },

    /**
     * Gives the memory that is kept for reuse back to the system: that of disposed tensors, and what
     * was prepared for calls, so that the next call of a kind prepares it anew. Captured graphs keep
     * what they have prepared, but no memory between their runs; queued calls keep theirs; worker
     * threads give back theirs with their next call.
     * @param {string} [device]
     * @returns {number} Its bytes.
     */
    trimMemory(device = 'onednn') {
      return addon.trimMemory(device);
    },

    /**
     * Figures of a device's memory, in bytes: its pool, and what is prepared for calls.
     * @param {string} [device]
     * @returns {import('./load-addon').MemoryFigures}
     */
    memory(device = 'onednn') {
      return addon.memory(device);
    },

    /**
     * Makes the peak that memory() reports start anew from what is held now.
     * @param {string} [device]
     */
    resetPeakMemory(device = 'onednn') {
      addon.resetPeak(device);
    },
  });
}

module.exports = { makeNative };
