'use strict';

/**
 * tfjs-core 4.22 looks the kernel of every call up twice, each time by a new string of both names,
 * which costs as much as many a kernel for a small tensor. This leaves out the first time, which only
 * asks whether there is a kernel, where it was found once.
 *
 * @param {typeof import('@tensorflow/tfjs-core')} tfc
 */
function mendLookUps(tfc) {
  const engine = Object.getPrototypeOf(tfc.engine());
  const { runKernel } = engine;
  if (runKernel[MENDED]) return;
  /** What has been found, by backend: names of kernels. @type {Map<string, Set<string>>} */
  const found = new Map();
  /** @param {string} name @param {any} inputs @param {any} [attrs] */
  engine.runKernel = function (name, inputs, attrs) {
    const { backendName } = this;
    if (found.get(backendName)?.has(name)) {
      // Looks it up itself, and throws where it has been unregistered since.
      return this.runKernelFunc({ kernelName: name, inputs, attrs });
    }
    const result = runKernel.call(this, name, inputs, attrs);
    const names = found.get(backendName);
    if (names === undefined) found.set(backendName, new Set([name]));
    else names.add(name);
    return result;
  };
  engine.runKernel[MENDED] = true;
}

const MENDED = Symbol.for('tfjs-native.look-ups.mended');

module.exports = { mendLookUps };
