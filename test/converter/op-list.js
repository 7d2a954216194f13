'use strict';

// What tfjs-converter's graphs may have nodes of: its own lists, which it publishes as ES modules
// that Node.js does not load as they are.

const fs = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');

const folder = path.join(
  path.dirname(require.resolve('@tensorflow/tfjs-converter/package.json')),
  'dist/operations/op_list',
);

/**
 * @typedef {object} ListedOp
 * @property {string} tfOpName
 * @property {string} category
 * @property {{start: number, name: string, type: string}[]} [inputs]
 */

/** @type {ListedOp[]} */
const listedOps = fs
  .readdirSync(folder)
  .filter((file) => file.endsWith('.js'))
  .flatMap((file) => {
    const source = fs.readFileSync(path.join(folder, file), 'utf8');
    const { code } = esbuild.transformSync(source, { format: 'cjs' });
    const module = { exports: /** @type {any} */ ({}) };
    new Function('module', 'exports', code)(module, module.exports);
    return module.exports.json;
  });

module.exports = { listedOps };
