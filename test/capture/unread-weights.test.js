'use strict';

// Weights of which replays read another form: their plain values take no memory, and are there for
// whoever asks.

const { setImmediate: turn } = require('node:timers/promises');
const { CapturedGraph } = require('../../lib/capture/captured-graph');
const { tf, take, onCpu, expectClose } = require('./support');

const IN_CHANNELS = 800;
/**
 * So few that oneDNN packs them in one form for the images below. Of more, it makes another form for
 * another image or number of threads on some processors, and each of them takes memory.
 */
const OUT_CHANNELS = 16;
const WEIGHT_BYTES = 3 * 3 * IN_CHANNELS * OUT_CHANNELS * 4;

beforeAll(() => tf.setBackend('onednn'));

const backend = () => /** @type {any} */ (tf.backend());

function liveBytes() {
  backend().session.synchronize();
  return tf.native.memory().liveBytes;
}

/** @param {number[]} shape @param {number} seed */
const noise = (shape, seed) =>
  Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i * seed) / 16);

const filterShape = /** @type {[number, number, number, number]} */ ([
  3,
  3,
  IN_CHANNELS,
  OUT_CHANNELS,
]);
const filterValues = noise(filterShape, 1);
const image = (/** @type {number} */ size) => {
  const shape = [1, size, size, IN_CHANNELS];
  return tf.tensor(noise(shape, 2), shape);
};
/** @param {any} x @param {any} filter @param {any} [scale] */
const convolve = (x, filter, scale) =>
  tf.tidy(() => {
    const y = tf.conv2d(x, filter, 1, 'same');
    return scale === undefined ? y : y.mul(scale);
  });

/** @param {any[]} inputs @param {(inputs: any[]) => any} fn */
async function capture(inputs, fn) {
  const { graph, outputs } = CapturedGraph.record(backend(), inputs, fn);
  tf.dispose(outputs);
  await graph.ready();
  await turn();
  return graph;
}

/** @param {number} size @param {boolean} [isScaled] */
const expectedOf = (size, isScaled = false) =>
  onCpu(() =>
    tf.tidy(() =>
      convolve(
        image(size),
        tf.tensor4d(filterValues, filterShape),
        isScaled ? tf.tensor1d(noise([OUT_CHANNELS], 3)) : undefined,
      ),
    ),
  );

/** @type {number} */
let before;
/** @type {any} */
let filter;
/** @type {any} */
let x;
/** @type {any[]} */
let graphs;

beforeEach(() => {
  before = liveBytes();
  filter = tf.tensor4d(filterValues, filterShape);
  x = image(6);
  graphs = [];
});
afterEach(() => {
  graphs.forEach((graph) => graph.dispose());
  tf.dispose([filter, x]);
  expect(liveBytes()).toBeLessThanOrEqual(before);
});

/** What is held besides the filter is less than this. */
const SLACK_BYTES = WEIGHT_BYTES / 2;
const heldBytes = () => liveBytes() - before;

test('a filter is held once, in the form that the graph reads', async () => {
  graphs.push(await capture([x], ([input]) => convolve(input, filter)));
  expect(heldBytes()).toBeLessThan(WEIGHT_BYTES + SLACK_BYTES);
  expectClose(await take(graphs[0].run([x])), await expectedOf(6));
  expect(heldBytes()).toBeLessThan(WEIGHT_BYTES + SLACK_BYTES);
});

test('its values are what they were, read from JavaScript and by other kernels', async () => {
  graphs.push(await capture([x], ([input]) => convolve(input, filter)));
  const doubled = tf.mul(filter, 2);
  expect(doubled.dataSync()).toEqual(filterValues.map((value) => 2 * value));
  doubled.dispose();
  expect(filter.dataSync()).toEqual(filterValues);
  expect(await filter.data()).toEqual(filterValues);
  expectClose(await take(convolve(x, filter)), await expectedOf(6));
  expectClose(await take(graphs[0].run([x])), await expectedOf(6));
  // The values live on without the graph.
  graphs.pop().dispose();
  expect(filter.dataSync()).toEqual(filterValues);
});

test('a graph for another shape shares the form, and lets go of the values again', async () => {
  graphs.push(await capture([x], ([input]) => convolve(input, filter)));
  const larger = image(9);
  graphs.push(await capture([larger], ([input]) => convolve(input, filter)));
  expect(heldBytes()).toBeLessThan(WEIGHT_BYTES + SLACK_BYTES + larger.size * 4);
  expectClose(await take(graphs[1].run([larger])), await expectedOf(9));
  expectClose(await take(graphs[0].run([x])), await expectedOf(6));
  larger.dispose();
});

test('a graph that is planned for another number of threads has them', async () => {
  const threads = tf.native.threads();
  graphs.push(await capture([x], ([input]) => convolve(input, filter)));
  try {
    for (const count of [1, 2, threads]) {
      tf.native.setThreads(count);
      expectClose(await take(graphs[0].run([x])), await expectedOf(6));
      expect(heldBytes()).toBeLessThan(2 * WEIGHT_BYTES);
    }
  } finally {
    tf.native.setThreads(threads);
  }
});

test('what a graph reads as it is, or hands out, stays', async () => {
  const fn = ([input]) => [convolve(input, filter), tf.sum(tf.mul(filter, input.sum()))];
  graphs.push(await capture([x], fn));
  const expected = await onCpu(() =>
    tf.tidy(() => {
      const others = tf.tensor4d(filterValues, filterShape);
      const input = image(6);
      return [tf.conv2d(input, others, 1, 'same'), tf.sum(tf.mul(others, input.sum()))];
    }),
  );
  expectClose(await take(graphs[0].run([x])), expected);

  graphs.push(await capture([x], ([input]) => [convolve(input, filter), tf.reshape(filter, [-1])]));
  const [product, given] = graphs[1].run([x]);
  expect(given.dataSync()).toEqual(filterValues);
  expectClose(await take(product), await expectedOf(6));
  given.dispose();
});

test('what a pass made of a filter is held once, for all shapes', async () => {
  const scale = tf.tensor1d(noise([OUT_CHANNELS], 3));
  const fn = ([input]) => convolve(input, filter, scale);
  graphs.push(await capture([x], fn));
  // As it was given, and with the scale in it.
  expect(heldBytes()).toBeLessThan(2 * WEIGHT_BYTES + SLACK_BYTES + x.size * 4);
  const larger = image(9);
  graphs.push(await capture([larger], fn));
  expect(heldBytes()).toBeLessThan(2 * WEIGHT_BYTES + SLACK_BYTES + (x.size + larger.size) * 4);
  expectClose(await take(graphs[0].run([x])), await expectedOf(6, true));
  expectClose(await take(graphs[1].run([larger])), await expectedOf(9, true));
  tf.dispose([scale, larger]);
});
