'use strict';

// What is run on each machine. A part is some processes; one that crashes is a failure with a name,
// and what can go on without it does.

const fs = require('node:fs');
const path = require('node:path');
const { networks } = require('../bench/networks');
const { areFixturesThere } = require('../models/fixtures');
const { countGoogleTest, countJest } = require('../tools/test-counts');
const { ROOT, runOn } = require('./child');
const { shellVariables } = require('./machines');

/** @typedef {import('./machines').Machine} Machine */

/**
 * @typedef {object} Failure
 * @property {string} name
 * @property {string} problem
 * @property {string} again The command that runs it alone.
 */

/**
 * @typedef {object} Outcome
 * @property {number} passed
 * @property {number} skipped
 * @property {Failure[]} failures
 */

/**
 * @typedef {object} Options
 * @property {string} folder For results.
 * @property {number} seed Of the fuzz.
 * @property {number} calls Of the fuzz, for each operator.
 */

const NATIVE_TESTS = 'build/release/native_tests';
const JEST = require.resolve('jest/bin/jest');
/** Crashes of the native tests on one machine after which the rest is given up. */
const MOST_CRASHES = 20;

/** @param {Machine} machine @param {string} command */
const again = (machine, command) => shellVariables(machine.env) + command;

/** @param {string} file */
const readJson = (file) => (fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : null);

/** @param {string} text */
const lastLine = (text) => text.trim().split('\n').pop() ?? '';

/** Names of the suites of the files that test the CPU's kernels. */
function cpuSuites() {
  const files = fs.readdirSync(path.join(ROOT, 'native'), { recursive: true, encoding: 'utf8' });
  const texts = files
    .filter((file) => file.endsWith('_test.cc'))
    .map((file) => fs.readFileSync(path.join(ROOT, 'native', file), 'utf8'))
    .filter((text) => text.includes('#include "backends/cpu/'));
  const names = texts.flatMap((text) =>
    Array.from(text.matchAll(/^(?:TYPED_)?TEST(?:_[FP])?\((\w+),/gm), ([, name]) => name),
  );
  return [...new Set(names)];
}

/**
 * GoogleTest writes no results when it crashes: then it runs again without the test that crashed.
 * @param {Machine} machine @param {Options} options @returns {Promise<Outcome>}
 */
async function runNative(machine, { folder }) {
  const suites = cpuSuites().map((suite) => `${suite}.*:*/${suite}.*`);
  const resultFile = path.join(folder, 'native.json');
  /** @type {Failure[]} */
  const failures = [];
  const fail = (/** @type {string} */ name, /** @type {string} */ problem) =>
    failures.push({
      name,
      problem,
      again: again(machine, `${NATIVE_TESTS} --gtest_filter=${name}`),
    });
  for (let crashes = 0; crashes < MOST_CRASHES; crashes++) {
    fs.rmSync(resultFile, { force: true });
    const left = failures.map(({ name }) => name).join(':');
    const args = [`--gtest_filter=${suites.join(':')}${left && `-${left}`}`];
    const ending = await runOn(machine, path.join(ROOT, NATIVE_TESTS), [
      ...args,
      `--gtest_output=json:${resultFile}`,
    ]);
    const results = readJson(resultFile);
    if (results !== null) {
      const { passed = 0, skipped = 0 } = countGoogleTest(results);
      for (const suite of results.testsuites) {
        for (const test of suite.testsuite) {
          if (test.failures?.length) fail(`${suite.name}.${test.name}`, test.failures[0].failure);
        }
      }
      if (passed + failures.length === 0) fail('*', 'no test ran');
      return { passed, skipped, failures };
    }
    const [running] = Array.from(ending.output.matchAll(/^\[ RUN +\] (\S+)/gm)).slice(-1);
    fail(running?.[1] ?? '*', ending.crash ?? `no results, exit code ${ending.code}`);
    if (running === undefined) break;
  }
  return { passed: 0, skipped: 0, failures };
}

/**
 * A part of Jest's tests. Their files run in a process of its own, so that Jest survives a crash.
 * @param {string} name @param {string[]} paths
 */
function jestPart(name, paths) {
  return async (/** @type {Machine} */ machine, /** @type {Options} */ { folder }) => {
    const resultFile = path.join(folder, `${name}.json`);
    const ending = await runOn(machine, process.execPath, [
      JEST,
      '--ci',
      '--json',
      `--outputFile=${resultFile}`,
      // What makes Jest use a process for tests, however few they are.
      '--maxWorkers=1',
      '--workerIdleMemoryLimit=4GB',
      ...paths,
    ]);
    const results = readJson(resultFile);
    if (results === null) {
      const problem = `Jest ${ending.crash ?? `ends with ${ending.code}: ${lastLine(ending.output)}`}`;
      const command = again(machine, `npx jest ${paths.join(' ')}`);
      return { passed: 0, skipped: 0, failures: [{ name, problem, again: command }] };
    }
    const { passed = 0, skipped = 0 } = countJest(results);
    return { passed, skipped, failures: failuresOfJest(machine, results) };
  };
}

/** @param {Machine} machine @param {any} results @returns {Failure[]} */
function failuresOfJest(machine, { testResults }) {
  return testResults.flatMap(({ name: file, status, message, assertionResults }) => {
    const relative = path.relative(ROOT, file);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    const command = (/** @type {string} */ more) => again(machine, `npx jest ${relative}${more}`);
    if (failed.length === 0 && status === 'failed') {
      // The file did not run, or its process died.
      return [{ name: relative, problem: message.trim(), again: command('') }];
    }
    return failed.map(({ fullName, failureMessages }) => ({
      name: `${relative}: ${fullName}`,
      problem: failureMessages[0].split('\n    at ')[0],
      again: command(` -t ${JSON.stringify(fullName)}`),
    }));
  });
}

/**
 * Networks, each in a process of its own.
 * @param {{name: string, size?: number}[]} list
 */
function networksPart(list) {
  return async (/** @type {Machine} */ machine) => {
    /** @type {Outcome} */
    const outcome = { passed: 0, skipped: 0, failures: [] };
    for (const { name, size } of list) {
      const args = ['test/machines/predict.js', name, ...(size === undefined ? [] : [`${size}`])];
      const { code, crash, output } = await runOn(machine, process.execPath, args);
      if (code === 0) ++outcome.passed;
      else {
        const problem = crash ?? lastLine(output);
        const command = again(machine, `node ${args.join(' ')}`);
        outcome.failures.push({ name: args.slice(1).join(' '), problem, again: command });
      }
    }
    return outcome;
  };
}

const FUZZ_PARTS = 'differential,hostile,graphs';

/** @param {Machine} machine @param {Options} options @returns {Promise<Outcome>} */
async function runFuzz(machine, { folder, seed, calls }) {
  const resultFile = path.join(folder, 'fuzz.json');
  const args = ['--part', FUZZ_PARTS, '--seed', `${seed}`, '--calls', `${calls}`];
  const ending = await runOn(machine, process.execPath, [
    'test/fuzz/run.js',
    ...args,
    '--out',
    resultFile,
  ]);
  const results = readJson(resultFile);
  if (results === null) {
    const problem = ending.crash ?? lastLine(ending.output);
    const command = again(machine, `npm run test:fuzz -- ${args.join(' ')}`);
    return { passed: 0, skipped: 0, failures: [{ name: 'fuzz', problem, again: command }] };
  }
  const { calls: made, failures } = results;
  // A crash is a failure whose calls nobody counted.
  return { passed: Math.max(0, made - failures.length), skipped: 0, failures };
}

const allNetworks = Object.keys(networks).map((name) => ({ name }));
/** Small images and a short text, and all channels: those are what cache facts decide about. */
const smallNetworks = [
  { name: 'mobilenet-v1', size: 64 },
  { name: 'bert', size: 16 },
];

const CASES = ['facts', 'known', 'sweep'].map((name) => `test/machines/${name}.test.js`);

/**
 * @typedef {object} Part
 * @property {(machine: Machine, options: Options) => Promise<Outcome>} run
 * @property {{name: string, size?: number}[]} [networks] Whose oracle must be there.
 */

/** In the order in which they run: those that find most in the least time come first. */
const PARTS = {
  cases: { run: jestPart('cases', CASES) },
  native: { run: runNative },
  networks: { run: networksPart(allNetworks), networks: allNetworks },
  ops: { run: jestPart('ops', ['test/ops']) },
  models: { run: jestPart('models', ['test/models']) },
  fuzz: { run: runFuzz },
};

/** What `npm test` has time for. @type {Record<string, Part>} */
const QUICK_PARTS = {
  cases: PARTS.cases,
  networks: { run: networksPart(smallNetworks), networks: smallNetworks },
};

/** Parts that are left out here, and why. */
function missingParts() {
  return areFixturesThere() ? {} : { models: '../shared/models is missing' };
}

module.exports = { PARTS, QUICK_PARTS, missingParts };
