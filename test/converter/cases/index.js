'use strict';

// Graphs with each operator that tfjs-converter lists.

const { graphCases } = require('./graphs');
require('./elementwise');
require('./images');
require('./arrays');
require('./others');
require('./control-flow');

/** @typedef {import('./graphs').Value} Value */
/** @typedef {import('./graphs').GraphCase} GraphCase */

/** Operators that are listed and have no case, and why. @type {Record<string, string>} */
const leftOut = {};
for (const op of ['CreateModelResource', 'LoadModelFromPathWithHandle', 'InferenceOpWithHandle']) {
  leftOut[`SimpleML${op}`] = '@tensorflow/tfjs-tfdf brings what executes it';
}

module.exports = { graphCases, leftOut };
