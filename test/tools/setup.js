'use strict';

// Brings a checkout to where it can run: system packages (installed as root on Debian 12,
// elsewhere named), npm packages, and the release build. Does only what is missing.

const { spawnSync } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { build } = require('./build');

const root = path.join(__dirname, '..', '..');

/**
 * What a build needs of the system: the Debian package, and how to tell that it is there.
 * @type {{package: string, present: () => boolean}[]}
 */
const requirements = [
  { package: 'cmake', present: () => runs('cmake', '--version') },
  { package: 'ninja-build', present: () => runs('ninja', '--version') },
  { package: 'g++', present: () => runs('c++', '--version') },
  { package: 'pkg-config', present: () => runs('pkg-config', '--version') },
  { package: 'libhwy-dev', present: () => runs('pkg-config', '--exists', 'libhwy') },
  { package: 'libjpeg62-turbo-dev', present: () => runs('pkg-config', '--exists', 'libjpeg') },
  { package: 'libpng-dev', present: () => runs('pkg-config', '--exists', 'libpng') },
  { package: 'libgif-dev', present: () => hasHeader('gif_lib.h') },
  { package: 'libwebp-dev', present: () => runs('pkg-config', '--exists', 'libwebpdemux') },
  { package: 'libgtest-dev', present: () => runs('pkg-config', '--exists', 'gtest') },
  { package: 'clang-format', present: () => runs('clang-format', '--version') },
];

/** @param {string} command @param {string[]} args */
function runs(command, ...args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** For a library that pkg-config may not know. @param {string} header */
function hasHeader(header) {
  const source = `#include <stdio.h>\n#include <${header}>`;
  const args = ['-x', 'c', '-E', '-o', os.devNull, '-'];
  return spawnSync('cc', args, { input: source, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}

/** @param {string} command @param {string[]} args */
function run(command, ...args) {
  console.log(`> ${command} ${args.join(' ')}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed`);
}

function isDebianRoot() {
  return fs.existsSync('/etc/debian_version') && process.getuid?.() === 0;
}

function setUpSystem() {
  const missing = requirements.filter((requirement) => !requirement.present());
  if (missing.length === 0) return;
  const packages = missing.map((requirement) => requirement.package);
  if (!isDebianRoot()) {
    throw new Error(
      `These tools are missing: ${packages.join(', ')} (Debian's package names). ` +
        `On Debian and Ubuntu: sudo apt-get install ${packages.join(' ')}`,
    );
  }
  run('apt-get', 'update', '-q');
  run('apt-get', 'install', '-q', '-y', '--no-install-recommends', ...packages);
}

function setUpNpm() {
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'));
  const digest = crypto.createHash('sha256').update(lock).digest('hex');
  const stamp = path.join(root, 'node_modules', '.tfjs-native-setup');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === digest) return;
  // Not `npm ci`: it refuses a lock file made where a registry lacks other platforms' packages.
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  run(npm, 'install', '--no-save', '--no-audit', '--no-fund');
  fs.writeFileSync(stamp, digest);
}

try {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Error(`Node.js 20 or newer is needed, this is ${process.version}`);
  }
  setUpSystem();
  setUpNpm();
  require('./generate-tfjs-extras').generate();
  if (!build('release')) throw new Error('the build failed');
} catch (error) {
  console.error(`setup: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
