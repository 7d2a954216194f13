'use strict';

// What the backend prepares for each kind of call (plans) is bounded, counted, kept while it is in
// use, and given back.

const { Worker } = require('node:worker_threads');
const path = require('node:path');
const { tf, runFixture } = require('./support');

const MiB = 2 ** 20;
const planBytes = () => tf.native.memory().planBytes;

/** A product that is computed when this returns. */
const multiply = (rows) =>
  tf.tidy(() => tf.matMul(tf.ones([rows, 32]), tf.ones([32, 48])).dataSync()[0]);

beforeAll(() => tf.setBackend('onednn'));
beforeEach(() => tf.native.trimMemory());

describe('thousands of shapes', () => {
  test.each([
    ['read one by one', ['6000']],
    ['queued', ['1500', 'queued']],
  ])(
    'take bounded memory: %s',
    async (_name, args) => {
      const { code, stdout, stderr } = await runFixture('many-shapes.js', { args });
      expect([code, stderr]).toEqual([0, '']);
      const figures = JSON.parse(stdout);
      expect(figures.grownBytes).toBeLessThan(200 * MiB);
      expect(figures.mostPlanBytes).toBeGreaterThan(10 * MiB);
      expect(figures.mostPlanBytes).toBeLessThan(200 * MiB);
      expect(figures.trimmedBytes).toBeGreaterThanOrEqual(figures.planBytes);
      expect(figures.planBytesLeft).toBe(0);
      // The figure is an estimate, but what is given back must show.
      expect(figures.rssAfterTrim).toBeLessThan(figures.grownBytes - figures.planBytes / 4);
    },
    120_000,
  );
});

test('memory() counts what a call prepares, and trimMemory() frees it', () => {
  expect(planBytes()).toBe(0);
  expect(multiply(5)).toBe(32);
  const one = planBytes();
  expect(one).toBeGreaterThan(10_000);
  multiply(5);
  multiply(5);
  expect(planBytes()).toBe(one);
  multiply(6);
  expect(planBytes()).toBeGreaterThan(1.5 * one);
  expect(tf.native.trimMemory()).toBeGreaterThan(one);
  expect(planBytes()).toBe(0);
  expect(multiply(5)).toBe(32);
  expect(planBytes()).toBeGreaterThan(10_000);
});

test('two hundred shapes in turns are prepared once', () => {
  const shapes = Array.from({ length: 200 }, (_, i) => i + 1);
  for (const rows of shapes) multiply(rows);
  const once = planBytes();
  for (let round = 0; round < 3; ++round) {
    for (const rows of shapes) multiply(rows);
  }
  // What is forgotten and made again would leave fewer, or others.
  expect(planBytes()).toBe(once);
  multiply(201);
  expect(planBytes()).toBeGreaterThan(once);
});

test('calls in the queue are computed although their plans are trimmed', () => {
  const sums = tf.tidy(() => {
    const results = [];
    for (let rows = 1; rows <= 50; ++rows) {
      results.push(tf.matMul(tf.ones([rows, 32]), tf.ones([32, 48])).sum());
      if (rows % 10 === 0) tf.native.trimMemory();
    }
    return results;
  });
  expect(sums.map((sum) => sum.dataSync()[0])).toEqual(sums.map((_, i) => (i + 1) * 32 * 48));
  tf.dispose(sums);
});

test('another thread count prepares anew and counts once', () => {
  const threads = tf.native.threads();
  multiply(64);
  const one = planBytes();
  for (const count of [threads + 1, threads, threads + 1, threads]) {
    tf.native.setThreads(count);
    multiply(64);
  }
  expect(planBytes()).toBeLessThan(2 * one);
  tf.native.trimMemory();
  expect(planBytes()).toBe(0);
});

test('a worker shares the plans, and gives them back at once', async () => {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const tf = require(${JSON.stringify(path.join(__dirname, '..', '..', 'lib'))});
     parentPort.on('message', async (rows) => {
       await tf.setBackend('onednn');
       tf.tidy(() => tf.matMul(tf.ones([rows, 32]), tf.ones([32, 48])).dataSync());
       parentPort.postMessage('done');
     });`,
    { eval: true },
  );
  const failed = new Promise((_resolve, reject) => worker.once('error', reject));
  const ask = (rows) => {
    const answered = new Promise((resolve) => worker.once('message', resolve));
    worker.postMessage(rows);
    return Promise.race([answered, failed]);
  };
  try {
    for (let rows = 100; rows < 120; ++rows) await ask(rows);
    const { plans } = tf.native.memory();
    multiply(100);
    expect(tf.native.memory().plans).toBe(plans);
    tf.native.trimMemory();
    expect(planBytes()).toBe(0);
    await ask(7);
    expect(planBytes()).toBeGreaterThan(0);
  } finally {
    await worker.terminate();
  }
  // What an environment that ends has prepared may serve others.
  expect(planBytes()).toBeGreaterThan(0);
});
