'use strict';

// The native binaries that are packed: stripped, with the shared libraries that a user's system may
// lack beside them.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { ROOT } = require('../files');
const { readElf } = require('./elf');

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
 * @param {string} source @param {string} target
 */
function copyStripped(source, target) {
  const flag = process.platform === 'darwin' ? '-x' : '--strip-unneeded';
  execFileSync('strip', [flag, '-o', target, source]);
}

/**
 * Copies the addon and the libraries that it needs.
 * @param {string} folder
 * @returns {string[]} names of the files, the addon's first
 */
function addAddon(folder) {
  if (!fs.existsSync(ADDON)) {
    throw new Error(`${ADDON} is not there: run \`npm run build\` first`);
  }
  const files = [ADDON, ...bundledLibraries(ADDON)];
  for (const file of files) copyStripped(file, path.join(folder, path.basename(file)));
  if (files.length > 1 && process.platform === 'linux' && readElf(ADDON).path !== '$ORIGIN') {
    throw new Error(`${ADDON} does not look beside itself for the libraries that it needs`);
  }
  return files.map((file) => path.basename(file));
}

/**
 * Copies the CUDA backend. The libraries that it needs are NVIDIA's: users install those, with the
 * driver.
 * @param {string} folder
 * @returns {string[]} its name; nothing where it was not built
 */
function addCudaLibrary(folder) {
  const library = path.join(path.dirname(ADDON), CUDA_LIBRARY);
  if (!fs.existsSync(library)) return [];
  copyStripped(library, path.join(folder, CUDA_LIBRARY));
  return [CUDA_LIBRARY];
}

module.exports = { addAddon, addCudaLibrary };
