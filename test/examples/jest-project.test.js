'use strict';

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { EXAMPLES } = require('./support');

const DIR = path.join(EXAMPLES, 'jest-project');
const JEST = path.join(path.dirname(require.resolve('jest/package.json')), 'bin/jest.js');

test.each([[['--maxWorkers=2']], [['--runInBand', '--detectOpenHandles']]])('%j', (args) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [JEST, '--config', path.join(DIR, 'jest.config.js'), '--json', ...args],
    { cwd: DIR, encoding: 'utf8' },
  );
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(stdout);
  expect(testResults.map(({ message }) => message).join('')).toBe('');
  expect({ status, numFailedTests }).toEqual({ status: 0, numFailedTests: 0 });
  expect(numPassedTests).toBe(4);
  expect(stderr).not.toMatch(/did not exit|open handle|force exited/i);
});
