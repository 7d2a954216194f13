'use strict';

const fs = require('node:fs');
const path = require('node:path');

/**
 * A graph model as tfjs loads it from memory.
 * @param {string} file Its JSON, with its weights beside it.
 * @returns {any} Artifacts.
 */
function readGraphModel(file) {
  const json = JSON.parse(fs.readFileSync(file, 'utf8'));
  const files = json.weightsManifest.flatMap((group) => group.paths);
  const bytes = Buffer.concat(
    files.map((name) => fs.readFileSync(path.join(path.dirname(file), name))),
  );
  return {
    ...json,
    weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
    weightData: new Uint8Array(bytes).buffer,
  };
}

module.exports = { readGraphModel };
