'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');

const DIR = path.join(__dirname, 'fixtures/jest-client');

/** Runs Jest on the client's two test files, in a process of its own. */
function runJest(...args) {
  const jest = path.join(path.dirname(require.resolve('jest/package.json')), 'bin/jest.js');
  const resultFile = path.join(
    fs.mkdtempSync(path.join(require('node:os').tmpdir(), 'tfjs-')),
    'r',
  );
  const jestArgs = ['--config', path.join(DIR, 'jest.config.js'), '--json'];
  const { status, signal, stderr } = spawnSync(
    process.execPath,
    [jest, ...jestArgs, `--outputFile=${resultFile}`, ...args],
    { cwd: DIR, encoding: 'utf8', timeout: 300_000, killSignal: 'SIGKILL' },
  );
  const results = fs.existsSync(resultFile) ? JSON.parse(fs.readFileSync(resultFile, 'utf8')) : {};
  fs.rmSync(path.dirname(resultFile), { recursive: true });
  return { status, signal, stderr, results };
}

test.each([
  ['in one process', ['--runInBand']],
  ['in one process, looking for what keeps it alive', ['--runInBand', '--detectOpenHandles']],
  ['in two processes', ['--maxWorkers=2']],
  ['in two threads', ['--maxWorkers=2', '--workerThreads']],
])('Jest as a client: node and jsdom %s', (_, args) => {
  const { status, signal, stderr, results } = runJest(...args);
  const failures = (results.testResults ?? []).map(({ message }) => message).join('');
  expect(failures).toBe('');
  expect({ status, signal }).toEqual({ status: 0, signal: null });
  expect(results.numPassedTests).toBe(2);
  expect(stderr).not.toMatch(/did not exit|open handle|force exited|failed to exit/i);
  expect(stderr).not.toMatch(/console\.(warn|error)/);
});
