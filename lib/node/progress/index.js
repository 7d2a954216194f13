'use strict';

const { getDisplayDecimalPlaces, getSuccinctNumberDisplay } = require('./number-display.js');
const { ProgbarLogger, progressBarHelper } = require('./progbar-logger.js');

const INSTALLED = Symbol.for('tfjs-native.progress.installed');

/**
 * Makes all trainings of layers models show their progress, unless they say `verbose: 0`.
 * @param {typeof import('@tensorflow/tfjs-layers')} layers
 */
function installProgress({ LayersModel, registerCallbackConstructor }) {
  // A second copy of this package finds the first one's: each training has one bar.
  if (INSTALLED in LayersModel) return;
  Object.defineProperty(LayersModel, INSTALLED, { value: true });
  registerCallbackConstructor(1, ProgbarLogger);
}

module.exports = {
  installProgress,
  progressBarHelper,
  getDisplayDecimalPlaces,
  getSuccinctNumberDisplay,
};
