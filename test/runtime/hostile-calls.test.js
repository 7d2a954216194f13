'use strict';

const { runFixture } = require('./support');

// Reproducible: a failure names its operator, and TRACE_CALLS=1 prints every call before it is made.
test.each([1, 2, 3])('no call ends the process or is an unknown error (seed %i)', async (seed) => {
  const run = await runFixture('hostile-calls.js', { args: ['150', `${seed}`] });
  expect(run).toMatchObject({ code: 0, signal: null, stderr: '' });
  const { operators, outputs, errors, unexpected } = JSON.parse(run.stdout);
  expect(unexpected).toEqual([]);
  expect(operators).toBeGreaterThan(100);
  // The calls are a mixture: many are right, many are not.
  expect(outputs).toBeGreaterThan(10 * operators);
  expect(errors).toBeGreaterThan(10 * operators);
});
