'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { ROOT } = require('../consumer/project');
const { BARE } = require('./installation');
const { runJest } = require('./jest');

const TSC = path.join(ROOT, 'node_modules/typescript/bin/tsc');
const CONSUMER = path.join(__dirname, '../consumer');

/** @param {string} name */
const fixture = (name) => fs.readFileSync(path.join(CONSUMER, name), 'utf8');

/** @param {() => import('./installation').Installation} installation */
module.exports = (installation) => {
  /** @param {string[]} options @param {string[]} files */
  function compile(options, files) {
    const common = ['--strict', '--skipLibCheck', '--target', 'es2022'];
    const cwd = path.join(installation().project.dir, 'types');
    const args = [TSC, ...common, ...options, ...files];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
    return { status, stdout };
  }

  beforeAll(() => {
    const { project } = installation();
    project.link('@jest/globals', path.join(ROOT, 'node_modules/@jest/globals'));
    const names = Object.keys(require('../../../lib')).map((name) => `'${name}'`);
    const declaration = `export type Names = ${names.join(' | ')};`;
    project.write('types/names.ts', declaration);
    project.write('types/names.cts', declaration);
    const usage = fixture('usage.mts');
    project.write('types/usage.ts', usage.replace('./names.js', './names'));
    project.write('types/usage.mts', usage.replace('./names.js', './names.cjs'));
    project.write('types/usage.cts', usage.replace('./names.js', './names.cjs'));
    project.write('types/program.mts', fixture('program.mts'));
    project.write('types/program.cts', fixture('program.mts'));
    project.write('types/program.test.cts', fixture('jest.test.mts'));
  });

  test('projects of ES modules, of CommonJS modules and for Jest compile, and run', async () => {
    const files = ['usage.mts', 'usage.cts', 'program.mts', 'program.cts', 'program.test.cts'];
    const options = ['--module', 'nodenext', '--outDir', '.'];
    expect(compile(options, files)).toEqual({ status: 0, stdout: '' });
    const { project } = installation();
    for (const file of ['types/program.mjs', 'types/program.cjs']) {
      expect(await project.run(file, BARE)).toEqual([0, 2]);
    }
    expect(runJest(project, 'node', 'types/program.test.cjs')).toMatchObject({
      passed: 1,
      failed: 0,
    });
  });

  test.each([
    ['bundlers', ['--module', 'esnext', '--moduleResolution', 'bundler']],
    ['the old resolution', ['--module', 'commonjs', '--moduleResolution', 'node10']],
  ])('%s find the types', (_, options) => {
    expect(compile(['--noEmit', ...options], ['usage.ts'])).toEqual({ status: 0, stdout: '' });
  });
};
