'use strict';

const { runFixture } = require('./support');

const run = (...args) => runFixture('workers.js', { args });

test('eight workers and the main thread compute at once', async () => {
  const ended = await run('eight at once');
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(JSON.parse(ended.stdout)).toEqual({
    answers: Array(9).fill(true),
    exits: Array(8).fill(0),
  });
});

test('50 workers are ended in the middle of their work', async () => {
  const ended = await run('spawn and terminate', '50');
  expect(ended).toEqual({ code: 0, signal: null, stdout: 'done\n', stderr: '' });
});

test('50 workers are ended while the main thread works', async () => {
  const ended = await run('spawn and terminate beside the main thread', '50');
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  // Nothing of theirs stays behind.
  expect(ended.stdout).toBe('done, right\n0\n');
});

test('workers end by themselves with work queued', async () => {
  const ended = await run('ends of their own');
  expect(ended).toEqual({
    code: 0,
    signal: null,
    stdout: 'exit: 7\nthrow: 1 thrown on purpose\nfinish: 0\n',
    stderr: '',
  });
});

test('process.exit() ends workers that work', async () => {
  const ended = await run('exit of the process');
  expect(ended).toEqual({ code: 7, signal: null, stdout: '', stderr: '' });
});
