'use strict';

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { ROOT } = require('../consumer/project');
const { BARE } = require('./installation');

const JEST = path.join(ROOT, 'node_modules/jest/bin/jest.js');

/**
 * Runs Jest in a project.
 * @param {import('../consumer/project').Project} project
 * @param {'node' | 'jsdom'} environment
 * @param {string} file of the project
 */
function runJest(project, environment, file) {
  const config = {
    rootDir: project.dir,
    testMatch: [path.join(project.dir, file)],
    testEnvironment: require.resolve(`jest-environment-${environment}`),
    transform: {},
    moduleFileExtensions: ['js', 'cjs', 'json', 'node'],
  };
  const args = [JEST, '--ci', '--json', '--no-cache', '--config', JSON.stringify(config)];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: project.dir,
    env: BARE,
    encoding: 'utf8',
  });
  const report = stdout === '' ? {} : JSON.parse(stdout);
  return { passed: report.numPassedTests, failed: report.numFailedTests, stderr };
}

module.exports = { runJest };
