'use strict';

const { once } = require('node:events');
const { longChain } = require('../runtime/support');
const { CLASSIFIER, DETECTOR, load } = require('./graph-models');
const { tf, expectClose, memoryNow, onCpu, rejectionOf, settled, take } = require('./support');

const { compile, run } = tf.native;
const image = (seed, extent = 8) => tf.randomNormal([1, extent, extent, 3], 0, 1, 'float32', seed);

let model;
beforeAll(async () => {
  await tf.setBackend('onednn');
  model = await load(CLASSIFIER);
});
afterAll(() => model.dispose());

/** Waits until memory is as it was: an aborted run ends by itself. */
async function expectMemory(expected) {
  for (let tries = 0; tries < 500 && memoryNow().numTensors !== expected.numTensors; ++tries) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(memoryNow()).toEqual(expected);
}

test('gives what predict() gives, eager and as a replay', async () => {
  for (let seed = 1; seed <= 3; ++seed) {
    const x = image(seed);
    const expected = await onCpu(() => model.predict(x));
    for (const inputs of [x, [x], { x }]) {
      expectClose(await take(await run(model, inputs)), expected);
      await settled();
    }
    x.dispose();
  }
});

test('refuses options that it does not understand', async () => {
  const x = image(1);
  for (const [options, text] of [
    [{ timed: 1 }, '[run] timed: expected true or false, got 1'],
    [{ signal: 5 }, '[run] signal: expected an AbortSignal, got 5'],
  ]) {
    const error = await rejectionOf(() => run(model, x, options));
    expect([error.code, error.message]).toEqual(['BAD_ATTR', text]);
  }
  x.dispose();
});

test('waits until the outputs are there', async () => {
  const x = image(1);
  const chain = longChain();
  const { signal } = new AbortController();
  const y = await run(model, x, { signal });
  expect(tf.backend().session.whenDone(y.dataId.slot, 0)).toBe(1);
  tf.dispose([x, chain, y]);
});

test('takes models that need executeAsync(), layers models and compiled functions', async () => {
  const detector = await load(DETECTOR);
  const x = image(1, 16);
  expectClose(await take(await run(detector, x)), await onCpu(() => detector.executeAsync(x)));
  const [a, b] = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
  const layers = tf.model({ inputs: [a, b], outputs: tf.layers.add().apply([a, b]) });
  const [left, right] = [tf.ones([1, 2]), tf.ones([1, 2])];
  expect((await take(await run(layers, [left, right]))).values).toEqual([[2, 2]]);
  const compiled = await compile((p, q) => ({ minus: tf.sub(p, q), first: p }), {
    inputs: [left, right],
  });
  const { minus, first } = await run(compiled, [left, right]);
  expect(first).toBe(left);
  expect((await take(minus)).values).toEqual([[0, 0]]);
  compiled.dispose();
  tf.dispose([x, left, right]);
  detector.dispose();
  layers.dispose();
});

describe('with a signal', () => {
  test('that is aborted already, nothing runs', async () => {
    const x = image(1);
    const predict = jest.spyOn(model, 'predict');
    const before = memoryNow();
    const reason = new Error('nobody waits any more');
    expect(await rejectionOf(() => run(model, x, { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
    const usual = await rejectionOf(() => run(model, x, { signal: AbortSignal.abort() }));
    expect(usual.name).toBe('AbortError');
    expect(predict).not.toHaveBeenCalled();
    expect(memoryNow()).toEqual(before);
    predict.mockRestore();
    x.dispose();
  });

  test('that is aborted later, it rejects at once, and the outputs are disposed', async () => {
    const x = image(1);
    await settled();
    const before = memoryNow();
    const chain = longChain();
    const controller = new AbortController();
    const running = run(model, x, { signal: controller.signal });
    const reason = new Error('too late');
    controller.abort(reason);
    expect(await rejectionOf(() => running)).toBe(reason);
    // What is before it has not been computed yet, so neither have the outputs.
    expect(tf.backend().session.whenDone(chain.dataId.slot, 1 << 30)).toBe(0);
    chain.dispose();
    await expectMemory(before);
    expect(x.isDisposed).toBe(false);
    x.dispose();
  });

  test('that is aborted in the middle of executeAsync()', async () => {
    const detector = await load(DETECTOR);
    const x = image(1, 16);
    await take(await run(detector, x));
    await settled();
    const before = memoryNow();
    for (let turns = 0; turns < 6; ++turns) {
      const controller = new AbortController();
      const running = run(detector, x, { signal: controller.signal });
      const outcome = running.then(take, ({ name }) => name);
      for (let turn = 0; turn < turns; ++turn) await null;
      controller.abort();
      expect(await outcome).toBe('AbortError');
      await expectMemory(before);
    }
    x.dispose();
    detector.dispose();
  });

  test('that is aborted between two parts, the next one ends before it has begun', async () => {
    const detector = await load(DETECTOR);
    const x = image(1, 16);
    for (let i = 0; i < 2; ++i) {
      await take(await run(detector, x));
      await settled();
    }
    const before = memoryNow();
    const { session } = tf.backend();
    const replay = jest.spyOn(session, 'replay');
    try {
      await take(await run(detector, x, { signal: new AbortController().signal }));
      const cancellers = replay.mock.calls.map(([, , , , canceller]) => canceller);
      expect(cancellers.length).toBeGreaterThan(1);
      expect(cancellers[0]).toBeDefined();
      expect(new Set(cancellers).size).toBe(1);
      replay.mockClear();
      await take(await run(detector, x));
      expect(new Set(replay.mock.calls.map(([, , , , canceller]) => canceller))).toEqual(
        new Set([undefined]),
      );
    } finally {
      replay.mockRestore();
    }
    await expectMemory(before);
    x.dispose();
    detector.dispose();
  });

  test('outputs that were there before are not disposed', async () => {
    const [x, constant] = [tf.ones([2]), tf.ones([3])];
    const compiled = await compile((p) => [p, constant, tf.neg(p)], { inputs: [x] });
    const before = memoryNow();
    const chain = longChain();
    const controller = new AbortController();
    const running = run(compiled, x, { signal: controller.signal });
    controller.abort();
    expect((await rejectionOf(() => running)).name).toBe('AbortError');
    chain.dispose();
    await expectMemory(before);
    expect([x.isDisposed, constant.isDisposed]).toEqual([false, false]);
    compiled.dispose();
    tf.dispose([x, constant]);
  });

  test('that is aborted behind the end, nothing happens', async () => {
    const x = image(1);
    const controller = new AbortController();
    const removed = jest.spyOn(controller.signal, 'removeEventListener');
    const y = await run(model, x, { signal: controller.signal });
    expect(removed).toHaveBeenCalledTimes(1);
    const aborted = once(controller.signal, 'abort');
    controller.abort();
    await aborted;
    expect(y.isDisposed).toBe(false);
    tf.dispose([x, y]);
  });
});

test('what fails rejects, and leaves nothing', async () => {
  const x = image(1);
  // Weights come back from the backend that computed what was expected above.
  tf.dispose(await run(model, image(1, 9)));
  const before = memoryNow();
  const broken = await rejectionOf(() => run(model, { y: x }));
  tf.native.setCapture(false);
  expect(broken.message).toBe((await rejectionOf(async () => model.predict({ y: x }))).message);
  tf.native.setCapture(true);
  const large = tf.ones([1, 512, 512, 3]);
  const { memory, setMemoryCeiling, trimMemory } = tf.native;
  tf.backend().session.synchronize();
  trimMemory();
  setMemoryCeiling(memory().liveBytes + 1024);
  try {
    const error = await rejectionOf(() => run(model, large));
    expect(error).toMatchObject({ name: 'NativeError', code: 'OUT_OF_MEMORY' });
  } finally {
    setMemoryCeiling(0);
  }
  large.dispose();
  await expectMemory(before);
  x.dispose();
});

test('names what is wrong with its arguments', async () => {
  const x = image(1);
  const cases = [
    [null, undefined],
    [{}, undefined],
    [(y) => y, undefined],
    [model, null],
    [model, {}],
    [model, new AbortController()],
  ];
  for (const [target, signal] of cases) {
    const error = await rejectionOf(() => run(target, x, { signal }));
    expect(error).toMatchObject({ name: 'NativeError', code: 'BAD_ATTR', op: 'run' });
  }
  x.dispose();
});
