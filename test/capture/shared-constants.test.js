'use strict';

const { setImmediate: turn } = require('node:timers/promises');
const { CapturedGraph } = require('../../lib/capture/captured-graph');
const { runFixture, collectGarbage } = require('../runtime/support');
const { tf, settled, onCpu, take, expectClose } = require('./support');

const UNITS = 512;
const WEIGHT_BYTES = UNITS * UNITS * 4;
/** What a graph takes besides weights, at the most. */
const SLACK_BYTES = WEIGHT_BYTES / 2;
const shape = [2, UNITS];

beforeAll(() => tf.setBackend('onednn'));
beforeEach(collectGarbage);

const backend = () => /** @type {any} */ (tf.backend());

/** Bytes of tensors, and of what is derived from them. */
function liveBytes() {
  backend().session.synchronize();
  return tf.native.memory().liveBytes;
}

/** @param {number} [size] @param {number} [seed] */
const noise = (size = UNITS * UNITS, seed = 1) =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(i * seed) / 16);

/** Captures the model, and lets those come to their end who did that. @param {any} model */
async function warmup(model) {
  const [report] = await tf.native.warmup(model, [shape]);
  await turn();
  return report;
}

/**
 * Two layers with weights of their own; every model has the same ones.
 * @param {number} [last] The last weight of the first layer, if it is to be another one.
 */
function makeModel(last) {
  const model = tf.sequential();
  for (const seed of [1, 2]) {
    const kernel = noise(UNITS * UNITS, seed);
    if (seed === 1 && last !== undefined) kernel[kernel.length - 1] = last;
    const weights = [tf.tensor(kernel, [UNITS, UNITS]), tf.tensor(noise(UNITS, seed), [UNITS])];
    const units = UNITS;
    model.add(tf.layers.dense({ units, inputShape: [UNITS], weights, activation: 'relu' }));
    tf.dispose(weights);
  }
  return model;
}

/** @param {any} model */
const predict = (model) => tf.tidy(() => model.predict(tf.tensor(noise(2 * UNITS, 3), shape)));

/** What tfjs's cpu backend predicts. @param {number} [last] */
const expectedOf = (last) =>
  onCpu(() => {
    const model = makeModel(last);
    const output = predict(model);
    model.dispose();
    return output;
  });

describe('models with the same weights', () => {
  test('hold them once, and each works without the other', async () => {
    const before = liveBytes();
    const first = makeModel();
    await warmup(first);
    const one = liveBytes() - before;
    expect(one).toBeGreaterThan(2 * WEIGHT_BYTES);

    const second = makeModel();
    expect(liveBytes() - before).toBeGreaterThan(one + 2 * WEIGHT_BYTES);
    const eager = await take(predict(second));
    expect(await warmup(second)).toEqual({ captured: true, reason: null });
    expect(liveBytes() - before).toBeLessThan(one + SLACK_BYTES);
    const expected = await expectedOf();
    expectClose(eager, expected);
    expectClose(await take(predict(first)), expected);
    expectClose(await take(predict(second)), expected);

    first.dispose();
    expectClose(await take(predict(second)), expected);
    expect(liveBytes() - before).toBeLessThan(one + SLACK_BYTES);
    // Call by call, too: the exchanged weights are as good as those before.
    tf.native.setCapture(false);
    expectClose(await take(predict(second)), expected);
    tf.native.setCapture(true);

    second.dispose();
    expect(liveBytes()).toBeLessThanOrEqual(before);
  });

  test('hold them once for all threads', async () => {
    const run = await runFixture('shared-weights.js');
    expect(run).toMatchObject({ code: 0, signal: null, stderr: '' });
    const { one, three, left, none, same, copy } = JSON.parse(run.stdout);
    expect(same).toEqual([true, true, true]);
    // Packed, and not as they were given.
    expect(one).toBeGreaterThanOrEqual(copy);
    expect(one).toBeLessThan(1.25 * copy);
    expect(three - one).toBeLessThan(copy / 4);
    expect(left - one).toBeLessThan(copy / 4);
    expect(none).toBe(0);
  });

  test('leave those alone that differ in one bit', async () => {
    const before = liveBytes();
    const first = makeModel();
    await warmup(first);
    const second = makeModel(7);
    await warmup(second);
    expectClose(await take(predict(first)), await expectedOf());
    expectClose(await take(predict(second)), await expectedOf(7));
    first.dispose();
    second.dispose();
    expect(liveBytes()).toBeLessThanOrEqual(before);
  });
});

describe('tensors that lie in one buffer', () => {
  const size = 4096;
  /** @type {any[]} */
  let equal;

  beforeEach(async () => {
    equal = [1, 2].map(() => tf.tensor1d(noise(size)));
    const before = liveBytes();
    const { graph, outputs } = CapturedGraph.record(backend(), [tf.ones([size])], ([x]) =>
      tf.add(tf.mul(x, equal[0]), equal[1]),
    );
    await graph.ready();
    tf.dispose(outputs);
    expect(liveBytes()).toBeLessThanOrEqual(before);
    graph.dispose();
  });
  afterEach(() => tf.dispose(equal));

  test('are told apart where one is an input', async () => {
    const [a, b] = equal;
    const fn = ([x]) => tf.sub(tf.mul(x, 3), b);
    const { graph, outputs } = CapturedGraph.record(backend(), [a], fn);
    await graph.ready();
    const other = tf.linspace(-1, 1, size);
    const replayed = graph.run([other]);
    const expected = await onCpu(() => fn([other]));
    expectClose(await take(replayed), expected);
    expectClose(await take(outputs), await onCpu(() => fn([a])));
    expect(Array.from(a.dataSync())).toEqual(Array.from(noise(size)));
    graph.dispose();
    other.dispose();
  });

  test('are told apart where both are inputs', async () => {
    const fn = ([x, y]) => tf.sub(tf.mul(x, 3), y);
    const { graph, outputs } = CapturedGraph.record(backend(), equal, fn);
    await graph.ready();
    const others = [tf.linspace(-1, 1, size), tf.linspace(5, 7, size)];
    expectClose(await take(graph.run(others)), await onCpu(() => fn(others)));
    graph.dispose();
    tf.dispose([outputs, others]);
  });

  test('are told apart from parts of them, where they are inputs', async () => {
    const x = tf.tensor1d(noise(size));
    const half = x.slice([0], [size / 2]);
    const fn = ([input]) => tf.sub(input.slice([0], [size / 2]).mul(3), half);
    const { graph, outputs } = CapturedGraph.record(backend(), [x], fn);
    await graph.ready();
    const other = tf.linspace(-1, 1, size);
    expectClose(await take(graph.run([other])), await onCpu(() => fn([other])));
    graph.dispose();
    tf.dispose([x, half, outputs, other]);
  });
});

test('nothing moves while calls are recorded', async () => {
  const size = 1 << 16;
  const { session } = backend();
  const weights = [1, 2].map(() => tf.tensor1d(noise(size)));
  const [x, y] = [tf.ones([size]), tf.ones([size])];
  const { graph, outputs } = CapturedGraph.record(backend(), [x], ([input]) =>
    tf.add(tf.mul(input, weights[0]), weights[1]),
  );
  graph.compile();
  tf.dispose(outputs);
  const before = liveBytes();
  expect(session.recordBegin(0)).toBe(0);
  await graph.ready();
  await settled();
  // The packed heap of the graph may come on top.
  expect(liveBytes()).toBeGreaterThanOrEqual(before);
  session.recordEnd(0);
  expect(liveBytes()).toBe(before - size * 4);
  const [sum] = graph.run([y]);
  expect(sum.dataSync()[7]).toBeCloseTo(2 * noise(8)[7], 6);
  graph.dispose();
  tf.dispose([x, y, sum, weights]);
});
