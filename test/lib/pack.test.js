'use strict';

const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { pack } = require('../tools/pack');
const {
  Project,
  ROOT,
  goodFacts,
  importingScript,
  requiringScript,
} = require('./consumer/project');

const MODULES = path.join(ROOT, 'node_modules');
const PREBUILT = `lib/prebuilt/${process.platform}-${process.arch}`;

/** What may be in the package: no tests, no sources of native code or of types, nothing to build. */
const ALLOWED = [
  /^(package\.json|README\.md|LICENSE)$/,
  /^lib\/([a-z-]+\/)*[a-z-]+\.(js|mjs|md)$/,
  /^lib\/prebuilt\/\w+-\w+\/[\w-]+\.(node|so[.\d]*)$/,
  /^build\/types\/([a-z-]+\/)*[a-z-]+\.d\.(ts|mts)$/,
];

/** An environment without compilers, without this checkout's settings, without anything. */
const BARE = { PATH: '' };

/** @type {Project} */
let project;
/** @type {string[]} */
let files;
/** @type {any} */
let manifest;

beforeAll(async () => {
  project = new Project();
  const packed = await pack(project.dir);
  files = packed.files;
  execFileSync('tar', ['-xzf', packed.tarball, '-C', project.dir]);
  const unpacked = path.join(project.dir, 'package');
  manifest = JSON.parse(fs.readFileSync(path.join(unpacked, 'package.json'), 'utf8'));
  for (const name of ['tfjs-native', '@tensorflow/tfjs-node']) {
    fs.cpSync(unpacked, path.join(project.dir, 'node_modules', name), { recursive: true });
  }
  // Only what the package declares.
  for (const name of Object.keys(manifest.dependencies)) {
    project.link(name, path.join(MODULES, name));
  }
}, 120_000);

afterAll(() => project.remove());

test('the package holds what it needs and nothing else', () => {
  expect(files.filter((file) => !ALLOWED.some((pattern) => pattern.test(file)))).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining([
      'README.md',
      'LICENSE',
      'lib/index.js',
      'lib/index.mjs',
      'lib/generated/tfjs-core-extras.js',
      'lib/generated/tfjs-names.mjs',
      `${PREBUILT}/tfjs_native.node`,
      'build/types/namespace.d.ts',
      'build/types/namespace.d.mts',
    ]),
  );
});

test('nothing runs when it is installed', () => {
  const scripts = ['preinstall', 'install', 'postinstall', 'prepare'];
  expect(scripts.filter((name) => name in (manifest.scripts ?? {}))).toEqual([]);
  expect(files.filter((file) => file.endsWith('.gyp'))).toEqual([]);
});

test('no file of it knows the machine that it was made on', () => {
  const folder = path.join(project.dir, 'package');
  const texts = files.filter((file) => !file.startsWith('lib/prebuilt/'));
  const telling = texts.filter((file) => fs.readFileSync(path.join(folder, file)).includes(ROOT));
  expect(telling).toEqual([]);
});

describe.each(['tfjs-native', '@tensorflow/tfjs-node'])('installed as %s', (name) => {
  test('it can be required', async () => {
    project.write('main.cjs', requiringScript(name));
    expect(await project.run('main.cjs', BARE)).toEqual(goodFacts);
  });

  test('it can be imported', async () => {
    project.write('main.mjs', importingScript(name));
    const expected = { ...goodFacts, isDefault: true, isNamed: true };
    expect(await project.run('main.mjs', BARE)).toEqual(expected);
  });
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('it loads its own binaries, and those of the system', async () => {
  project.write(
    'maps.cjs',
    `require('tfjs-native');
     const maps = require('node:fs').readFileSync('/proc/self/maps', 'utf8');
     const files = maps.split('\\n').map((line) => line.split(/\\s+/)[5] ?? '');
     console.log(JSON.stringify([...new Set(files)].filter((file) => file.startsWith('/'))));`,
  );
  const loaded = await project.run('maps.cjs', BARE);
  const own = path.join(project.dir, 'node_modules/tfjs-native', PREBUILT);
  const inPackage = files
    .filter((file) => file.startsWith(`${PREBUILT}/`))
    .map((file) => path.posix.basename(file));
  // The library for GPUs is loaded only where there is one.
  for (const name of inPackage.filter((file) => file !== 'tfjs_native_cuda.so')) {
    expect(loaded.filter((file) => path.basename(file) === name)).toEqual([path.join(own, name)]);
  }
});

describe('TypeScript', () => {
  const tsc = path.join(MODULES, 'typescript/bin/tsc');

  beforeAll(() => {
    const source = fs.readFileSync(path.join(__dirname, 'consumer/usage.mts'), 'utf8');
    const names = Object.keys(require('../../lib')).map((name) => `'${name}'`);
    const declaration = `export type Names = ${names.join(' | ')};`;
    for (const extension of ['ts', 'mts', 'cts']) {
      project.write(`types/usage.${extension}`, source.replace('./names.js', './names'));
    }
    project.write('types/usage.mts', source.replace('./names.js', './names.cjs'));
    project.write('types/names.ts', declaration);
    project.write('types/names.cts', declaration);
  });

  test.each([
    ['ES modules', ['--module', 'nodenext'], 'usage.mts'],
    ['CommonJS modules', ['--module', 'nodenext'], 'usage.cts'],
    ['bundlers', ['--module', 'esnext', '--moduleResolution', 'bundler'], 'usage.ts'],
    ['the old resolution', ['--module', 'commonjs', '--moduleResolution', 'node10'], 'usage.ts'],
  ])('%s', (_, options, file) => {
    const common = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022'];
    const args = [tsc, ...common, ...options, path.join(project.dir, 'types', file)];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});
