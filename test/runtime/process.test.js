'use strict';

const { runFixture } = require('./support');

const run = (way, options) => runFixture('process.js', { args: [way], ...options });

test('require() prints nothing and keeps nothing alive', async () => {
  const ended = await runFixture('require-only.js');
  expect(ended).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
});

describe('a script that is finished', () => {
  test.each([
    ['finish', 'did not wait\n'],
    ['finish idle', ''],
    ['finish after a timer', 'timer\n'],
    ['wait for a value', 'value 2\n'],
    ['leave an error unread', ''],
  ])('(%s) ends by itself', async (way, stdout) => {
    expect(await run(way)).toEqual({ code: 0, signal: null, stdout, stderr: '' });
  });
});

describe('process.exit() in the middle of work', () => {
  test.each([
    'exit at once',
    'exit while a value is awaited',
    'exit in a callback of a value',
    'exit in an exit handler',
  ])('(%s) ends with its code', async (way) => {
    expect(await run(way)).toEqual({ code: 7, signal: null, stdout: '', stderr: '' });
  });
});

describe('an error that nobody catches', () => {
  test.each([
    ['throw', 'thrown on purpose'],
    ['throw while a value is awaited', 'thrown on purpose'],
    ['reject', 'rejected on purpose'],
    ['reject with a native error', 'OUT_OF_MEMORY'],
  ])('(%s) ends the process with code 1', async (way, text) => {
    const ended = await run(way);
    expect(ended).toMatchObject({ code: 1, signal: null, stdout: '' });
    expect(ended.stderr).toContain(text);
  });
});

// Windows has no signals that a process may handle.
const testSignals = process.platform === 'win32' ? test.skip : test;
const sendTerm = (child) => child.kill('SIGTERM');

testSignals('SIGTERM ends a process that works', async () => {
  const ended = await run('abandon', { onOutput: sendTerm });
  expect(ended).toEqual({ code: null, signal: 'SIGTERM', stdout: 'ready\n', stderr: '' });
});

testSignals('SIGTERM can be handled while work is queued', async () => {
  const ended = await run('handle a signal', { onOutput: sendTerm });
  expect(ended).toEqual({ code: 9, signal: null, stdout: 'ready\n', stderr: '' });
});
