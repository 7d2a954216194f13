'use strict';

const fs = require('node:fs/promises');
const path = require('node:path');
const { badArgument, badModel, isMissing, kindOf, messageOf, systemCode } = require('./errors.js');
const { chooseLocation, isFileUrl, parseLocation } = require('./location.js');
const { checkManifest } = require('./model-json.js');
const { MODEL_FILE } = require('./names.js');
const { formsOf } = require('./weight-paths.js');

/** @typedef {typeof import('@tensorflow/tfjs-core').io} Io */
/** @typedef {import('@tensorflow/tfjs-core').io.ModelArtifactsInfo} ModelArtifactsInfo */
/** @typedef {import('./errors.js').IoOp} IoOp */

/**
 * @param {string} file
 * @returns {Promise<import('node:fs').Stats | undefined>} Undefined where there is no such file.
 */
async function statOf(file) {
  return fs.stat(file).catch((error) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

/**
 * The files of a folder that a name in a manifest may mean. Links are not followed to where they
 * lead, but a folder on the way must not lead out either.
 *
 * @param {string} folder
 * @param {string} name
 * @param {string} where
 * @returns {Promise<string[]>} Those that are there.
 */
async function weightFilesOf(folder, name, where) {
  const root = await fs.realpath(folder);
  const files = [];
  for (const form of formsOf(name, where)) {
    const file = path.join(folder, form);
    const parent = await fs.realpath(path.dirname(file)).catch(() => undefined);
    const isInside = parent === root || parent?.startsWith(root + path.sep);
    if (isInside && (await fs.lstat(file).catch(() => undefined))?.isDirectory() === false) {
      files.push(file);
    }
  }
  return files;
}

/**
 * What is known of a model without its weights.
 *
 * @param {Io} io
 * @param {string} modelFile
 * @param {IoOp} op
 * @returns {Promise<{info: ModelArtifactsInfo, weightFiles: string[]}>}
 */
async function inspect(io, modelFile, op) {
  let json;
  let dateSaved;
  try {
    json = JSON.parse(await fs.readFile(modelFile, 'utf8'));
    dateSaved = (await fs.stat(modelFile)).mtime;
  } catch (error) {
    const reason = isMissing(error) ? 'no such file' : `cannot be read (${messageOf(error)})`;
    throw badModel(op, `${modelFile}: ${reason}; expected a model.json`, error);
  }
  const groups = checkManifest(json?.weightsManifest ?? [], modelFile);
  const files = new Set();
  for (const [g, { paths }] of groups.entries()) {
    for (const name of paths) {
      const where = `${modelFile}: weightsManifest[${g}]`;
      const found = await weightFilesOf(path.dirname(modelFile), name, where);
      if (found.length > 0) files.add(found[0]);
    }
  }
  let weightDataBytes = 0;
  for (const file of files) weightDataBytes += (await statOf(file))?.size ?? 0;
  const weightSpecs = groups.flatMap(({ specs }) => specs);
  const { modelTopology } = json ?? {};
  const info = io.getModelArtifactsInfoForJSON({ modelTopology, weightSpecs });
  return { info: { ...info, dateSaved, weightDataBytes }, weightFiles: [...files] };
}

/**
 * Weight files that other models of the folder need, too.
 *
 * @param {Io} io
 * @param {string} modelFile
 * @returns {Promise<Set<string>>}
 */
async function neededByOthers(io, modelFile) {
  const folder = path.dirname(modelFile);
  const needed = new Set();
  for (const name of await fs.readdir(folder)) {
    const file = path.join(folder, name);
    if (!name.endsWith('.json') || file === modelFile) continue;
    // What is no model needs no weights.
    const other = await inspect(io, file, 'removeModel').catch(() => undefined);
    for (const one of other?.weightFiles ?? []) needed.add(one);
  }
  return needed;
}

/**
 * @param {unknown} url
 * @param {IoOp} op
 */
async function locate(url, op) {
  const chosen = await chooseLocation(parseLocation(url, op));
  const isFolder = (await statOf(chosen))?.isDirectory() === true;
  return { isFolder, chosen, modelFile: isFolder ? path.join(chosen, MODEL_FILE) : chosen };
}

/**
 * tfjs-core's management of stored models, which knows storages of browsers only, for `file://`, too.
 *
 * @param {Io} io tfjs-core's `io`.
 */
function manageFiles(io) {
  /**
   * Removes a stored model: its model.json first, then the weight files that it names and no other
   * model beside it does, and its folder where nothing else is in it.
   *
   * @param {string} url Of a model in the file system (`file://…`, a folder or a model.json), or in
   *   any other storage that tfjs knows.
   * @returns {Promise<ModelArtifactsInfo>} What was removed.
   * @throws {import('../native-error.js').NativeError} `BAD_MODEL` where there is no such model, or
   *   where it names weights outside of its folder.
   */
  async function removeModel(url) {
    if (!isFileUrl(url)) return io.removeModel(url);
    const { isFolder, chosen, modelFile } = await locate(url, 'removeModel');
    const { info, weightFiles } = await inspect(io, modelFile, 'removeModel');
    try {
      const needed = await neededByOthers(io, modelFile);
      await fs.unlink(modelFile);
      for (const file of weightFiles) if (!needed.has(file)) await fs.rm(file, { force: true });
      if (isFolder) {
        await fs.rmdir(chosen).catch((error) => {
          if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error))) throw error;
        });
      }
    } catch (error) {
      throw badModel('removeModel', `${modelFile}: cannot be removed: ${messageOf(error)}`, error);
    }
    return info;
  }

  /**
   * Moves a stored model. One in the file system is removed only once it is saved in its new place.
   *
   * @param {string} sourceUrl
   * @param {string} targetUrl
   * @returns {Promise<ModelArtifactsInfo>} Of the model in its new place.
   */
  async function moveModel(sourceUrl, targetUrl) {
    if (!isFileUrl(sourceUrl)) return io.moveModel(sourceUrl, targetUrl);
    const { modelFile } = await locate(sourceUrl, 'removeModel');
    if (isFileUrl(targetUrl)) {
      const target = await chooseLocation(parseLocation(targetUrl, 'saveModel'));
      const isSame = await Promise.all([path.dirname(modelFile), target].map((f) => fs.realpath(f)))
        .then(([a, b]) => a === b)
        .catch(() => false);
      if (isSame) {
        throw badArgument(
          'removeModel',
          `path: ${kindOf(targetUrl)} is where the model is already`,
        );
      }
    }
    const info = await io.copyModel(sourceUrl, targetUrl);
    await removeModel(sourceUrl);
    return info;
  }

  /**
   * Lists stored models.
   *
   * @param {string} [folderUrl] A folder (`file://…`), of which the model and those in the folders in
   *   it are listed. Without it, the storages of browsers are, where there are any.
   * @returns {Promise<Record<string, ModelArtifactsInfo>>} By URL; what cannot be read is left out.
   */
  async function listModels(folderUrl) {
    if (folderUrl === undefined) return io.listModels();
    if (!isFileUrl(folderUrl)) {
      const got = kindOf(folderUrl);
      throw badArgument('listModels', `folderUrl: expected a file:// URL or nothing, got ${got}`);
    }
    const root = await chooseLocation(parseLocation(folderUrl, 'listModels'));
    /** @type {import('node:fs').Dirent[]} */
    let entries;
    try {
      entries = await fs.readdir(root, { withFileTypes: true });
    } catch (error) {
      const message = `expected a folder of models (${messageOf(error)})`;
      throw badModel('listModels', `${root}: ${message}`, error);
    }
    /** @type {Record<string, ModelArtifactsInfo>} */
    const models = {};
    for (const folder of ['', ...entries.filter((e) => !e.isFile()).map((e) => e.name)]) {
      const file = path.join(root, folder, MODEL_FILE);
      const model = await inspect(io, file, 'listModels').catch(() => undefined);
      if (model) models[`file://${path.join(root, folder)}`] = model.info;
    }
    return models;
  }

  return { listModels, moveModel, removeModel };
}

module.exports = { manageFiles };
