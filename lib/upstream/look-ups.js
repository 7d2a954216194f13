'use strict';

/**
 * tfjs-core 4.22 looks the kernel of every call up twice, each time by a new string of both names, and
 * runs it inside of five functions that it makes for the occasion, which together cost as much as many
 * a kernel for a small tensor. This keeps the strings, looks up once, and runs the kernel in place
 * where nobody watches: no gradient is recorded, and no profile, check or log wants to know of the call.
 *
 * @param {typeof import('@tensorflow/tfjs-core')} tfc
 */
function mendLookUps(tfc) {
  const engine = Object.getPrototypeOf(tfc.engine());
  const { runKernel } = engine;
  /** tfjs-core's own table of kernels. @type {Map<string, {kernelFunc: Function}> | undefined} */
  const registry = /** @type {any} */ (globalThis)._tfGlobals?.get('kernelRegistry');
  if (runKernel[MENDED] || registry === undefined) return;
  /** The registry's keys of one backend, by the kernel's name: of the one that was last called. */
  let keys = new Map();
  /** @type {string | undefined} */
  let keysOf;

  /** @param {string} backendName @param {string} name @returns {string} */
  function keyOf(backendName, name) {
    if (keysOf !== backendName) {
      keysOf = backendName;
      keys = new Map();
    }
    let key = keys.get(name);
    if (key === undefined) keys.set(name, (key = `${backendName}_${name}`));
    return key;
  }

  /** @param {string} name @param {any} inputs @param {any} [attrs] */
  engine.runKernel = function (name, inputs, attrs) {
    const { backendName, state } = this;
    const kernel = registry.get(keyOf(backendName, name));
    if (kernel === undefined) return runKernel.call(this, name, inputs, attrs);
    // A flag that nobody has asked for yet is not there: tfjs finds out what it is.
    const { DEBUG, IS_TEST } = this.ENV.flags;
    if (DEBUG !== false || IS_TEST !== false || state.profiling || this.isTapeOn()) {
      return this.runKernelFunc({ kernelName: name, inputs, attrs });
    }
    // What a kernel runs is no part of gradients.
    state.kernelDepth++;
    try {
      const out = kernel.kernelFunc({ inputs, attrs, backend: this.backend });
      return Array.isArray(out) ? out.map((info) => tensorOf(this, info)) : tensorOf(this, out);
    } finally {
      state.kernelDepth--;
    }
  };
  engine.runKernel[MENDED] = true;
}

/** Some kernels give tensors already. @param {any} engine @param {any} info */
function tensorOf(engine, info) {
  return info.rank != null ? info : engine.makeTensorFromTensorInfo(info);
}

const MENDED = Symbol.for('tfjs-native.look-ups.mended');

module.exports = { mendLookUps };
