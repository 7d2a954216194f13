'use strict';

const path = require('node:path');
const { ROOT } = require('./files');

/**
 * @typedef {object} Counts what was not counted is absent
 * @property {number} [passed]
 * @property {number} [failed]
 * @property {number} [skipped]
 */

/**
 * @param {object} results of --gtest_output=json
 * @returns {Counts}
 */
function countGoogleTest({ testsuites }) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const test of testsuites.flatMap((suite) => suite.testsuite)) {
    // A test that never ended (the process crashed in it) has no result of its own.
    if (test.failures?.length > 0) counts.failed += 1;
    else if (test.status === 'NOTRUN' || test.result === 'SKIPPED') counts.skipped += 1;
    else if (test.result === 'COMPLETED') counts.passed += 1;
    else counts.failed += 1;
  }
  return counts;
}

/**
 * @param {object} results of jest --json
 * @returns {Counts} a test file that could not run counts as one failure
 */
function countJest(results) {
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

/**
 * Jest prints nothing of a file whose tests are all skipped, the reason that the file gives neither.
 * @param {object} results of jest --json
 * @returns {string[]} the skipped tests, by their files and names
 */
function skippedByJest({ testResults }) {
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'pending' || status === 'todo')
      .map(({ fullName }) => `${path.relative(ROOT, name)}: ${fullName}`),
  );
}

/**
 * @param {object} verdict of test/conformance/run.js
 * @returns {Counts} specs that need a kernel that is not there yet count as skipped
 */
function countConformance({ passed, pending, needKernels, failed, broken }) {
  return {
    passed,
    failed: failed.length + broken.length,
    skipped: pending + needKernels.length,
  };
}

/**
 * @param {(Counts & {name: string, seconds: number})[]} rows
 * @returns {string} one line for each step
 */
function table(rows) {
  const cells = rows.map(({ name, seconds, passed = 0, failed = 0, skipped = 0 }) => {
    return [name, seconds.toFixed(1), passed, failed, skipped].map(String);
  });
  const lines = [['step', 'seconds', 'passed', 'failed', 'skipped'], ...cells];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map(([name, ...numbers]) => {
      const padded = numbers.map((number, i) => number.padStart(widths[i + 1]));
      return [name.padEnd(widths[0]), ...padded].join('  ');
    })
    .join('\n');
}

/**
 * @param {Counts[]} rows
 * @returns {string} `N passed, N failed`, and `, N skipped` when there are some
 */
function totals(rows) {
  const sum = (key) => rows.reduce((total, counts) => total + (counts[key] ?? 0), 0);
  const skipped = sum('skipped');
  return `${sum('passed')} passed, ${sum('failed')} failed${skipped ? `, ${skipped} skipped` : ''}`;
}

module.exports = { countGoogleTest, countJest, countConformance, skippedByJest, table, totals };
