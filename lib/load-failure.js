'use strict';

// What to tell, and to advise, where the addon cannot be loaded. Never run where it can.

const fs = require('node:fs');
const { version: ownVersion } = require('../package.json');
const {
  PACKED_PLATFORMS,
  SOURCE_PACKAGE,
  describePlatform,
  libc,
  platformPackage,
} = require('./platform');

/** Architectures by their numbers in ELF files. */
const MACHINES = new Map([
  [0x03, 'ia32'],
  [0x28, 'arm'],
  [0x3e, 'x64'],
  [0xb7, 'arm64'],
]);

const BUILD_ADVICE =
  `Or build it here, with CMake, Ninja and a C++20 compiler:\n` +
  `    npm install ${SOURCE_PACKAGE}@${ownVersion} --foreground-scripts`;

/** @param {string[]} lines @param {unknown} [cause] */
function failure(lines, cause) {
  return new Error(`tfjs-native: ${lines.join('\n  ')}`, { cause });
}

/**
 * @param {string} name of a package with an addon
 * @param {string} found
 * @throws {Error} when its version is not that of this package: they are made for each other.
 */
function checkVersion(name, found) {
  if (found === ownVersion) return;
  throw failure([
    `the package ${name} has version ${found}, this one ${ownVersion}, and they belong together. Run:`,
    `  npm install ${name}@${ownVersion} --save-optional`,
  ]);
}

/**
 * The error where no addon is anywhere.
 * @param {string[]} tried The places.
 * @returns {Error}
 */
function nothingFound(tried) {
  const lines = [`no native binary for this platform (${describePlatform()}).`, 'Looked for:'];
  lines.push(...tried.map((where) => `  ${where}`), ...advice());
  return failure(lines);
}

/** @returns {string[]} */
function advice() {
  if (process.env.TFJS_NATIVE_ADDON) {
    return [
      'The environment variable TFJS_NATIVE_ADDON names that file: unset it, or name another.',
    ];
  }
  const isPacked = PACKED_PLATFORMS.includes(`${process.platform}-${process.arch}`);
  if (isPacked && libc()?.name !== 'musl') {
    return [
      'It is an optional dependency, which npm leaves out with --omit=optional, and where a lock file',
      'or node_modules was made on another platform. Run:',
      `  npm install ${platformPackage()}@${ownVersion} --save-optional`,
      'In a checkout of the source, run:',
      '  npm run build',
    ];
  }
  const packed = PACKED_PLATFORMS.map((name) => name.replace('-', ' ')).join(', ');
  return [
    `Binaries are made for ${packed} with glibc: use such an image (node:22-slim, not an alpine one).`,
    BUILD_ADVICE,
  ];
}

/**
 * The error where the system refuses to load an addon that is there.
 * @param {string} file
 * @param {Error & {code?: string}} cause
 * @returns {Error}
 */
function loadingFailed(file, cause) {
  const first = `${file} cannot be loaded on this platform (${describePlatform()}):`;
  return failure([first, cause.message.trim(), ...explanation(file, cause)], cause);
}

/**
 * @param {string} file
 * @returns {string | undefined} the architecture that an ELF file is for, as Node.js calls it
 */
function builtFor(file) {
  const header = Buffer.alloc(20);
  const handle = fs.openSync(file, 'r');
  try {
    fs.readSync(handle, header, 0, header.length, 0);
  } finally {
    fs.closeSync(handle);
  }
  if (header.toString('latin1', 1, 4) !== 'ELF') return undefined;
  return MACHINES.get(header.readUInt16LE(18)) ?? 'another architecture';
}

/** @param {string} file @param {Error & {code?: string}} cause @returns {string[]} */
function explanation(file, { code, message }) {
  if (code === 'ERR_DLOPEN_DISABLED') {
    return [
      'Node.js was started with permissions that leave addons out. Start it with:',
      '  node --permission --allow-addons --allow-fs-read=* (Node.js 20: --experimental-permission)',
    ];
  }
  const built = process.platform === 'linux' ? builtFor(file) : process.arch;
  if (built !== process.arch) {
    return built === undefined
      ? ['The file is damaged, or no binary for Linux. Install the package that it is from again.']
      : [
          `It is a binary for ${built}: node_modules must not be copied from another architecture. Run:`,
          `  npm install ${platformPackage()}@${ownVersion} --save-optional`,
        ];
  }
  const [, library, version] = message.match(/version [`']([A-Z]+)_([\d.]+)' not found/) ?? [];
  if (library === 'GLIBC') {
    return [
      `It needs glibc ${version} or newer, and this system has ${libc()?.version ?? 'another C library'}:`,
      'use a newer distribution or image.',
      BUILD_ADVICE,
    ];
  }
  if (library !== undefined) {
    return [
      `It needs the C++ runtime libstdc++ with ${library}_${version}; this system's is older.`,
      BUILD_ADVICE,
    ];
  }
  const [, missing] = message.match(/([\w+.-]+\.so[.\d]*): cannot open shared object/) ?? [];
  if (missing !== undefined) {
    return [
      `The shared library ${missing} is missing: it must lie beside the addon, or be one of the system.`,
      'If it belongs to the package, install that again:',
      `  npm install ${platformPackage()}@${ownVersion} --save-optional --force`,
    ];
  }
  return [BUILD_ADVICE];
}

module.exports = { checkVersion, loadingFailed, nothingFound };
