'use strict';

// The package under test, or tfjs's plain cpu backend in its place when TFJS_TEST_BACKEND=cpu:
// that tells a wrong test or fixture from a wrong package.

const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const backend = process.env.TFJS_TEST_BACKEND || 'onednn';

/** @returns {object} the tf namespace */
function loadNamespace() {
  if (backend !== 'cpu') return require('../../lib');
  require('@tensorflow/tfjs-backend-cpu');
  return {
    ...require('@tensorflow/tfjs-core'),
    ...require('@tensorflow/tfjs-layers'),
    ...require('@tensorflow/tfjs-converter'),
  };
}

const tf = loadNamespace();

/**
 * Where a model is loaded from: the package's own file:// handler, or, as plain tfjs has none in
 * Node, a handler that reads the same files.
 *
 * @param {string} modelPath
 * @returns {string | object}
 */
function modelSource(modelPath) {
  if (backend !== 'cpu') return pathToFileURL(modelPath).href;
  const readWeights = (manifest) => {
    const dir = path.dirname(modelPath);
    const paths = manifest.flatMap((group) => group.paths);
    const bytes = Buffer.concat(paths.map((name) => fs.readFileSync(path.join(dir, name))));
    const specs = manifest.flatMap((group) => group.weights);
    return [specs, new Uint8Array(bytes).buffer];
  };
  const json = JSON.parse(fs.readFileSync(modelPath, 'utf8'));
  return { load: () => tf.io.getModelArtifactsForJSON(json, readWeights) };
}

/**
 * @param {{modelPath: string, isGraph: boolean}} fixture
 * @returns {Promise<object>} the loaded model
 */
function loadModel({ modelPath, isGraph }) {
  const source = modelSource(modelPath);
  return isGraph ? tf.loadGraphModel(source) : tf.loadLayersModel(source);
}

module.exports = { backend, tf, loadModel };
