'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { WorkerPool } = require('../../examples/worker-pool/pool');
const { load, node, pattern, placeholder } = require('../capture/graph-models');
const { samples, start } = require('./support');

const WORKER = path.join(__dirname, 'fixtures/pool-worker.js');

/** @param {number} size */
async function makePool(size) {
  const pool = new WorkerPool(WORKER, {});
  while (pool.size < size) await pool.grow();
  return pool;
}

test('pictures are classified by three workers', async () => {
  const { code, err, out } = await start('worker-pool/demo.js', '3').ended;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const { names } = JSON.parse(out);
  expect(names).toEqual(samples().map(({ label }) => label));
});

test('the weights of all workers lie in memory once', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tfjs-native-pool-'));
  // 10 scores of 48x48 pixels, by way of 9 MB of weights.
  const weights = {
    flat: { values: Int32Array.of(-1, 6912), shape: [2], dtype: 'int32' },
    first: pattern([6912, 340]),
    second: pattern([340, 10]),
  };
  const weightBytes = weights.first.values.byteLength;
  const model = await load({
    weights,
    nodes: [
      placeholder('pixels', [-1, 48, 48, 3]),
      node('rows', 'Reshape', ['pixels', 'flat']),
      node('hidden', 'MatMul', ['rows', 'first']),
      node('scores', 'MatMul', ['hidden', 'second']),
    ],
  });
  try {
    await model.save(`file://${dir}`);
    const file = path.join(dir, 'model.json');
    const labels = Array.from({ length: 10 }, (_, i) => `label ${i}`);
    const json = { ...JSON.parse(fs.readFileSync(file, 'utf8')), userDefinedMetadata: { labels } };
    fs.writeFileSync(file, JSON.stringify(json));
    const { code, out, err } = await start('worker-pool/demo.js', '4', file).ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [one, all] = JSON.parse(out).liveBytes;
    expect(one).toBeGreaterThan(weightBytes);
    expect(all - one).toBeLessThan(weightBytes / 4);
  } finally {
    model.dispose();
    fs.rmSync(dir, { recursive: true });
  }
});

describe('the pool', () => {
  test('tasks are shared out, and all are done before it is closed', async () => {
    const pool = await makePool(3);
    const tasks = Array.from({ length: 50 }, (_, value) => pool.run({ action: 'echo', value }));
    const closed = pool.close();
    const outputs = await Promise.all(tasks);
    expect(outputs.map(({ value }) => value)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(new Set(outputs.map(({ threadId }) => threadId)).size).toBe(3);
    await closed;
    expect(pool.size).toBe(0);
    await expect(pool.run({ action: 'echo' })).rejects.toThrow('the pool is closed');
  });

  test.each([
    ['rejects', { action: 'reject', value: 'on purpose' }, 'on purpose'],
    ['throws', { action: 'throw', value: 'on purpose' }, 'on purpose'],
    ['ends', { action: 'exit', value: 3 }, 'the worker ended with 3'],
  ])('what waits is done though the only worker %s', async (_, bad, message) => {
    const pool = await makePool(1);
    const failing = pool.run(bad);
    const next = pool.run({ action: 'echo', value: 7 });
    await expect(failing).rejects.toThrow(message);
    expect(await next).toMatchObject({ value: 7 });
    expect(pool.size).toBe(1);
    await pool.close();
  });

  test('a worker that never gets ready', async () => {
    const pool = new WorkerPool(WORKER, { isBroken: true });
    await expect(pool.grow()).rejects.toThrow('broken from the beginning');
    expect(pool.size).toBe(0);
    await pool.close();
  });
});
