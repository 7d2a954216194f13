'use strict';

// The time between a recording and the end of its compilation, which begins behind all that is
// enqueued: a chain of work holds it back.

const { CapturedGraph } = require('../../lib/capture/captured-graph');
const { Captures } = require('../../lib/capture/captures');
const { LARGE, longChain, runFixture } = require('../runtime/support');
const { CLASSIFIER, load } = require('./graph-models');
const { tf, countsOf, errorOf, expectClose, onCpu, settled, take } = require('./support');

const image = (seed) => tf.randomNormal([1, 8, 8, 3], 0, 1, 'float32', seed);

beforeAll(() => tf.setBackend('onednn'));

/** No more is in use once what is enqueued, or being compiled, has let go of its own. */
async function expectLiveBytes(bytes) {
  const live = () => tf.native.memory().liveBytes;
  for (let tries = 0; tries < 500 && live() > bytes; ++tries) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(live()).toBeLessThanOrEqual(bytes);
}

test('calls are eager and right meanwhile, and replays after', async () => {
  const model = await load(CLASSIFIER);
  const inputs = [1, 2, 3, 4, 5].map(image);
  const chain = longChain();
  const outputs = [];
  const counts = await countsOf(async () => {
    outputs.push(...inputs.map((x) => model.predict(x)));
    const { recorded, replayed, eager } = tf.native.captureStatistics();
    // Its end may come in the middle of these.
    expect(recorded).toBe(1);
    expect((eager['being compiled'] ?? 0) + replayed).toBe(4);
    await settled();
    const meanwhile = tf.native.captureStatistics();
    outputs.push(...inputs.map((x) => model.predict(x)));
    expect(tf.native.captureStatistics()).toEqual({
      ...meanwhile,
      replayed: meanwhile.replayed + 5,
    });
  });
  expect(counts).toMatchObject({ recorded: 1, compiled: 1 });
  for (const [i, x] of [...inputs, ...inputs].entries()) {
    expectClose(await take(outputs[i]), await onCpu(() => model.predict(x)));
  }
  tf.dispose([chain, inputs]);
  model.dispose();
});

test('a graph can be disposed meanwhile, and leaves nothing', async () => {
  const x = tf.ones([LARGE]);
  tf.backend().session.synchronize();
  const bytes = tf.native.memory().liveBytes;
  const chain = longChain();
  const weights = tf.fill([LARGE], 2);
  const { graph, outputs } = CapturedGraph.record(tf.backend(), [x], ([input]) =>
    tf.add(tf.mul(input, weights), 1),
  );
  const ready = graph.ready();
  expect(graph.state).toBe('compiling');
  const notReady = { code: 'UNSUPPORTED', op: 'replay' };
  expect(errorOf(() => graph.run([x]))).toMatchObject(notReady);
  expect(errorOf(() => graph.explain())).toMatchObject({ ...notReady, op: 'explain' });
  graph.dispose();
  const disposed = { code: 'DISPOSED' };
  expect(graph.state).toBe('failed');
  expect(graph.error).toMatchObject(disposed);
  await expect(ready).rejects.toMatchObject(disposed);
  await expect(graph.ready()).rejects.toMatchObject(disposed);
  expect((await outputs[0].data())[LARGE - 1]).toBe(3);
  graph.dispose();
  tf.dispose([chain, weights, outputs]);
  await expectLiveBytes(bytes);
  x.dispose();
});

test('a model can be disposed meanwhile', async () => {
  const model = await load(CLASSIFIER);
  const x = image(1);
  const expected = await onCpu(() => model.predict(x));
  const chain = longChain();
  const y = model.predict(x);
  model.dispose();
  expectClose(await take(y), expected);
  await settled();
  expect(errorOf(() => model.predict(x)).message).toMatch(/disposed/i);
  tf.dispose([chain, x]);
});

test('weights that are assigned meanwhile are seen', async () => {
  const model = tf.sequential({
    layers: [3, 1].map((units) => tf.layers.dense({ units, inputShape: [units] })),
  });
  const x = tf.ones([2, 3]);
  const chain = longChain();
  const before = model.predict(x);
  tf.tidy(() => model.setWeights(model.getWeights().map((weight) => tf.add(weight, 1))));
  await settled();
  for (let i = 0; i < 3; ++i) {
    expectClose(await take(model.predict(x)), await onCpu(() => model.predict(x)));
    await settled();
  }
  tf.dispose([chain, before, x]);
  model.dispose();
});

test('what has no room to be compiled stays eager, and the statistics say so', async () => {
  // The scale of each channel goes into the filter: a new one of 2 MB.
  const [filter, scale] = [tf.ones([3, 3, 128, 512]), tf.fill([512], 2)];
  const x = tf.ones([1, 4, 4, 128]);
  const captures = new Captures(() => ({ stillHold: () => true, has: () => false }));
  const fn = ([input]) => [tf.tidy(() => tf.mul(tf.conv2d(input, filter, 1, 'valid'), scale))];
  const run = () => captures.run('f', [x], fn);
  // What eager runs pack is there before the ceiling.
  tf.dispose([fn([x]), fn([x])]);
  tf.backend().session.synchronize();
  tf.native.setMemoryCeiling(tf.native.memory().liveBytes + (1 << 20));
  tf.native.trimMemory();
  let counts;
  try {
    counts = await countsOf(async () => {
      run()[0].dispose();
      await settled();
      for (let i = 0; i < 3; ++i) run()[0].dispose();
    });
  } finally {
    tf.native.setMemoryCeiling(0);
  }
  expect(counts).toMatchObject({ recorded: 1, compiled: 0, replayed: 0, refused: 1 });
  const [[reason, times]] = Object.entries(counts.eager);
  expect([reason, times]).toEqual([expect.stringMatching(/^\[compile\] .*ceiling/), 3]);
  const [y] = run();
  expect(Array.from(y.dataSync()).every((value) => value === 2 * 9 * 128)).toBe(true);
  tf.dispose([filter, scale, x, y]);
});

describe('an environment that ends meanwhile', () => {
  test('by itself waits for it', async () => {
    const ended = await runFixture('workers.js', { args: ['ends while compiling'] });
    expect(ended).toEqual({ code: 0, signal: null, stdout: 'finish: 0\nexit: 7\n', stderr: '' });
  });

  test('is ended by process.exit()', async () => {
    for (let round = 0; round < 8; ++round) {
      const args = ['exit of the process while compiling', `${round}`];
      const { code, signal, stderr } = await runFixture('workers.js', { args });
      expect({ round, code, signal, stderr }).toEqual({ round, code: 7, signal: null, stderr: '' });
    }
  });

  test('is ended in the middle of it, 12 times', async () => {
    const ended = await runFixture('workers.js', { args: ['terminate while compiling', '12'] });
    expect(ended).toEqual({ code: 0, signal: null, stdout: 'done\n', stderr: '' });
  });
});
