'use strict';

// Runs every check and test of the project. All steps run, whatever the ones before them gave.
//
// usage: node test/tools/test.js [step...]
//
// The last line is `N passed, N failed`, with `, N skipped` when some were: tests of GoogleTest and
// Jest, specs of tfjs-core, and one for each check. Those that run again as if on other machines
// (test/machines/), or with graphs from the first call on (test/capture/forced.js), count again.

const fs = require('node:fs');
const path = require('node:path');
const { runCommand, runPackage } = require('./command');
const { ROOT } = require('./files');
const {
  countGoogleTest,
  countJest,
  countConformance,
  skippedByJest,
  table,
  totals,
} = require('./test-counts');

const RESULTS_DIR = path.join(ROOT, 'build/test-results');
const NATIVE_TESTS = path.join(ROOT, 'build/release/native_tests');
const CUDA_TESTS = path.join(ROOT, 'build/release/cuda_tests');
const CONFORMANCE_DIR = path.join(ROOT, 'build/conformance');

const runScript = (file, ...args) => runCommand(process.execPath, [path.join(ROOT, file), ...args]);

/** With a worker a core: by itself Jest leaves one of them out, of two the half. */
const runJest = (resultFile, ...args) =>
  runPackage('jest', [
    '--ci',
    '--maxWorkers=100%',
    '--json',
    `--outputFile=${resultFile}`,
    ...args,
  ]);

/** @returns {() => import('./test-counts').Counts} a step that is one check by its exit code */
function check(run) {
  return () => (run() === 0 ? { passed: 1 } : { failed: 1 });
}

/**
 * Runs tests that leave their results in a JSON file.
 *
 * @param {string} resultFile
 * @param {() => number} run returns the exit code
 * @param {(results: object) => import('./test-counts').Counts} count
 */
function counted(resultFile, run, count) {
  return () => {
    fs.mkdirSync(path.dirname(resultFile), { recursive: true });
    fs.rmSync(resultFile, { force: true });
    const code = run();
    if (!fs.existsSync(resultFile)) {
      console.error(`no results: ${path.relative(ROOT, resultFile)} was not written`);
      return { failed: 1 };
    }
    const counts = count(JSON.parse(fs.readFileSync(resultFile, 'utf8')));
    // A crash after the last test, or no test at all, is a failure of its own.
    const isUnexplained = code !== 0 && !counts.failed;
    if (isUnexplained) console.error(`exit code ${code}, though no test failed`);
    const isEmpty = !counts.passed && !counts.failed;
    if (isEmpty) console.error('no test ran');
    return { ...counts, failed: (counts.failed ?? 0) + (isUnexplained || isEmpty ? 1 : 0) };
  };
}

/** Counts what Jest ran, and names what it did not. @param {object} results of jest --json */
function countAndNameSkipped(results) {
  for (const test of skippedByJest(results)) console.log(`skipped: ${test}`);
  return countJest(results);
}

/** @returns a step that counts as skipped where the program that it runs was not built */
function builtOnly(program, step) {
  return () => {
    if (fs.existsSync(program)) return step();
    console.log(`skipped: ${path.relative(ROOT, program)} is not built on this machine`);
    return { skipped: 1 };
  };
}

const gtestFile = path.join(RESULTS_DIR, 'native.json');
const cudaFile = path.join(RESULTS_DIR, 'cuda.json');
const jestFile = path.join(RESULTS_DIR, 'jest.json');
const forcedFile = path.join(RESULTS_DIR, 'forced.json');
const FORCED_CONFIG = path.join(ROOT, 'test/capture/forced.config.js');
const machinesFile = path.join(RESULTS_DIR, 'machines.json');
const conformanceFile = path.join(CONFORMANCE_DIR, 'results-onednn.json');

/** @type {Record<string, () => import('./test-counts').Counts>} */
const STEPS = {
  lint: check(() => runScript('test/tools/lint.js', '--js-only')),
  format: check(() => runScript('test/tools/format.js')),
  includes: check(() => runScript('test/tools/check-includes.js')),
  types: check(() => runPackage('typescript', ['--project', 'tsconfig.json'])),
  native: counted(
    gtestFile,
    () => runCommand(NATIVE_TESTS, [`--gtest_output=json:${gtestFile}`]),
    countGoogleTest,
  ),
  cuda: builtOnly(
    CUDA_TESTS,
    counted(
      cudaFile,
      () => runCommand(CUDA_TESTS, [`--gtest_output=json:${cudaFile}`]),
      countGoogleTest,
    ),
  ),
  jest: counted(jestFile, () => runJest(jestFile), countAndNameSkipped),
  forced: counted(
    forcedFile,
    () => runJest(forcedFile, `--config=${FORCED_CONFIG}`),
    countAndNameSkipped,
  ),
  machines: counted(
    machinesFile,
    () => runScript('test/machines/run.js', '--quick', '--out', machinesFile),
    (counts) => counts,
  ),
  conformance: counted(
    conformanceFile,
    () => runScript('test/conformance/run.js', '--backend', 'onednn', '--out', CONFORMANCE_DIR),
    countConformance,
  ),
};

function main(names) {
  const unknown = names.filter((name) => !(name in STEPS));
  if (unknown.length > 0) {
    throw new Error(`no step ${unknown.join(', ')}: expected ${Object.keys(STEPS).join(', ')}`);
  }
  const rows = [];
  for (const name of names.length > 0 ? names : Object.keys(STEPS)) {
    console.log(`\n=== ${name}`);
    const start = performance.now();
    const counts = STEPS[name]();
    rows.push({ name, seconds: (performance.now() - start) / 1000, ...counts });
  }
  console.log(`\n${table(rows)}\n`);
  console.log(totals(rows));
  process.exitCode = rows.some(({ failed }) => failed > 0) ? 1 : 0;
}

main(process.argv.slice(2));
