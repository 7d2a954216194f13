'use strict';

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { judge } = require('./verdict');

const OUT_DIR = path.resolve(__dirname, '../../build/conformance/self-test');
const FAULTY_BACKEND = path.join(__dirname, 'fixtures/faulty-backend.js');

/**
 * Runs the runner on the faulty backend.
 *
 * @param {string} filter
 * @returns {Promise<{code: number, lines: string[], verdict: object}>}
 */
function runFaulty(filter) {
  const args = [path.join(__dirname, 'run.js'), '--backend', 'faulty', '--filter', filter];
  args.push('--module', FAULTY_BACKEND, '--out', OUT_DIR);
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout) => {
      const resultFile = path.join(OUT_DIR, 'results-faulty.json');
      const verdict = JSON.parse(fs.readFileSync(resultFile, 'utf8'));
      resolve({ code: error ? error.code : 0, lines: stdout.trim().split('\n'), verdict });
    });
  });
}

describe('the conformance runner', () => {
  beforeEach(() => fs.rmSync(OUT_DIR, { recursive: true, force: true }));

  test('lets a spec fail for a kernel that is not there', async () => {
    const { code, lines, verdict } = await runFaulty('^(cumsum|abs) faulty');
    expect(code).toBe(0);
    expect(verdict.passed).toBeGreaterThan(0);
    expect(verdict.needKernels.length).toBeGreaterThan(10);
    expect(verdict.needKernels.every(({ kernels }) => kernels.includes('Cumsum'))).toBe(true);
    const missed = verdict.needKernels.length;
    expect(lines.at(-1)).toBe(
      `conformance: ${verdict.passed} passed, ` +
        `${missed} need kernels that are not there yet (Cumsum: ${missed}), 0 failed`,
    );
  });

  test('fails on a wrong result', async () => {
    const { code, lines, verdict } = await runFaulty('^floor faulty');
    expect(code).toBe(1);
    expect(verdict.needKernels).toEqual([]);
    expect(verdict.failed.length).toBeGreaterThan(0);
    expect(lines).toContain('  floor faulty {}');
    expect(lines.at(-1)).toMatch(/, [1-9]\d* failed$/);
  });

  test('survives a crash and names the spec', async () => {
    const { code, lines, verdict } = await runFaulty('^(abs|ceil) faulty');
    expect(code).toBe(1);
    expect(verdict.broken).toEqual([
      'the process ended early (SIGKILL) in spec: ceil faulty {} basic',
    ]);
    expect(lines.at(-1)).toMatch(/, 1 failed$/);
  });

  test('fails when a filter matches nothing', async () => {
    const { code, verdict } = await runFaulty('no spec has this name');
    expect(code).toBe(1);
    expect(verdict.broken).toEqual(["no spec's name matches no spec has this name"]);
  });
});

describe('judge', () => {
  const end = { event: 'end', status: 'passed' };
  const done = (status, missing = [], messages = []) => ({
    event: 'done',
    name: 'a spec',
    group: 'a',
    status,
    missing,
    messages,
  });

  test('a spec that passes on the error of a missing kernel is no pass', () => {
    const verdict = judge([done('passed', ['Cumsum']), done('passed'), end], null);
    expect(verdict.passed).toBe(1);
    expect(verdict.needKernels).toHaveLength(1);
    expect(verdict.total).toBe(2);
  });

  test('specs left out by a filter are not counted', () => {
    const verdict = judge([done('excluded'), done('passed'), end], null);
    expect(verdict.total).toBe(1);
  });

  test('failures of a suite count', () => {
    const failure = { event: 'suite-failed', name: 'a', missing: [], messages: ['no'] };
    expect(judge([failure, end], null).failed).toHaveLength(1);
  });

  test('an event file without an end, and an incomplete run, are broken', () => {
    expect(judge([done('passed')], null).broken).toHaveLength(1);
    const incomplete = { event: 'end', status: 'incomplete', reason: 'focused specs' };
    expect(judge([done('passed'), incomplete], null).broken).toHaveLength(1);
  });
});
