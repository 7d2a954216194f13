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

/**
 * The C library of this process, on Linux.
 * @returns {{name: 'glibc' | 'musl' | 'unknown', version?: string} | undefined}
 */
function libc() {
  if (process.platform !== 'linux') return undefined;
  // A report looks up the names of network addresses unless it is told not to.
  const { excludeNetwork } = /** @type {any} */ (process.report);
  /** @type {any} */ (process.report).excludeNetwork = true;
  const { header } = /** @type {any} */ (process.report.getReport());
  /** @type {any} */ (process.report).excludeNetwork = excludeNetwork;
  if (header.glibcVersionRuntime) return { name: 'glibc', version: header.glibcVersionRuntime };
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

module.exports = { PACKED_PLATFORMS, SOURCE_PACKAGE, platformPackage, libc, describePlatform };
