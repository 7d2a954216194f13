'use strict';

// Capture: the first run of a model is recorded at the kernel boundary, later ones replay a compiled
// graph. Installed on the classes of tfjs, so that packages which use those get it, too.

const { captureGraphModels } = require('./graph-model');
const { captureLayersModels } = require('./layers-model');

const INSTALLED = Symbol.for('tfjs-native.capture.installed');

/**
 * @param {object} parts
 * @param {typeof import('@tensorflow/tfjs-layers')} parts.layers
 * @param {typeof import('@tensorflow/tfjs-converter')} parts.converter
 */
function installCapture({ layers, converter }) {
  const graphExecutor = executorPrototype(converter);
  install(graphExecutor, () => captureGraphModels(graphExecutor));
  install(layers.LayersModel.prototype, () => captureLayersModels(layers));
}

/** A second copy of this package finds the first one's. @param {any} prototype @param {() => void} f */
function install(prototype, f) {
  if (prototype[INSTALLED]) return;
  Object.defineProperty(prototype, INSTALLED, { value: true });
  f();
}

/**
 * tfjs-converter does not export the class: a model without nodes has one of its objects.
 * @param {typeof import('@tensorflow/tfjs-converter')} converter
 */
function executorPrototype({ GraphModel }) {
  const model = new GraphModel(/** @type {any} */ ({ load: () => ({}) }));
  model.loadSync({
    modelTopology: { node: [], versions: {} },
    weightSpecs: [],
    weightData: new ArrayBuffer(0),
  });
  return Object.getPrototypeOf(/** @type {any} */ (model).executor);
}

module.exports = { installCapture };
