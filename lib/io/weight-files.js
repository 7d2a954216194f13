'use strict';

const fs = require('node:fs/promises');
const path = require('node:path');
const { NativeError } = require('../native-error.js');
const { badArgument, badModel, isMissing, kindOf, messageOf } = require('./errors.js');
const { fileIdentity } = require('./files.js');
const { chooseLocation, isFileUrl, parseLocation } = require('./location.js');
const { formsOf } = require('./weight-paths.js');

const OP = 'loadModel';

/**
 * A weight file that was found.
 *
 * @typedef {object} WeightFile
 * @property {string} name As the manifest has it.
 * @property {string} file Absolute path, free of symbolic links.
 * @property {number} sizeBytes
 * @property {string} identity See `fileIdentity`.
 */

/**
 * Finds the file that a path leads to.
 *
 * @param {string} target Absolute path.
 * @param {string} name As the manifest has it.
 * @param {string} where Names the manifest and the entry in errors.
 * @param {string} [folder] Where the file must lie after symbolic links are followed.
 * @returns {Promise<WeightFile | undefined>} Undefined where there is none.
 */
async function findFile(target, name, where, folder) {
  try {
    const file = await fs.realpath(target);
    if (folder !== undefined) {
      const root = await fs.realpath(folder);
      const relative = path.relative(root, file);
      if (relative.split(path.sep)[0] === '..' || path.isAbsolute(relative)) {
        const message = `weight path ${kindOf(name)} is a symbolic link out of the model's folder`;
        throw badModel(OP, `${where}: ${message} ${root}`);
      }
    }
    const stats = await fs.stat(file, { bigint: true });
    if (!stats.isFile()) {
      throw badModel(OP, `${where}: weight path ${kindOf(name)} is not a regular file: ${file}`);
    }
    return { name, file, sizeBytes: Number(stats.size), identity: fileIdentity(stats) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof NativeError) throw error;
    const message = `weight file ${kindOf(name)} cannot be read: ${messageOf(error)}`;
    throw badModel(OP, `${where}: ${message}`, error);
  }
}

/**
 * In words that programs know from tfjs-node.
 *
 * @param {string} where Names the manifest and the entry.
 * @param {string} file
 */
function missing(where, file) {
  return badModel(OP, `${where}: Weight file ${file} does not exist, loading failed`);
}

/**
 * Finds a weight file, and refuses one that is not in the folder.
 *
 * @param {string} folder
 * @param {string} name As the manifest has it.
 * @param {string} where Names the manifest and the entry in errors.
 * @returns {Promise<WeightFile>}
 */
async function locateInFolder(folder, name, where) {
  for (const candidate of formsOf(name, where)) {
    const found = await findFile(path.join(folder, candidate), name, where, folder);
    if (found) return found;
  }
  throw missing(where, path.join(folder, name));
}

/**
 * Finds a weight file through the caller's `weightUrlConverter`. The name must be a clean one, so
 * that a converter may put it after a prefix; the answer is the caller's own and is trusted.
 *
 * @param {(name: string) => Promise<string>} converter
 * @param {string} name
 * @param {string} where
 * @returns {Promise<WeightFile>}
 */
async function locateByConverter(converter, name, where) {
  formsOf(name, where);
  const answer = await converter(name);
  const isOtherUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(answer) && !isFileUrl(answer);
  if (typeof answer !== 'string' || isOtherUrl) {
    const message = `expected a path or a file:// URL for ${kindOf(name)}, got ${kindOf(answer)}`;
    throw badArgument(OP, `weightUrlConverter: ${message}`);
  }
  const chosen = await chooseLocation(parseLocation(answer, OP));
  const found = await findFile(chosen, name, where);
  if (found) return found;
  throw missing(where, chosen);
}

/**
 * Finds the weight files of one group.
 *
 * @param {string[]} names The group's `paths`.
 * @param {object} options
 * @param {string} options.folder Where they lie.
 * @param {((name: string) => Promise<string>) | undefined} options.converter
 * @param {string} options.where Names the group in errors.
 * @returns {Promise<WeightFile[]>}
 */
async function locateWeightFiles(names, { folder, converter, where }) {
  const files = [];
  for (const [i, name] of names.entries()) {
    const entry = `${where}.paths[${i}]`;
    files.push(
      converter
        ? await locateByConverter(converter, name, entry)
        : await locateInFolder(folder, name, entry),
    );
  }
  return files;
}

module.exports = { locateWeightFiles };
