'use strict';

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const esbuild = require('esbuild');
const {
  Project,
  ROOT,
  goodFacts,
  importingScript,
  requiringScript,
} = require('./consumer/project');

/** A bundle does not know where the package lies. */
const bundleEnv = {
  TFJS_NATIVE_ADDON:
    process.env.TFJS_NATIVE_ADDON ?? path.join(ROOT, 'build/release/tfjs_native.node'),
};

const NAMES = ['tfjs-native', '@tensorflow/tfjs-node'];

/** @type {Project} */
let project;

beforeAll(() => {
  project = new Project();
  for (const name of NAMES) project.link(name, ROOT);
});

afterAll(() => project.remove());

describe.each(NAMES)('installed as %s', (name) => {
  test('it can be required', async () => {
    project.write('main.cjs', requiringScript(name));
    expect(await project.run('main.cjs')).toEqual(goodFacts);
  });

  test('it can be imported: everything that require() gives, by name and as the default', async () => {
    project.write('main.mjs', importingScript(name));
    expect(await project.run('main.mjs')).toEqual({ ...goodFacts, isDefault: true, isNamed: true });
  });
});

describe('bundled by esbuild', () => {
  // What it imports and what it requires must be one copy in the bundle as well.
  const source = `
    import tf, * as namespace from 'tfjs-native';
    import { facts } from 'facts';
    const required = require('tfjs-native');
    const { default: fallback, ...named } = namespace;
    facts(named, required).then((found) => console.log(
      JSON.stringify({ ...found, isDefault: tf === required && fallback === required }),
    ));
  `;

  test.each([
    ['as it comes', {}],
    ['from the ES modules of its parts', { mainFields: ['module', 'main'] }],
  ])('%s', async (_, options) => {
    const entryPoint = project.write('source.mjs', source);
    const result = await esbuild.build({
      entryPoints: [entryPoint],
      outfile: path.join(project.dir, 'bundle.cjs'),
      bundle: true,
      platform: 'node',
      logLevel: 'silent',
      ...options,
    });
    expect(result.warnings).toEqual([]);
    expect(await project.run('bundle.cjs', bundleEnv)).toEqual({ ...goodFacts, isDefault: true });
  });

  test('left out of the bundle', async () => {
    const entryPoint = project.write('source.mjs', importingScript('tfjs-native'));
    await esbuild.build({
      entryPoints: [entryPoint],
      outfile: path.join(project.dir, 'bundle.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['tfjs-native'],
      logLevel: 'silent',
    });
    expect(await project.run('bundle.mjs')).toEqual({
      ...goodFacts,
      isDefault: true,
      isNamed: true,
    });
  });
});

test.each([
  ['require', `require('tfjs-native')`, []],
  ['import', `import 'tfjs-native'`, ['--input-type=module']],
])('%s prints nothing', (_, code, args) => {
  const all = [...args, '--pending-deprecation', '-e', code];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { cwd: project.dir });
  expect([status, String(stdout), String(stderr)]).toEqual([0, '', '']);
});
