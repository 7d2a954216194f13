'use strict';

const { execFile } = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');
const { identityGraph, makeFolder } = require('./support');
const { TestServer } = require('./test-server');

const MIB = 2 ** 20;
const SHARD_BYTES = 4 * MIB;
const FEW_BYTES = 64 * MIB;

const server = new TestServer();
beforeAll(() => server.start());
afterAll(() => server.close());

/**
 * Serves a model without ever having all of it.
 *
 * @param {string} prefix
 * @param {number} weightCount
 * @param {number} weightBytes
 */
function serveModel(prefix, weightCount, weightBytes) {
  const shape = [weightBytes / 4];
  const specs = Array.from({ length: weightCount }, (_, i) => {
    return { name: `w${i}`, shape, dtype: 'float32' };
  });
  const shardCount = (weightCount * weightBytes) / SHARD_BYTES;
  const paths = Array.from({ length: shardCount }, (_, i) => `shard${i}.bin`);
  const shard = Buffer.alloc(SHARD_BYTES, 1);
  for (const name of paths) server.answers.set(`${prefix}/${name}`, shard);
  const json = {
    format: 'graph-model',
    modelTopology: identityGraph(specs),
    weightsManifest: [{ paths, weights: specs }],
  };
  server.answers.set(`${prefix}/model.json`, JSON.stringify(json));
  return `${server.origin}${prefix}/model.json`;
}

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux.each([
  ['load', '0'],
  ['stream', '0'],
  ['load', path.join(makeFolder(), 'a')],
  ['stream', path.join(makeFolder(), 'b')],
])('a model of 200 MiB takes its weights and little more: %s, cache %s', async (how, cache) => {
  const small = serveModel('/small', 4, MIB);
  const large = serveModel('/large', 25, 8 * MIB);
  const script = path.join(__dirname, 'http-loader-process.js');
  const args = ['--expose-gc', script, small, large, how];
  const env = { ...process.env, TFJS_NATIVE_CACHE: cache };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  const { peakBytes } = JSON.parse(stdout);
  expect(peakBytes).toBeGreaterThan(195 * MIB);
  expect(peakBytes - 200 * MIB).toBeLessThan(FEW_BYTES);
});
