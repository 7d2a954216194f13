'use strict';

const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '../..');

/** C++ and CUDA sources. */
const NATIVE_FILE = /\.(h|hpp|inc|cc|cpp|cu|cuh)$/;
const SCRIPT_FILE = /\.(js|mjs|cjs)$/;

/**
 * @param {string} folder under the root
 * @param {RegExp} pattern what a file's name must match
 * @returns {string[]} matching files at any depth, relative to the root, with forward slashes;
 *     none when the folder is not there; what packages and generators put there is left out
 */
function listFiles(folder, pattern) {
  if (!fs.existsSync(path.join(ROOT, folder))) return [];
  const entries = fs.readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return entries
    .map((entry) => path.posix.join(folder, entry.split(path.sep).join('/')))
    .filter(
      (file) =>
        pattern.test(file) &&
        !file.includes('/node_modules/') &&
        !file.startsWith('lib/generated/'),
    )
    .sort();
}

module.exports = { ROOT, NATIVE_FILE, SCRIPT_FILE, listFiles };
