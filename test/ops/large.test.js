'use strict';

// Operands that outgrow the caches of most machines: what is streamed past them, read ahead or done
// in blocks then is compared here as it is there, where the cpu backend takes no more than seconds
// for that. All operators are where caches are said to be small (test/machines/).

const { tf } = require('./oracle');

const shape = [1031, 8502];
const size = shape[0] * shape[1];

const floats = Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 20011) / 1000 - 10);
const integers = Int32Array.from(floats, (x) => x * 100);
const flags = Uint8Array.from(floats, (x) => (x > 0 ? 1 : 0));

/** @typedef {{x: any, y: any, n: any, flag: any}} Operands */

/** @type {Record<string, (operands: Operands) => any>} */
const calls = {
  'a sum of two': ({ x, y }) => x.add(y),
  'a sum of four': ({ x, y }) => tf.addN([x, y, x, y]),
  'a row added': ({ x }) => x.add(x.slice([3, 0], [1, shape[1]])),
  'a square root': ({ x }) => x.abs().sqrt(),
  'a larger one': ({ x, y }) => tf.maximum(x, y),
  'a comparison': ({ x, y }) => x.greater(y),
  'a choice': ({ x, y, flag }) => tf.where(flag, x, y),
  'a cast': ({ n }) => n.toFloat(),
  'a cast that rounds': ({ x }) => x.toInt(),
  'a joined one': ({ x, y }) => tf.concat([x, y.slice([5, 0])], 0),
  'a transposed one': ({ x }) => x.transpose(),
  'a padded one': ({ x }) => x.pad([[1, 2], [3, 4]], 0.5), // prettier-ignore
  'ones like it': ({ x }) => tf.onesLike(x),
  'a running sum': ({ n }) => n.cumsum(1),
  'sums of rows': ({ x }) => x.sum(1),
  'sums of columns': ({ x }) => x.sum(0),
  'a sum of all': ({ x }) => x.sum(),
  'the largest of rows': ({ x }) => x.max(1),
  'places of the largest of rows': ({ x }) => x.argMax(1),
  'places of the largest of columns': ({ x }) => x.argMax(0),
};

/** @param {string} backend @param {(operands: Operands) => any} compute */
async function valuesOn(backend, compute) {
  await tf.setBackend(backend);
  const output = tf.tidy(() =>
    compute({
      x: tf.tensor(floats, shape),
      y: tf.tensor(
        floats.map((value) => 1 - value),
        shape,
      ),
      n: tf.tensor(integers, shape, 'int32'),
      flag: tf.tensor(flags, shape, 'bool'),
    }),
  );
  const values = await output.data();
  output.dispose();
  return { shape: output.shape, dtype: output.dtype, values };
}

/** Not with expect() for each element, nor with globals of Jest's realm: both would take minutes. */
function firstApart(/** @type {any} */ actual, /** @type {any} */ expected) {
  const { abs, max } = Math;
  let largest = 1;
  for (let i = 0; i < expected.length; i++) largest = max(largest, abs(expected[i]));
  for (let i = 0; i < expected.length; i++) {
    const isNear = abs(actual[i] - expected[i]) <= 1e-6 * largest;
    if (!isNear) return { at: i, actual: actual[i], expected: expected[i] };
  }
  return null;
}

test.each(Object.keys(calls))('%s', async (name) => {
  const expected = await valuesOn('cpu', calls[name]);
  const actual = await valuesOn('onednn', calls[name]);
  expect([actual.shape, actual.dtype]).toEqual([expected.shape, expected.dtype]);
  expect(actual.values.length).toBe(expected.values.length);
  expect(firstApart(actual.values, expected.values)).toBeNull();
});
