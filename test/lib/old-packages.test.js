'use strict';

// Packages of the public registry that were made for older TensorFlow.js, installed with the
// overrides that lib/docs/old-packages.md gives, on the native backend and on tfjs's cpu backend.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { version } = require('../../package.json');
const { ROOT } = require('./consumer/project');
const { BARE, Installation } = require('./installed/installation');
const { writeModel } = require('./installed/models');
const { publicRegistry } = require('./installed/public-registry');

const MODELS = path.join(ROOT, '../shared/models');

const PACKAGES = {
  '@tensorflow-models/knn-classifier': '1.2.2',
  '@tensorflow-models/mobilenet': '2.0.4',
  '@tensorflow-models/blazeface': '0.0.7',
  nsfwjs: '2.4.2',
  '@vladmandic/face-api': '1.7.15',
};

/** Of the larger of the two numbers. */
const RELATIVE_TOLERANCE = 1e-3;

const registry = publicRegistry();
if (registry === undefined) console.warn('no registry of npm: packages for older tfjs are skipped');
const areModelsThere = fs.existsSync(MODELS);
if (!areModelsThere)
  console.warn('../shared/models is missing: two packages for older tfjs are skipped');

const describeOnline = registry === undefined ? describe.skip : describe;

/** The overrides of the documentation, for the version that is tested. */
function documentedOverrides() {
  const page = fs.readFileSync(path.join(ROOT, 'lib/docs/old-packages.md'), 'utf8');
  const [, json] = /** @type {RegExpMatchArray} */ (page.match(/```json\n([^]*?)```/));
  return JSON.parse(json).overrides;
}

/** Asserts that two results agree, numbers within the tolerance. */
function expectAlike(/** @type {any} */ result, /** @type {any} */ expected, where = 'result') {
  if (typeof expected === 'number') {
    const difference = Math.abs(result - expected) / Math.max(1, Math.abs(expected));
    expect({ where, result, isClose: difference <= RELATIVE_TOLERANCE }).toEqual({
      where,
      result,
      isClose: true,
    });
  } else if (expected !== null && typeof expected === 'object') {
    expect({ where, keys: Object.keys(result) }).toEqual({ where, keys: Object.keys(expected) });
    for (const key of Object.keys(expected))
      expectAlike(result[key], expected[key], `${where}.${key}`);
  } else {
    expect({ where, value: result }).toEqual({ where, value: expected });
  }
}

describeOnline('packages for older TensorFlow.js', () => {
  const installation = new Installation();
  /** @type {Record<string, string>} */
  let paths;

  beforeAll(async () => {
    installation.registry.upstream = registry;
    const overrides = documentedOverrides();
    // Required by a package that does not depend on it.
    const undeclared = { '@tensorflow/tfjs-node': overrides['@tensorflow/tfjs-node'] };
    const dependencies = { 'tfjs-native': version, ...PACKAGES, ...undeclared };
    await installation.make({ dependencies, overrides });
    const { project } = installation;
    const programs = path.join(__dirname, 'old-packages/programs.cjs');
    project.copy(programs, 'programs.cjs');
    paths = {
      models: MODELS,
      mobilenet: path.join(project.dir, 'mobilenet'),
      nsfw: path.join(project.dir, 'nsfw'),
    };
    writeModel(paths.mobilenet, 1001);
    writeModel(paths.nsfw, 5);
  }, 600_000);

  afterAll(() => installation.remove());

  /** @param {string} name */
  function run(name) {
    const args = [path.join(installation.project.dir, 'programs.cjs'), name, JSON.stringify(paths)];
    const output = execFileSync(process.execPath, args, {
      env: BARE,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return JSON.parse(output.slice(output.lastIndexOf('\n')));
  }

  test('there is one copy of each part of tfjs', () => {
    const found = fs
      .readdirSync(installation.modules(), { recursive: true, encoding: 'utf8' })
      .filter((file) =>
        /@tensorflow\/tfjs-(core|converter|layers|data)\/package\.json$/.test(file),
      );
    expect(found.sort()).toEqual(
      ['converter', 'core', 'data', 'layers'].map(
        (part) => `@tensorflow/tfjs-${part}/package.json`,
      ),
    );
  });

  test.each(['knn-classifier', 'mobilenet', 'nsfwjs'])('%s', (name) => {
    const { onednn, cpu } = run(name);
    expect(Object.keys(cpu).length).toBeGreaterThan(1);
    expectAlike(onednn, cpu);
  });

  const withModels = areModelsThere ? test.each : test.skip.each;
  withModels(['blazeface', 'face-api'])('%s, on a photo', (name) => {
    const { onednn, cpu } = run(name);
    expect(cpu).toHaveLength(1);
    expectAlike(onednn, cpu);
  });
});
