'use strict';

// What this process runs on, and the names of the packages that carry binaries.

const fs = require('node:fs');

/** Platforms that a package with binaries is made for; on Linux with glibc only. */
const PACKED_PLATFORMS = ['linux-x64'];

/** The package that builds the addon where it is installed. */
const SOURCE_PACKAGE = 'tfjs-native-source';

/** Name of the package with the binaries for a platform. */
function platformPackage(platform = process.platform, arch = process.arch) {
  return `tfjs-native-${platform}-${arch}`;
}

/** Name of the package with the CUDA backend that goes with another. @param {string} name */
function cudaPackage(name) {
  return `${name}-cuda`;
}

/** @returns {string | undefined} undefined also where the runtime does not tell */
function glibcVersion() {
  const report = /** @type {any} */ (process.report);
  if (typeof report?.getReport !== 'function') return undefined;
  // A report looks up the names of network addresses unless it is told not to.
  const { excludeNetwork } = report;
  report.excludeNetwork = true;
  const { header } = report.getReport();
  report.excludeNetwork = excludeNetwork;
  return header?.glibcVersionRuntime;
}

/**
 * The C library of this process, on Linux.
 * @returns {{name: 'glibc' | 'musl' | 'unknown', version?: string} | undefined}
 */
function libc() {
  if (process.platform !== 'linux') return undefined;
  const version = glibcVersion();
  if (version !== undefined) return { name: 'glibc', version };
  const isMusl =
    fs.existsSync('/lib') && fs.readdirSync('/lib').some((f) => f.startsWith('ld-musl-'));
  return { name: isMusl ? 'musl' : 'unknown' };
}

/** Like `linux x64, glibc 2.36`. */
function describePlatform() {
  const found = libc();
  const parts = found === undefined ? [] : [found.name, found.version].filter(Boolean);
  return [`${process.platform} ${process.arch}`, parts.join(' ')].filter(Boolean).join(', ');
}

module.exports = {
  PACKED_PLATFORMS,
  SOURCE_PACKAGE,
  cudaPackage,
  platformPackage,
  libc,
  describePlatform,
};
