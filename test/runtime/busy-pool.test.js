'use strict';

// Values come, and processes end, whatever else libuv's pool is busy with.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { runFixture } = require('./support');

/** @type {string} */
let folder;

beforeAll(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tfjs-native-'))));
afterEach(() => fs.rmSync(path.join(folder, 'pipe'), { force: true }));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const run = (scenario, options) =>
  runFixture('busy-pool.js', { args: [scenario, folder], ...options });

// Pipes with names: what keeps a thread of the pool for as long as one likes.
const testPipes = process.platform === 'win32' ? test.skip : test;

testPipes('values come while all of libuv’s threads wait for files', async () => {
  const ended = await run('blocked reads');
  const stdout = 'true,true,true,true,true,true true 0\n';
  expect(ended).toEqual({ code: 0, signal: null, stdout, stderr: '' });
});

testPipes('so they do where libuv has one thread', async () => {
  const ended = await run('blocked reads', { env: { UV_THREADPOOL_SIZE: '1' } });
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(ended.stdout).toMatch(/^(true,){5}true true 0\n$/);
});

test('values come before jobs that were there first', async () => {
  const ended = await run('jobs that work');
  expect(ended).toEqual({ code: 0, signal: null, stdout: 'true true\n', stderr: '' });
});

testPipes('libuv’s threads work for us again when they are free', async () => {
  const ended = await run('a pool that is free again');
  expect(ended).toEqual({ code: 0, signal: null, stdout: 'true 4\n', stderr: '' });
});

testPipes('a worker that is finished ends, whatever it left in the queue', async () => {
  const ended = await run('finished worker');
  const stdout = 'read 0 0\nleave 0 0\nread and leave 0 0\n';
  expect(ended).toEqual({ code: 0, signal: null, stdout, stderr: '' });
});

testPipes('workers are ended in the middle of their work', async () => {
  const ended = await run('terminated worker');
  expect(ended).toEqual({ code: 0, signal: null, stdout: 'done\n', stderr: '' });
});

test('process.exit() in the middle of work ends with its code', async () => {
  const ended = await run('exit in the middle');
  expect(ended).toEqual({ code: 7, signal: null, stdout: '', stderr: '' });
});
