'use strict';

/** What tfjs-node calls its backend. */
const NODE_BACKEND = 'tensorflow';

/**
 * tfjs's setBackend() for programs that were written for tfjs-node, which ask for its backend by name:
 * they get the native one of the CPU, under its own name, unless tfjs-node itself is loaded as well.
 *
 * @param {typeof import('@tensorflow/tfjs-core')} tfc
 * @param {string} device The native backend's name.
 * @returns {(backendName: string) => Promise<boolean>}
 */
function makeSetBackend({ setBackend, findBackendFactory }, device) {
  return (backendName) => {
    const isOurs = backendName === NODE_BACKEND && findBackendFactory(NODE_BACKEND) == null;
    return setBackend(isOurs ? device : backendName);
  };
}

module.exports = { makeSetBackend };
