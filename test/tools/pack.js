'use strict';

// Makes the npm tarballs: the main package, which is JavaScript alone; that with the release build's
// addon for this platform; that with the CUDA backend, where it was built; and the source that users
// of other platforms build.
//
// usage: node test/tools/pack.js [folder]
//   folder  where the tarballs go; build/ unless given

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { runPackage } = require('./command');
const { ROOT } = require('./files');
const { generate } = require('./generate-tfjs-extras');
const { addAddon, addCudaLibrary } = require('./packing/binaries');
const manifests = require('./packing/manifests');
const readmes = require('./packing/readmes');

/**
 * @typedef {object} Packed
 * @property {any} manifest Its package.json.
 * @property {string} tarball Its path.
 * @property {string[]} files The paths in it.
 * @property {number} unpackedBytes
 */

/** Puts the type declarations into a folder. @param {string} folder */
function emitTypes(folder) {
  if (runPackage('typescript', ['--project', 'tsconfig.json', '--outDir', folder]) !== 0) {
    throw new Error('the types are wrong');
  }
}

/**
 * An empty folder that becomes a package.
 * @param {string} stages @param {string} name
 */
function makeStage(stages, name) {
  const folder = path.join(stages, name);
  fs.mkdirSync(folder);
  fs.copyFileSync(path.join(ROOT, 'LICENSE'), path.join(folder, 'LICENSE'));
  return folder;
}

/**
 * Copies a file or folder of the checkout, without what `isLeftOut` names.
 * @param {string} folder @param {string} name @param {(file: string) => boolean} [isLeftOut]
 */
function copyFromRoot(folder, name, isLeftOut = () => false) {
  const filter = (/** @type {string} */ file) => !isLeftOut(file);
  fs.cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true, filter });
}

/** @param {string} folder @param {string} name @param {string} text */
function write(folder, name, text) {
  fs.writeFileSync(path.join(folder, name), text);
}

/**
 * @param {string} folder A staged package.
 * @param {object} manifest
 * @param {string} destination
 * @returns {Packed}
 */
function packStage(folder, manifest, destination) {
  write(folder, 'package.json', `${JSON.stringify(manifest, null, 2)}\n`);
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const args = [
    'pack',
    '--json',
    '--offline',
    '--ignore-scripts',
    '--pack-destination',
    destination,
  ];
  const [report] = JSON.parse(execFileSync(npm, args, { cwd: folder, encoding: 'utf8' }));
  return {
    manifest,
    tarball: path.join(destination, report.filename),
    files: report.files.map((/** @type {{path: string}} */ file) => file.path),
    unpackedBytes: report.unpackedSize,
  };
}

/** @param {string} stages @param {string} destination */
function packMain(stages, destination) {
  const folder = makeStage(stages, 'main');
  copyFromRoot(folder, 'README.md');
  // Some checkouts have binaries there that earlier versions of this script left.
  copyFromRoot(folder, 'lib', (file) => /\.m?ts$|lib\/prebuilt$/.test(file));
  emitTypes(path.join(folder, 'build/types'));
  return packStage(folder, manifests.mainManifest(), destination);
}

/** @param {string} stages @param {string} destination */
function packPlatform(stages, destination) {
  const folder = makeStage(stages, 'platform');
  const files = addAddon(folder);
  const manifest = manifests.platformManifest(folder, files);
  write(folder, 'README.md', readmes.platformReadme(manifest));
  fs.copyFileSync(path.join(ROOT, 'lib/docs/third-party.md'), path.join(folder, 'third-party.md'));
  return packStage(folder, manifest, destination);
}

/** @param {string} stages @param {string} destination @returns {Packed | undefined} */
function packCuda(stages, destination) {
  const folder = makeStage(stages, 'cuda');
  const [file] = addCudaLibrary(folder);
  if (file === undefined) return undefined;
  const manifest = manifests.cudaManifest(file);
  write(folder, 'README.md', readmes.cudaReadme(manifest));
  return packStage(folder, manifest, destination);
}

/** @param {string} stages @param {string} destination */
function packSource(stages, destination) {
  const folder = makeStage(stages, 'source');
  for (const file of ['CMakeLists.txt', 'CMakePresets.json', 'binding.gyp']) {
    copyFromRoot(folder, file);
  }
  copyFromRoot(folder, 'native', (file) => /_test\.cc$/.test(file));
  const manifest = manifests.sourceManifest();
  write(folder, 'README.md', readmes.sourceReadme(manifest));
  return packStage(folder, manifest, destination);
}

/**
 * Makes the tarballs.
 *
 * @param {string} destination A folder.
 * @returns {Promise<{main: Packed, platform: Packed, cuda?: Packed, source: Packed}>}
 */
async function pack(destination) {
  await generate();
  fs.mkdirSync(destination, { recursive: true });
  // Not in the checkout: several may pack at a time.
  const stages = fs.mkdtempSync(path.join(os.tmpdir(), 'tfjs-native-pack-'));
  try {
    return {
      main: packMain(stages, destination),
      platform: packPlatform(stages, destination),
      cuda: packCuda(stages, destination),
      source: packSource(stages, destination),
    };
  } finally {
    fs.rmSync(stages, { recursive: true });
  }
}

module.exports = { pack };

if (require.main === module) {
  pack(path.resolve(process.argv[2] ?? path.join(ROOT, 'build'))).then(
    (packages) => {
      for (const one of Object.values(packages)) {
        if (one) console.log(`${one.tarball}  ${(one.unpackedBytes / 1e6).toFixed(1)} MB unpacked`);
      }
    },
    (error) => {
      console.error(`pack: ${error.message}`);
      process.exitCode = 1;
    },
  );
}
