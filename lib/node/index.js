'use strict';

const { summaryFileWriter } = require('./summaries');
const { tensorBoard } = require('./tensorboard.js');

/** The `tf.node` namespace, as in `@tensorflow/tfjs-node`. */
const node = {
  summaryFileWriter,
  tensorBoard,
};

module.exports = { node };
