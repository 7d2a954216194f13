'use strict';

// The models that are timed, as artifacts that tfjs loads from memory: networks made here, and the
// real models beside the checkout where they are there.

const fs = require('node:fs');
const path = require('node:path');
const { networks } = require('./networks');

const shared = path.join(__dirname, '..', '..', '..', 'shared', 'models');
const realGraphModels = ['face-detection-short', 'facemesh', 'meet-segmentation', 'emotion'];

/** For readers, where the name is not one already. @type {Record<string, string>} */
const titles = {
  'mobilenet-v1': 'MobileNet V1 224',
  'mobilenet-v2': 'MobileNet V2 224',
  resnet50: 'ResNet50 224',
  bert: 'BERT-like, 4 layers, 128 tokens',
};

/** @param {string} name @returns {any} */
function readGraphModel(name) {
  const folder = path.join(shared, name);
  const json = JSON.parse(fs.readFileSync(path.join(folder, 'model.json'), 'utf8'));
  const specs = json.weightsManifest.flatMap((group) => group.weights);
  const files = json.weightsManifest.flatMap((group) => group.paths);
  const bytes = Buffer.concat(files.map((file) => fs.readFileSync(path.join(folder, file))));
  return { ...json, weightSpecs: specs, weightData: new Uint8Array(bytes).buffer };
}

/** Names of the models at hand; those whose files are missing are named in `missing`. */
function listModels() {
  const present = realGraphModels.filter((name) => fs.existsSync(path.join(shared, name)));
  const missing = realGraphModels.filter((name) => !present.includes(name));
  return { names: [...Object.keys(networks), ...present], missing };
}

/**
 * @param {string} name
 * @returns {{modelTopology: any, weightSpecs: any[], weightData: ArrayBuffer}}
 */
function loadArtifacts(name) {
  return networks[name] ? networks[name]() : readGraphModel(name);
}

/** The shape of the one input, with a batch of 1. @param {any} topology @returns {number[]} */
function inputShape(topology) {
  const placeholder = topology.node.find((node) => node.op === 'Placeholder');
  return placeholder.attr.shape.shape.dim.map((dim) => Math.max(1, Number(dim.size)));
}

module.exports = { realGraphModels, titles, listModels, loadArtifacts, inputShape };
