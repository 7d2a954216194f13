'use strict';

const { getDisplayDecimalPlaces, getSuccinctNumberDisplay } = require('./progress');
const { progressBarHelper } = require('./progress');
const { savedModels } = require('./saved-model.js');
const { summaryFileWriter } = require('./summaries');
const { tensorBoard } = require('./tensorboard.js');

/** The `tf.node` namespace, as in `@tensorflow/tfjs-node`, with the helpers of its progress bar. */
const node = {
  summaryFileWriter,
  tensorBoard,
  progressBarHelper,
  getDisplayDecimalPlaces,
  getSuccinctNumberDisplay,
  ...savedModels,
};

module.exports = { node };
