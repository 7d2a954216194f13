'use strict';

// Replays that take so little that JavaScript's thread does them itself, once its turn is over.

const { tf, expectClose, memoryNow, onCpu, rejectionOf } = require('./support');

const { compile, run } = tf.native;

/** What session.whenDone() answers. */
const isQueued = 0;
const isThere = 1;
const isDeferred = 2;

/** A call of its own for every question: nobody waits for the answer. */
const unusedId = 1 << 30;
const stateOf = (tensor) => tf.backend().session.whenDone(tensor.dataId.slot, unusedId);

const turn = () => new Promise((resolve) => setImmediate(resolve));

const compute = (x) => tf.sum(tf.tanh(tf.sin(tf.exp(x))), 1);

/** How often a size is called until it counts what becomes of the last calls. */
const calls = 40;
const lastCalls = 10;

/** A compiled function, an input, and what it gives; calls of it are put off. */
let brief;

/** @param {ArrayLike<number>} values @param {number} [times] That what the function gives. */
function expectValues(values, times = 1) {
  const { shapes, values: expected } = brief.expected;
  const got = { shapes, values: [Array.from(values)] };
  expectClose(got, { shapes, values: [expected[0].map((value) => times * value)] });
}

/** Calls `compiled` once. @returns {Promise<number>} What whenDone() said of the output. */
async function callOnce(compiled, x) {
  const y = compiled(x);
  const state = stateOf(y);
  await y.data();
  y.dispose();
  return state;
}

/**
 * Tries one size after another, each twice the last, until calls are neither too short nor too long;
 * the one after that is far from both.
 */
async function findBrief() {
  let isLongEnough = false;
  for (let size = 1 << 10; size <= 1 << 22; size *= 2) {
    const x = tf.reshape(tf.linspace(-1, 1, size), [16, -1]);
    const compiled = await compile(compute, { inputs: [x] });
    const states = [];
    for (let i = 0; i < calls; ++i) states.push(await callOnce(compiled, x));
    if (isLongEnough) {
      return { compiled, x, expected: await onCpu(() => compute(x)) };
    }
    isLongEnough = states.slice(-lastCalls).every((state) => state === isDeferred);
    compiled.dispose();
    x.dispose();
  }
  throw new Error('no size is put off');
}

/** One call that is put off. What took longer for a while, as others were at work, is called again. */
async function callBrief() {
  for (let tries = 0; tries < 1000; ++tries) {
    const y = brief.compiled(brief.x);
    if (stateOf(y) === isDeferred) return y;
    await y.data();
    y.dispose();
  }
  throw new Error('no call is put off any more');
}

beforeAll(async () => {
  await tf.setBackend('onednn');
  brief = await findBrief();
});
afterAll(() => {
  brief.compiled.dispose();
  brief.x.dispose();
});

test('wait for the end of the turn, and are there after it', async () => {
  const y = await callBrief();
  // Longer than anybody else would take to come for it.
  const end = performance.now() + 20;
  while (performance.now() < end);
  expect(stateOf(y)).toBe(isDeferred);
  await turn();
  expect(stateOf(y)).toBe(isThere);
  expectValues(await y.data());
  y.dispose();
});

test('give all who wait for them their values', async () => {
  const y = await callBrief();
  const same = tf.reshape(y, [-1, 1]);
  const given = await Promise.all([y.data(), same.data(), y.data()]);
  given.forEach((values) => expectValues(values));
  tf.dispose([y, same]);
});

test('are done at once for who does not wait', async () => {
  const y = await callBrief();
  expectValues(y.dataSync());
  expect(stateOf(y)).toBe(isThere);
  y.dispose();
});

test('are left to the threads where more is asked for in the same turn', async () => {
  const first = await callBrief();
  const others = Array.from({ length: 3 }, () => brief.compiled(brief.x));
  const sum = tf.addN(others);
  expect(stateOf(first)).not.toBe(isDeferred);
  for (const y of [first, ...others]) expectValues(await y.data());
  expectValues(await sum.data(), 3);
  tf.dispose([first, ...others, sum]);
});

test('come before what is computed of them', async () => {
  const y = await callBrief();
  const double = tf.add(y, y);
  expect([isQueued, isThere]).toContain(stateOf(double));
  expectValues(await double.data(), 2);
  tf.dispose([y, double]);
});

test('leave nothing behind where nobody reads them', async () => {
  const before = memoryNow();
  const y = await callBrief();
  y.dispose();
  const z = await callBrief();
  await turn();
  z.dispose();
  expect(memoryNow()).toEqual(before);
});

test('may be aborted before the turn is over', async () => {
  (await callBrief()).dispose();
  await turn();
  const before = memoryNow();
  const controller = new AbortController();
  const running = run(brief.compiled, brief.x, { signal: controller.signal });
  controller.abort();
  expect((await rejectionOf(() => running)).name).toBe('AbortError');
  await turn();
  expect(memoryNow()).toEqual(before);
});
