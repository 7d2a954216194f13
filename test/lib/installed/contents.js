'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { compareVersions, readElf } = require('../../tools/packing/elf');
const { ROOT } = require('../consumer/project');
const { PLATFORM_PACKAGE } = require('./installation');

/** What may be in the main package: JavaScript, types and texts. No tests, nothing native. */
const MAIN = [
  /^(package\.json|README\.md|LICENSE)$/,
  /^lib\/([a-z-]+\/)*[a-z0-9-]+\.(js|mjs|md)$/,
  /^build\/types\/([a-z-]+\/)*[a-z0-9-]+\.d\.(ts|mts)$/,
];

const PLATFORM = /^(package\.json|README\.md|LICENSE|third-party\.md|[\w-]+\.(node|so[.\d]*))$/;

const SOURCE = [
  /^(package\.json|README\.md|LICENSE|CMakeLists\.txt|CMakePresets\.json|binding\.gyp)$/,
  /^native\//,
];

const MEGABYTE = 1e6;

/** Of the C++ runtime no more than Node.js 20 itself asks for. */
const NODE_NEEDS = { GLIBCXX: '3.4.25', CXXABI: '1.3.11' };

const onLinux = process.platform === 'linux' ? test : test.skip;

/** @param {() => import('./installation').Installation} installation */
module.exports = (installation) => {
  /** @param {string[]} files @param {RegExp[]} allowed */
  const others = (files, allowed) =>
    files.filter((file) => !allowed.some((pattern) => pattern.test(file)));

  test('the main package holds JavaScript, types and texts', () => {
    const { files } = installation().packed.main;
    expect(others(files, MAIN)).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        'README.md',
        'LICENSE',
        'lib/index.js',
        'lib/index.mjs',
        'lib/generated/tfjs-core-extras.js',
        'lib/generated/tfjs-names.mjs',
        'build/types/namespace.d.ts',
        'build/types/namespace.d.mts',
      ]),
    );
  });

  test('the package of the platform holds binaries, and says where they run', () => {
    const { packed } = installation();
    const { manifest } = packed.platform;
    expect(manifest.name).toBe(PLATFORM_PACKAGE);
    expect(others(packed.platform.files, [PLATFORM])).toEqual([]);
    expect(packed.platform.files).toContain('tfjs_native.node');
    expect(manifest).toMatchObject({ os: [process.platform], cpu: [process.arch] });
    if (process.platform === 'linux') expect(manifest.libc).toEqual(['glibc']);
    const { version, optionalDependencies, peerDependencies, peerDependenciesMeta } =
      packed.main.manifest;
    expect(optionalDependencies).toEqual({ [PLATFORM_PACKAGE]: version });
    expect(manifest.version).toBe(version);
    const peers = { 'tfjs-native-source': version, 'tfjs-native-linux-x64-cuda': version };
    expect(peerDependencies).toEqual(peers);
    const optional = Object.values(peerDependenciesMeta);
    expect(optional).toEqual(Object.keys(peers).map(() => ({ optional: true })));
  });

  test('the checkout asks no registry for the package of a platform', () => {
    const checkout = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    expect(checkout.optionalDependencies).toBeUndefined();
  });

  test('all that is installed of ours takes less than 60 MB', () => {
    const { main, platform } = installation().packed;
    expect(main.unpackedBytes).toBeLessThan(2 * MEGABYTE);
    expect(main.unpackedBytes + platform.unpackedBytes).toBeLessThan(60 * MEGABYTE);
  });

  onLinux('the binaries need no newer system than README.md says', () => {
    const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
    const [, glibc] = /** @type {RegExpMatchArray} */ (readme.match(/glibc (\d+\.\d+) or newer/));
    const { needs } = installation().packed.platform.manifest;
    expect(needs).toHaveProperty('GLIBC');
    for (const [library, newest] of Object.entries({ ...NODE_NEEDS, GLIBC: glibc })) {
      expect({
        library,
        newest,
        isFine: compareVersions(needs[library] ?? '0', newest) <= 0,
      }).toEqual({
        library,
        newest,
        isFine: true,
      });
    }
  });

  // So one binary serves all versions of it, and other runtimes that have Node-API.
  onLinux('the addon asks for nothing of Node.js but Node-API', () => {
    const { imports } = readElf(installation().modules(PLATFORM_PACKAGE, 'tfjs_native.node'));
    expect(imports.filter((name) => /^(uv_|_ZNK?2v8|_ZNK?4node)/.test(name))).toEqual([]);
  });

  // Electron's memory cage has no place for memory that is not its own.
  onLinux('the addon lends no memory of its own to JavaScript', () => {
    const { imports } = readElf(installation().modules(PLATFORM_PACKAGE, 'tfjs_native.node'));
    expect(imports).toContain('napi_get_typedarray_info');
    expect(
      imports.filter((name) => /^napi_create_external_(arraybuffer|buffer)/.test(name)),
    ).toEqual([]);
  });

  test('nothing runs when they are installed, but for the package that is there to build', () => {
    const scripts = ['preinstall', 'install', 'postinstall', 'prepare'];
    const { packed } = installation();
    for (const kind of ['main', 'platform']) {
      expect(scripts.filter((name) => name in (packed[kind].manifest.scripts ?? {}))).toEqual([]);
      expect(packed[kind].files.filter((/** @type {string} */ f) => f.endsWith('.gyp'))).toEqual(
        [],
      );
    }
    expect(Object.keys(packed.source.manifest.scripts)).toEqual(['install']);
  });

  test('the package of the source holds what is built, without tests', () => {
    const { files } = installation().packed.source;
    expect(others(files, SOURCE)).toEqual([]);
    expect(files.filter((file) => file.endsWith('_test.cc'))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        'CMakeLists.txt',
        'native/cmake/build-addon.js',
        'native/ops/ops.inc',
      ]),
    );
  });

  test('no text of them knows the machine that it was made on', () => {
    const telling = ['tfjs-native', PLATFORM_PACKAGE].flatMap((name) =>
      fs
        .readdirSync(installation().modules(name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !/\.(node|so[.\d]*)$/.test(entry.name))
        .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
        .filter((file) => fs.readFileSync(file).includes(ROOT)),
    );
    expect(telling).toEqual([]);
  });
};
