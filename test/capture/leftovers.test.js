'use strict';

const { setImmediate: turn } = require('node:timers/promises');
const { CapturedGraph } = require('../../lib/capture/captured-graph');
const { tf, take, onCpu, expectClose } = require('./support');

beforeAll(() => tf.setBackend('onednn'));

const native = () => {
  /** @type {any} */ (tf.backend()).session.synchronize();
  return tf.native.memory();
};

/** @param {any[]} inputs @param {(inputs: any[]) => any} fn */
const record = (inputs, fn) => CapturedGraph.record(/** @type {any} */ (tf.backend()), inputs, fn);

/** @param {number[]} shape @param {number} seed */
function noise(shape, seed) {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * seed) / 8),
    shape,
  );
}

test('the memory of a recorded run is given back once it is compiled', async () => {
  const x = noise([256, 1024], 1);
  tf.native.trimMemory();
  const { graph, outputs } = record([x], ([input]) => {
    const parts = [1, 2, 3, 4, 5].map((factor) => tf.mul(input, factor));
    return tf.addN(parts);
  });
  expect(native().pooledBytes).toBeGreaterThanOrEqual(4 * x.size * 4);
  await graph.ready();
  // Of small things that the compiler itself lets go of later.
  expect(native().pooledBytes).toBeLessThan(4096);
  const [sum] = graph.run([x]);
  expectClose(await take(sum), await take(outputs));
  graph.dispose();
  x.dispose();
});

test('forms of weights that no replay uses are given back', async () => {
  const channels = 192;
  const size = 3 * 3 * channels * channels * 4;
  const make = () => ({
    x: noise([1, 6, 6, channels], 1),
    filter: noise([3, 3, channels, channels], 2),
    scale: noise([channels], 3),
    shift: noise([channels], 4),
  });
  /** @param {ReturnType<typeof make>} tensors */
  const fn = ({ x, filter, scale, shift }) =>
    tf.tidy(() => tf.conv2d(x, filter, 1, 'same').mul(scale).add(shift));
  const before = native().liveBytes;
  const tensors = make();
  // Packs the filter as it is.
  tf.dispose(fn(tensors));
  const { graph, outputs } = record([tensors.x], ([x]) => fn({ ...tensors, x }));
  await graph.ready();
  await turn();
  // The filter, that with the scale in it, and this packed.
  expect(native().liveBytes - before).toBeLessThan(4 * size);
  const expected = await onCpu(() => {
    const others = make();
    const result = fn(others);
    tf.dispose(others);
    return result;
  });
  expectClose(await take(graph.run([tensors.x])), expected);
  // Call by call it is packed again.
  expectClose(await take(fn(tensors)), expected);
  expectClose(await take(outputs), expected);
  graph.dispose();
  tf.dispose(tensors);
  expect(native().liveBytes).toBeLessThanOrEqual(before);
});
