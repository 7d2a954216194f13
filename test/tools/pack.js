'use strict';

// Makes the npm tarball for this platform: with the release build's addon in it, stripped, with the
// shared libraries that a user's system may lack, and with the type declarations.
//
// usage: node test/tools/pack.js [folder]
//   folder  where the tarball goes; build/ unless given

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { runPackage } = require('./command');
const { ROOT } = require('./files');
const { generate } = require('./generate-tfjs-extras');

const PREBUILT_DIR = path.join(ROOT, 'lib/prebuilt', `${process.platform}-${process.arch}`);
const TYPES_DIR = path.join(ROOT, 'build/types');

/** Built here, or where TFJS_NATIVE_ADDON says. */
const ADDON = process.env.TFJS_NATIVE_ADDON ?? path.join(ROOT, 'build/release/tfjs_native.node');

/** The backend for NVIDIA GPUs, which lies beside the addon where it could be built. */
const CUDA_LIBRARY = 'tfjs_native_cuda.so';

/** What every system that runs Node.js has: the runtimes of C and C++. */
const SYSTEM_LIBRARY =
  /^(linux-vdso|ld-linux.*|libc|libm|libdl|libpthread|librt|libgcc_s|libstdc\+\+)\.so/;

/**
 * @param {string} file
 * @returns {string[]} paths of the shared libraries that it needs, the system's own left out
 */
function bundledLibraries(file) {
  if (process.platform !== 'linux') return [];
  const lines = execFileSync('ldd', [file], { encoding: 'utf8' }).trim().split('\n');
  return lines.flatMap((line) => {
    const [, name, where] = line.match(/^\s*(\S+)(?: => (.*?))?(?: \(0x\w+\))?$/) ?? [];
    if (where === 'not found') throw new Error(`${file} needs ${name}, which is not there`);
    return where && !SYSTEM_LIBRARY.test(name) ? [where] : [];
  });
}

/**
 * Copies a binary without its symbols.
 *
 * @param {string} source
 * @param {string} name of the copy in the package
 */
function addBinary(source, name) {
  const target = path.join(PREBUILT_DIR, name);
  const flag = process.platform === 'darwin' ? '-x' : '--strip-unneeded';
  execFileSync('strip', [flag, '-o', target, source]);
}

/** Puts the native binaries for this platform into lib/prebuilt/. */
function addBinaries() {
  if (!fs.existsSync(ADDON)) {
    throw new Error(`${ADDON} is not there: run \`npm run build\` first`);
  }
  fs.rmSync(PREBUILT_DIR, { recursive: true, force: true });
  fs.mkdirSync(PREBUILT_DIR, { recursive: true });
  addBinary(ADDON, path.basename(ADDON));
  for (const library of bundledLibraries(ADDON)) addBinary(library, path.basename(library));
  // Its libraries are NVIDIA's: users install those, with the driver.
  const cuda = path.join(path.dirname(ADDON), CUDA_LIBRARY);
  if (fs.existsSync(cuda)) addBinary(cuda, CUDA_LIBRARY);
}

/** Makes build/types/ anew. */
function emitTypes() {
  fs.rmSync(TYPES_DIR, { recursive: true, force: true });
  if (runPackage('typescript', ['--project', 'tsconfig.json']) !== 0) {
    throw new Error('the types are wrong');
  }
}

/**
 * Makes the tarball.
 *
 * @param {string} folder where it goes
 * @returns {Promise<{tarball: string, files: string[]}>} its path, and the paths in it
 */
async function pack(folder) {
  await generate();
  addBinaries();
  emitTypes();
  fs.mkdirSync(folder, { recursive: true });
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const args = ['pack', '--json', '--offline', '--pack-destination', folder];
  const [report] = JSON.parse(execFileSync(npm, args, { cwd: ROOT, encoding: 'utf8' }));
  return {
    tarball: path.join(folder, report.filename),
    files: report.files.map((/** @type {{path: string}} */ file) => file.path),
  };
}

module.exports = { pack };

if (require.main === module) {
  pack(path.resolve(process.argv[2] ?? path.join(ROOT, 'build'))).then(
    ({ tarball }) => console.log(tarball),
    (error) => {
      console.error(`pack: ${error.message}`);
      process.exitCode = 1;
    },
  );
}
