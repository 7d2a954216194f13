'use strict';

const decoders = require('./decode');
const asyncDecoders = require('./decode-async');
const encoders = require('./encode');
const { getDisplayDecimalPlaces, getSuccinctNumberDisplay } = require('./progress');
const { progressBarHelper } = require('./progress');
const { savedModels } = require('./saved-model.js');
const { summaryFileWriter } = require('./summaries');
const { tensorBoard } = require('./tensorboard.js');

/**
 * The `tf.node` namespace: what `@tensorflow/tfjs-node` has there, the helpers of its progress bar, and
 * more of the kind.
 */
const node = {
  ...decoders,
  ...asyncDecoders,
  ...encoders,
  summaryFileWriter,
  tensorBoard,
  progressBarHelper,
  getDisplayDecimalPlaces,
  getSuccinctNumberDisplay,
  ...savedModels,
};

module.exports = { node };
