'use strict';

// What is wrong in TensorFlow.js 4.22 itself and can be put right from outside, a file each. The
// changes are made to the objects that all users of this process's copies share, so that packages
// which call a part of tfjs themselves get them, too. Made twice they do the same.

const { mendCompositeBuffer } = require('./composite-buffer.js');
const { mendGraphWeights } = require('./graph-weights.js');
const { mendLocalData } = require('./local-data.js');
const { mendLookUps } = require('./look-ups.js');
const { mendOptimizerSave } = require('./optimizer-save.js');
const { mendProfile } = require('./profile.js');
const { mendTensorInfos } = require('./tensor-infos.js');

/**
 * @param {object} parts
 * @param {typeof import('@tensorflow/tfjs-core')} parts.tfc
 * @param {typeof import('@tensorflow/tfjs-layers')} parts.layers
 * @param {typeof import('@tensorflow/tfjs-converter')} parts.converter
 * @param {typeof import('@tensorflow/tfjs-data')} parts.data
 */
function mendUpstream({ tfc, layers, converter, data }) {
  mendCompositeBuffer(tfc.io);
  mendGraphWeights(converter, tfc);
  mendLookUps(tfc);
  mendProfile(tfc);
  mendTensorInfos(tfc);
  mendOptimizerSave(layers, tfc);
  mendLocalData(/** @type {any} */ (data));
}

module.exports = { mendUpstream };
