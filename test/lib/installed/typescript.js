'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { ROOT } = require('../consumer/project');

/** @param {() => import('./installation').Installation} installation */
module.exports = (installation) => {
  describe('TypeScript', () => {
    const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');

    beforeAll(() => {
      const source = fs.readFileSync(path.join(__dirname, '../consumer/usage.mts'), 'utf8');
      const names = Object.keys(require('../../../lib')).map((name) => `'${name}'`);
      const declaration = `export type Names = ${names.join(' | ')};`;
      for (const extension of ['ts', 'mts', 'cts']) {
        installation().project.write(
          `types/usage.${extension}`,
          source.replace('./names.js', './names'),
        );
      }
      installation().project.write('types/usage.mts', source.replace('./names.js', './names.cjs'));
      installation().project.write('types/names.ts', declaration);
      installation().project.write('types/names.cts', declaration);
    });

    test.each([
      ['ES modules', ['--module', 'nodenext'], 'usage.mts'],
      ['CommonJS modules', ['--module', 'nodenext'], 'usage.cts'],
      ['bundlers', ['--module', 'esnext', '--moduleResolution', 'bundler'], 'usage.ts'],
      ['the old resolution', ['--module', 'commonjs', '--moduleResolution', 'node10'], 'usage.ts'],
    ])('%s', (_, options, file) => {
      const common = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022'];
      const args = [
        tsc,
        ...common,
        ...options,
        path.join(installation().project.dir, 'types', file),
      ];
      const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      expect(stdout).toBe('');
      expect(status).toBe(0);
    });
  });
};
