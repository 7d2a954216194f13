'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { NativeBackend } = require('./backend');
const { makeKernelFunc } = require('./operator');

// Above every backend that tfjs itself ships (webgpu has 3, node 3), below what a user would pick
// to have a backend of their own preferred.
const basePriority = 90;

/**
 * Registers one tfjs backend for each usable device, and on it every operator of the table that
 * the device computes. tfjs chooses the first device unless told otherwise.
 * @param {import('./load-addon').Addon} addon
 * @param {import('./operator').OperatorRow[]} operators
 */
function registerBackends(addon, operators) {
  const devices = addon.devices().filter((device) => device.available);
  devices.forEach((device, rank) => {
    const { name } = device;
    // A second copy of this package over the same tfjs-core finds the first one's registration.
    if (tfc.findBackendFactory(name) != null) return;
    /** @type {NativeBackend | undefined} */
    let backend;
    tfc.registerBackend(
      name,
      () => (backend = new NativeBackend(addon, name)),
      basePriority - rank,
    );
    operators.forEach((row, number) => {
      if (!row.devices.includes(name)) return;
      /** @type {ReturnType<typeof makeKernelFunc> | undefined} */
      let kernelFunc;
      /** @type {NativeBackend | undefined} */
      let madeFor;
      tfc.registerKernel({
        kernelName: row.name,
        backendName: name,
        kernelFunc: (call) => {
          if (kernelFunc === undefined || madeFor !== backend) {
            madeFor = /** @type {NativeBackend} */ (call.backend);
            kernelFunc = makeKernelFunc(row, number, madeFor);
          }
          return kernelFunc(/** @type {any} */ (call));
        },
      });
    });
  });
}

module.exports = { registerBackends };
