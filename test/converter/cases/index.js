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
const leftOut = {
  BitwiseAnd: 'tfjs-converter asks for inputs by other names than its list has',
};
for (const op of ['RaggedGather', 'RaggedRange', 'RaggedTensorToTensor']) {
  leftOut[op] = 'tfjs-converter does not load the list that has it: such a graph is refused';
}
for (const op of ['CreateModelResource', 'LoadModelFromPathWithHandle', 'InferenceOpWithHandle']) {
  leftOut[`SimpleML${op}`] = '@tensorflow/tfjs-tfdf brings what executes it';
}

module.exports = { graphCases, leftOut };
