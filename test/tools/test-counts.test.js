'use strict';

const path = require('node:path');
const {
  countGoogleTest,
  countJest,
  countConformance,
  skippedByJest,
  table,
  totals,
} = require('./test-counts');

describe('the counts of npm test', () => {
  test('GoogleTest: disabled and skipped are skipped, a test without a result has failed', () => {
    const testsuite = [
      { status: 'RUN', result: 'COMPLETED' },
      { status: 'RUN', result: 'COMPLETED', failures: [{ failure: 'x' }] },
      { status: 'RUN', result: 'SKIPPED' },
      { status: 'NOTRUN', result: 'SUPPRESSED' },
      { status: 'RUN', result: 'INTERRUPTED' },
    ];
    expect(countGoogleTest({ testsuites: [{ testsuite }] })).toEqual({
      passed: 1,
      failed: 2,
      skipped: 2,
    });
  });

  test('Jest: a file that cannot run is a failure', () => {
    const results = {
      numPassedTests: 5,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 1,
      numRuntimeErrorTestSuites: 2,
    };
    expect(countJest(results)).toEqual({ passed: 5, failed: 3, skipped: 3 });
  });

  test('Jest: what is skipped has a name', () => {
    const assertionResults = [
      { status: 'passed', fullName: 'adds' },
      { status: 'pending', fullName: 'runs (no such program)' },
    ];
    const name = path.join(__dirname, 'a.test.js');
    expect(skippedByJest({ testResults: [{ name, assertionResults }] })).toEqual([
      `${path.join('test', 'tools', 'a.test.js')}: runs (no such program)`,
    ]);
  });

  test('conformance: needing a kernel is no pass', () => {
    const verdict = { passed: 7, pending: 2, needKernels: [{}, {}], failed: [{}], broken: ['x'] };
    expect(countConformance(verdict)).toEqual({ passed: 7, failed: 2, skipped: 4 });
  });

  test('the last line', () => {
    expect(totals([{ passed: 1 }, { failed: 2 }])).toBe('1 passed, 2 failed');
    expect(totals([{ passed: 1, skipped: 3 }])).toBe('1 passed, 0 failed, 3 skipped');
  });

  test('the table', () => {
    const rows = [
      { name: 'lint', seconds: 1.25, passed: 1 },
      { name: 'conformance', seconds: 10, passed: 4000, failed: 1, skipped: 2 },
    ];
    expect(table(rows).split('\n')).toEqual([
      'step         seconds  passed  failed  skipped',
      'lint             1.3       1       0        0',
      'conformance     10.0    4000       1        2',
    ]);
  });
});
