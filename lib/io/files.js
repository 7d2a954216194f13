'use strict';

const fs = require('node:fs/promises');
const { badModel, isMissing, messageOf } = require('./errors.js');

const OP = 'loadModel';

/**
 * What tells a file from the one that has replaced it, and from itself after it was rewritten.
 *
 * @param {import('node:fs').BigIntStats} stats
 * @returns {string}
 */
function fileIdentity(stats) {
  return `${stats.ino}-${stats.size}-${stats.mtimeNs}`;
}

/**
 * @param {string} file
 * @returns {Promise<string>} '' where there is no such file.
 */
async function identityOf(file) {
  try {
    return fileIdentity(await fs.stat(file, { bigint: true }));
  } catch (error) {
    if (isMissing(error)) return '';
    throw badModel(OP, `${file}: cannot be read: ${messageOf(error)}`, error);
  }
}

/**
 * Throws unless `file` is a regular file: opening a pipe or a device could block for ever.
 *
 * @param {string} file
 * @param {string} what What the file is for.
 */
async function requireFile(file, what) {
  let stats;
  try {
    stats = await fs.stat(file);
  } catch (error) {
    // Programs know these words from tfjs-node.
    const reason = isMissing(error)
      ? 'does not exist, loading failed'
      : `cannot be read: ${messageOf(error)}`;
    throw badModel(OP, `${file}: ${reason}; expected ${what}`, error);
  }
  if (!stats.isFile()) throw badModel(OP, `${file}: not a regular file; expected ${what}`);
}

module.exports = { fileIdentity, identityOf, requireFile };
