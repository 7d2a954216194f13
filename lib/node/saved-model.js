'use strict';

const { NativeError } = require('../native-error.js');

// A SavedModel of TensorFlow is a program of TensorFlow's own operators, which this version does not
// read. tfjs-node's functions for them are here so that their callers learn what to do instead.

/** @typedef {import('@tensorflow/tfjs-core').InferenceModel} InferenceModel */
/** @typedef {import('@tensorflow/tfjs-core').MetaGraph} MetaGraph */

const INSTEAD =
  'this version does not read SavedModels of TensorFlow. Convert the model once: ' +
  '`pip install tensorflowjs`, then `tensorflowjs_converter --input_format=tf_saved_model ' +
  '--output_format=tfjs_graph_model SAVED_MODEL FOLDER`, and load it with ' +
  "tf.loadGraphModel('file://FOLDER/model.json')";

/** @param {string} op */
const unsupported = (op) => new NativeError('UNSUPPORTED', op, INSTEAD);

/** Each rejects, or throws where its result is no promise, with UNSUPPORTED. */
const savedModels = {
  /** @type {(path: string, tags?: string[], signature?: string) => Promise<InferenceModel>} */
  loadSavedModel: async () => {
    throw unsupported('loadSavedModel');
  },

  /** @type {(path: string) => Promise<MetaGraph[]>} */
  getMetaGraphsFromSavedModel: async () => {
    throw unsupported('getMetaGraphsFromSavedModel');
  },

  /** @type {(info: MetaGraph[], tags: string[], signature: string) => string[][]} */
  getInputAndOutputNodeNameFromMetaGraphInfo: () => {
    throw unsupported('getInputAndOutputNodeNameFromMetaGraphInfo');
  },

  /** @type {() => number} */
  getNumOfSavedModels: () => {
    throw unsupported('getNumOfSavedModels');
  },
};

module.exports = { savedModels };
