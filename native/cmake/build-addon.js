'use strict';

// Builds the addon of this folder with CMake, without tests: the install script of the package that
// holds the source alone, and what binding.gyp calls. Arguments to CMake are taken from the
// environment variable TFJS_NATIVE_CMAKE_ARGS, separated by spaces.

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.resolve(__dirname, '../..');

const TOOLS = [
  ['cmake', 'cmake'],
  ['ninja', 'ninja-build'],
  ['c++', 'g++'],
  ['pkg-config', 'pkg-config'],
];

/** @param {string} command @param {string[]} args */
function runs(command, ...args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Debian's names of the packages that are missing. */
function missingPackages() {
  const missing = TOOLS.filter(([command]) => !runs(command, '--version')).map(([, name]) => name);
  if (!runs('pkg-config', '--exists', 'libhwy')) missing.push('libhwy-dev');
  return missing;
}

/** @param {string[]} args */
function cmake(...args) {
  const { status } = spawnSync('cmake', args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error(`cmake ${args.join(' ')} failed`);
}

try {
  const missing = missingPackages();
  if (missing.length > 0) {
    throw new Error(
      `these tools are missing: ${missing.join(', ')} (Debian's package names). ` +
        `On Debian and Ubuntu: sudo apt-get install ${missing.join(' ')}`,
    );
  }
  const args = (process.env.TFJS_NATIVE_CMAKE_ARGS ?? '').split(' ').filter(Boolean);
  cmake('--preset', 'release', '-DTFJS_NATIVE_TESTS=OFF', ...args);
  cmake('--build', path.join(root, 'build/release'), '--target', 'tfjs_native');
} catch (error) {
  console.error(`tfjs-native: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
