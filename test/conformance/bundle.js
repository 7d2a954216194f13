'use strict';

// tfjs-core publishes its specs as ES modules without file extensions, which Node cannot load as
// they are. One esbuild bundle holds them together with the single copy of tfjs-core that both the
// specs and the backend under test must share.

const fs = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');

/** The same backend under a second name: an environment where nobody may wait for values. */
const asyncName = (backend) => `${backend}-async`;

/**
 * Source of the bundle's entry. It runs every spec that tfjs-core has for backends without
 * dataSync() a second time, in an environment whose tensors have none, which begins asynchronously.
 * The order matters: gradients and chained ops before the backend, the test environments before the
 * specs, which read them while they load.
 *
 * @param {string} backend the backend's name
 * @param {string} backendModule what to load so that it registers itself
 * @returns {string}
 */
function entrySource(backend, backendModule) {
  const sync = { name: backend, backendName: backend, flags: {}, isDataSync: true };
  const name = asyncName(backend);
  const async = { name, backendName: name, flags: {}, isDataSync: false };
  return `
    import * as tf from '@tensorflow/tfjs-core/dist/index';
    import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
    import '@tensorflow/tfjs-core/dist/register_all_gradients';
    import * as kernelNames from '@tensorflow/tfjs-core/dist/kernel_names';
    import ${JSON.stringify(backendModule)};
    import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';

    tf.registerBackend(${JSON.stringify(name)}, async () =>
      tf.findBackendFactory(${JSON.stringify(backend)})());
    tf.copyRegisteredKernels(${JSON.stringify(backend)}, ${JSON.stringify(name)});
    setTestEnvs(${JSON.stringify([sync, async])});
    // Not an import: those are hoisted, and the specs need the line above.
    require('@tensorflow/tfjs-core/dist/tests');

    export const engine = tf.engine();
    export const version = tf.version_core;
    export const knownKernels = Object.values(kernelNames);
    export const registeredKernels =
      tf.getKernelsForBackend(${JSON.stringify(backend)}).map((kernel) => kernel.kernelName);
  `;
}

/**
 * Builds the spec bundle for one backend.
 *
 * @param {string} backend the backend's name
 * @param {string} backendModule a package name or an absolute path
 * @param {string} outDir where the bundle goes
 * @returns {Promise<string>} the bundle's path
 */
async function buildBundle(backend, backendModule, outDir) {
  fs.mkdirSync(outDir, { recursive: true });
  const outfile = path.join(outDir, `specs-${backend}.js`);
  await esbuild.build({
    stdin: {
      contents: entrySource(backend, backendModule),
      resolveDir: __dirname,
      sourcefile: 'entry.js',
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    // tfjs-core lists no spec under "sideEffects", so they would be dropped as unused imports.
    ignoreAnnotations: true,
    external: ['*.node'],
    alias: {
      'jasmine-core/lib/jasmine-core/jasmine.js': path.join(__dirname, 'jasmine-core-shim.js'),
    },
    logLevel: 'error',
  });
  return outfile;
}

module.exports = { asyncName, buildBundle };
