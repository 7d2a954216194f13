'use strict';

// The package.json of each package, made of the checkout's own.

const fs = require('node:fs');
const path = require('node:path');
const { ROOT } = require('../files');
const {
  PACKED_PLATFORMS,
  SOURCE_PACKAGE,
  cudaPackage,
  platformPackage,
} = require('../../../lib/platform');
const { neededVersions } = require('./elf');

const checkout = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));

/** What all of them say. */
function common() {
  const { version, license, keywords, engines } = checkout;
  return { version, license, keywords, engines };
}

/** Where binaries made on this machine run: npm installs them nowhere else. */
function platformFields() {
  const fields = { os: [process.platform], cpu: [process.arch] };
  return process.platform === 'linux' ? { ...fields, libc: ['glibc'] } : fields;
}

/**
 * The package that users ask for: JavaScript alone, which the checkout's package.json describes but
 * for what only a checkout can do. It names the packages with binaries, of which npm takes the one
 * that fits; the checkout's own must not, since they need not be published for it to be set up.
 */
function mainManifest() {
  const manifest = { ...checkout };
  for (const field of ['devDependencies', 'scripts', 'gypfile', 'files']) delete manifest[field];
  const { version } = checkout;
  const platforms = PACKED_PLATFORMS.map((platform) => {
    const [os, cpu] = platform.split('-');
    return platformPackage(/** @type {NodeJS.Platform} */ (os), cpu);
  });
  manifest.optionalDependencies = Object.fromEntries(platforms.map((name) => [name, version]));
  // Installed by users alone. Named, so that package managers let this package see them.
  const others = [SOURCE_PACKAGE, ...platforms.map(cudaPackage)];
  manifest.peerDependencies = Object.fromEntries(others.map((name) => [name, version]));
  manifest.peerDependenciesMeta = Object.fromEntries(
    others.map((name) => [name, { optional: true }]),
  );
  return manifest;
}

/**
 * @param {string} folder with the binaries
 * @param {string[]} files The addon's first.
 */
function platformManifest(folder, files) {
  return {
    name: platformPackage(),
    description: `The native binaries of ${checkout.name} for ${process.platform} ${process.arch}`,
    ...common(),
    main: files[0],
    ...platformFields(),
    // For package managers that keep packages in archives: the system loads no library from there.
    preferUnplugged: true,
    needs:
      process.platform === 'linux' ? neededVersions(files.map((f) => path.join(folder, f))) : {},
  };
}

/** @param {string} file */
function cudaManifest(file) {
  return {
    name: cudaPackage(platformPackage()),
    description: `The CUDA backend of ${checkout.name} for ${process.platform} ${process.arch}`,
    ...common(),
    main: file,
    ...platformFields(),
    preferUnplugged: true,
  };
}

/** The package that builds the addon where it is installed. */
function sourceManifest() {
  const { devDependencies } = checkout;
  return {
    name: SOURCE_PACKAGE,
    description: `The source of the native code of ${checkout.name}, built when it is installed`,
    ...common(),
    main: 'build/release/tfjs_native.node',
    scripts: { install: 'node native/cmake/build-addon.js' },
    dependencies: {
      'node-addon-api': devDependencies['node-addon-api'],
      'node-api-headers': devDependencies['node-api-headers'],
    },
    preferUnplugged: true,
  };
}

module.exports = { mainManifest, platformManifest, cudaManifest, sourceManifest };
