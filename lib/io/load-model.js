'use strict';

const fs = require('node:fs/promises');
const path = require('node:path');
const { badModel } = require('./errors.js');
const { identityOf } = require('./files.js');
const { chooseLocation } = require('./location.js');
const { describingFields, isGraphModel, readModelJson, readModelPair } = require('./model-json.js');
const { locateWeightFiles } = require('./weight-files.js');
const { RangeReader, readWeights, streamWeights } = require('./weight-reader.js');
const { measureWeights } = require('./weight-specs.js');
const { isWriteOnceName, MODEL_FILE } = require('./names.js');

/** @typedef {import('@tensorflow/tfjs-core').io.ModelArtifacts} ModelArtifacts */
/** @typedef {import('./location.js').Location} Location */
/** @typedef {import('./model-json.js').WeightGroup} WeightGroup */
/** @typedef {import('./weight-files.js').WeightFile} WeightFile */

/**
 * @typedef {object} LoadSettings
 * @property {boolean} stream Whether to return a stream of the weights of a graph model.
 * @property {((fraction: number) => void) | undefined} onProgress
 * @property {((name: string) => Promise<string>) | undefined} weightUrlConverter
 * @property {Location | undefined} weightFolder Where the weights lie, if not with the model.json.
 */

const OP = 'loadModel';

/** How often to begin again where the model is replaced while it is read. */
const MAX_ATTEMPTS = 50;

/**
 * @param {Location[]} locations A model.json or its folder, or a topology and a manifest.
 * @returns {Promise<string[]>} The files; the last one is the one that names the weights.
 */
async function chooseFiles(locations) {
  const files = await Promise.all(locations.map(chooseLocation));
  if (files.length > 1) return files;
  const stats = await fs.stat(files[0]).catch(() => undefined);
  return stats?.isDirectory() ? [path.join(files[0], MODEL_FILE)] : files;
}

/**
 * Finds the weight files and computes the sizes of the weights.
 *
 * @param {WeightGroup[]} groups
 * @param {string} jsonFile
 * @param {LoadSettings} settings
 */
async function locateWeights(groups, jsonFile, { weightFolder, weightUrlConverter }) {
  const folder = weightFolder ? await chooseLocation(weightFolder) : path.dirname(jsonFile);
  /** @type {WeightFile[]} */
  const files = [];
  /** @type {number[]} */
  const sizes = [];
  for (const [g, { paths, specs }] of groups.entries()) {
    const where = `${jsonFile}: weightsManifest[${g}]`;
    const converter = weightUrlConverter;
    const groupFiles = await locateWeightFiles(paths, { folder, converter, where });
    const reader = new RangeReader(groupFiles);
    try {
      const names = paths.length > 3 ? [...paths.slice(0, 2), '…', paths.at(-1)] : paths;
      const groupSizes = await measureWeights({
        specs,
        sizeBytes: reader.sizeBytes,
        readAt: (position, length) => reader.readAt(position, length),
        where: `${where} (${names.join(', ')})`,
        op: OP,
      });
      for (const size of groupSizes) sizes.push(size);
    } finally {
      await reader.close();
    }
    for (const file of groupFiles) files.push(file);
  }
  return { files, sizes };
}

/**
 * One attempt.
 *
 * @param {string[]} files
 * @param {LoadSettings} settings
 * @returns {Promise<{artifacts: ModelArtifacts, isWriteOnce: boolean}>} `isWriteOnce`: the weights
 *   are certain to belong to the model.json that was read.
 */
async function loadOnce(files, settings) {
  const { json, groups } =
    files.length > 1 ? await readModelPair(files[0], files[1]) : await readModelJson(files[0]);
  /** @type {ModelArtifacts} */
  const artifacts = { modelTopology: json.modelTopology, ...describingFields(json) };
  if (groups === undefined) return { artifacts, isWriteOnce: true };

  const located = await locateWeights(groups, /** @type {string} */ (files.at(-1)), settings);
  artifacts.weightSpecs = groups.flatMap(({ specs }) => specs);
  // tfjs-layers knows no streams and would keep its random weights without a word.
  if (settings.stream && isGraphModel(json)) {
    artifacts.getWeightStream = () =>
      /** @type {any} */ (streamWeights(located.files, located.sizes, settings.onProgress));
  } else {
    artifacts.weightData = await readWeights(located.files, settings.onProgress);
  }
  const isWriteOnce = groups.every(({ paths }) => paths.every(isWriteOnceName));
  return { artifacts, isWriteOnce };
}

/**
 * Loads a model. Whoever saves over it meanwhile replaces first the weights and then the
 * model.json (see save-model.js), or, with other programs, in any order. So an attempt counts only
 * if the model.json is the same after it; otherwise, and if a file was gone, it begins again.
 *
 * @param {Location[]} locations
 * @param {LoadSettings} settings
 * @returns {Promise<ModelArtifacts>}
 * @throws {import('../native-error.js').NativeError} `BAD_MODEL` or `OUT_OF_MEMORY`.
 */
async function loadModel(locations, settings) {
  const files = await chooseFiles(locations);
  const jsonFile = /** @type {string} */ (files.at(-1));
  for (let attempt = 1; ; attempt++) {
    const before = await identityOf(jsonFile);
    /** @type {unknown} */
    let failure;
    try {
      const { artifacts, isWriteOnce } = await loadOnce(files, settings);
      if (isWriteOnce || (await identityOf(jsonFile)) === before) return artifacts;
      failure = badModel(OP, `${jsonFile}: is replaced again and again while it is read`);
    } catch (error) {
      if ((await identityOf(jsonFile)) === before) throw error;
      failure = error;
    }
    if (attempt === MAX_ATTEMPTS) throw failure;
  }
}

module.exports = { loadModel };
