'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { version } = require('../../package.json');
const { BIN, MODEL, cli, json } = require('./support');

test('the version, and what commands there are', async () => {
  expect(await cli(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  for (const args of [['help'], ['--help']]) {
    const { code, out, err } = await cli(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const name of ['info', 'bench MODEL', 'run MODEL', 'explain MODEL']) {
      expect(out).toContain(`  ${name}`);
    }
  }
});

test.each(['info', 'bench', 'run', 'explain'])('%s has help', async (name) => {
  const { code, out, err } = await cli([name, '--help']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(new RegExp(`^Usage: tfjs-native ${name} `));
  expect(out).toContain('--json');
  expect(await cli(['help', name])).toEqual({ code, out, err });
});

test.each([
  [[], 'no command', 'tfjs-native --help'],
  [['dance'], 'no such command: dance', 'tfjs-native --help'],
  [['constructor'], 'no such command: constructor', 'tfjs-native --help'],
  [['run'], 'MODEL is missing', 'tfjs-native run --help'],
  [['info', 'me'], 'what is "me"?', 'tfjs-native info --help'],
  [['info', '--bogus'], "Unknown option '--bogus'", 'tfjs-native info --help'],
  [['bench', MODEL, '--seconds', 'x'], "--seconds: expected a number of at least 0, got 'x'"],
  [['bench', MODEL, '--runs', '0'], "--runs: expected a whole number of at least 1, got '0'"],
  [['bench', MODEL, '--concurrency', '0'], '--concurrency: expected a whole number'],
  [['info', '--threads'], "Unknown option '--threads'"],
  [['run', MODEL, '--top', '1.5', '--input', 'x'], '--top: expected a whole number'],
  [['run', MODEL, '--top', '-3'], "--top: expected a whole number of at least 1, got '-3'"],
  [['run', MODEL], 'input input1: give --input or --image', 'tfjs-native run --help'],
  [
    ['run', MODEL, '--image', 'x', '--range', '1'],
    "--range: expected two numbers like -1,1, got '1'",
  ],
  [['run', MODEL, '--input', 'a', '--input', 'b'], '--input b: the model has 1 inputs'],
  [
    ['explain', MODEL, '--shape', 'a,b'],
    "--shape: expected whole numbers like 1,224,224,3, got 'a,b'",
  ],
  [['explain', MODEL, '--shape', 'x=1,2'], '--shape x=1,2: the inputs of the model are input1'],
  [['explain', MODEL, '--shape', '1,48,48,4'], '--shape: input1 is [-1,48,48,3], got [1,48,48,4]'],
])('%j is no call: 2', async (args, message, hint = `tfjs-native ${args[0]} --help`) => {
  const { code, out, err } = await cli(args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(`tfjs-native: ${message}`);
  expect(err.trimEnd().split('\n').at(-1)).toBe(`Try: ${hint}`);
});

describe('what fails: 1', () => {
  test('without a stack, unless asked for', async () => {
    const { code, out, err } = await cli(['run', '/no/such/model', '--input', 'x.npy']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /^tfjs-native: \[loadModel\] \/no\/such\/model: does not exist, loading failed; .*\n$/,
    );
    const verbose = await cli(['run', '/no/such/model', '--input', 'x.npy', '--verbose']);
    expect(verbose.code).toBe(1);
    expect(verbose.err).toMatch(/\n {4}at /);
  });

  test.each([
    [['run', MODEL, '--input', '/no/such.npy'], /ENOENT.*\/no\/such\.npy/],
    [['run', MODEL, '--input', BIN], /index\.js: .*(4 bytes a value|expected shape)/],
    [
      ['explain', 'http://127.0.0.1:9/model.json'],
      /^tfjs-native: http:\/\/127\.0\.0\.1:9\/model\.json: /,
    ],
    [
      ['bench', MODEL, '--threads', '5000'],
      /\[setThreads\] count: expected an integer from 1 to 1024/,
    ],
    [['info'], /no native binary|cannot|no such file/i, { TFJS_NATIVE_ADDON: '/no/such.node' }],
  ])('%j', async (args, message, env = {}) => {
    const { code, out, err } = await cli(args, { env });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n {4}at /);
  });
});

describe('info', () => {
  test('facts that the package itself gives', async () => {
    const facts = await json('info', '--self-test');
    expect(facts).toMatchObject({
      version,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      memoryBytes: os.totalmem(),
      backend: 'onednn',
      capture: true,
      selfTest: { ok: true },
    });
    expect(facts.threads).toBeGreaterThan(0);
    expect(facts.kernels).toBeGreaterThan(100);
    const [cpu, gpu] = facts.devices;
    expect(cpu).toMatchObject({ name: 'onednn', available: true });
    expect(gpu.available ? gpu.description : gpu.reason).toEqual(expect.any(String));
  });

  test('for people', async () => {
    const { code, out } = await cli(['info'], { env: { TFJS_NATIVE_CAPTURE: '0' } });
    expect(code).toBe(0);
    expect(out).toContain(`tfjs-native ${version}, `);
    expect(out).toMatch(/^onednn: oneDNN /m);
    expect(out).toMatch(/^cuda: (not used: )?\S/m);
    expect(out).toContain('capture of models: off');
  });
});

test('a reader that goes away ends it quietly', async () => {
  const child = spawn(process.execPath, [BIN, 'explain', MODEL, '--json']);
  child.stdout.destroy();
  let err = '';
  child.stderr.on('data', (chunk) => (err += chunk));
  const ended = await new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  expect({ err, ...ended }).toEqual({ err: '', code: 0, signal: null });
});

test('npm can make a program of it', () => {
  expect(fs.readFileSync(BIN, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  expect(path.relative(path.join(__dirname, '../../lib'), BIN)).not.toMatch(/^\.\./);
});
