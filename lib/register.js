'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { NativeBackend } = require('./backend');
const { withAbsorbedCasts } = require('./lazy/absorbed-casts');
const { withLazyOutput } = require('./lazy/lazy-kernels');
const { makeKernelFunc } = require('./operator');
const { withPixels } = require('./pixels');
const { withPlainViews } = require('./plain-views');
const { makeStringKernel, stringOperatorNames, withStrings } = require('./strings');

/** @typedef {import('./strings').KernelFunc} KernelFunc */

// Above every backend that tfjs itself ships (webgpu has 3, node 3), below what a user would pick
// to have a backend of their own preferred.
const basePriority = 90;

/**
 * Registers one tfjs backend for each usable device, and on it every operator of the table that
 * the device computes, and those of strings. tfjs chooses the first device unless told otherwise.
 * @param {import('./load-addon').Addon} addon
 * @param {import('./operator').OperatorRow[]} operators
 */
function registerBackends(addon, operators) {
  const devices = addon.devices().filter((device) => device.available);
  devices.forEach((device, rank) => {
    const { name } = device;
    // A second copy of this package over the same tfjs-core finds the first one's registration.
    if (tfc.findBackendFactory(name) != null) return;
    tfc.registerBackend(name, () => new NativeBackend(addon, name), basePriority - rank);
    operators.forEach((row, number) => {
      if (row.internal || !row.devices.includes(name)) return;
      registerKernel(row.name, name, (backend) => {
        const numbers = withPixels(row.name, backend, makeKernelFunc(row, number, backend));
        const plain = withStrings(row.name, backend, numbers);
        const views = withPlainViews(row.name, backend, plain);
        const lazy = withLazyOutput(row.name, backend, views);
        return withAbsorbedCasts(row, operators, backend, lazy);
      });
    });
    stringOperatorNames.forEach((op) =>
      registerKernel(op, name, (backend) => makeStringKernel(op, backend)),
    );
  });
}

/**
 * @param {string} kernelName @param {string} backendName
 * @param {(backend: NativeBackend) => KernelFunc} make Called at the first call, and again when
 *     the backend has been removed and made anew.
 */
function registerKernel(kernelName, backendName, make) {
  /** @type {KernelFunc} */
  let kernelFunc;
  /** @type {unknown} */
  let madeFor;
  tfc.registerKernel({
    kernelName,
    backendName,
    kernelFunc: (call) => {
      if (madeFor !== call.backend) {
        madeFor = call.backend;
        kernelFunc = make(/** @type {NativeBackend} */ (madeFor));
      }
      return kernelFunc(/** @type {any} */ (call));
    },
  });
}

module.exports = { registerBackends };
