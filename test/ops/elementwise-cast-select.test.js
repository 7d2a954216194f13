'use strict';

const { tf, expectSameAsCpu, random } = require('./oracle');

const floats = [
  NaN, Infinity, -Infinity, 0, -0, 0.3, -0.3, 1.9, -1.9, 2147483647, 2147483648, -2147483648,
  4294967296, 4294967808, -6442450944, 1e10, -1e10, 3e38, 1e-42,
]; // prettier-ignore

/** A tensor of each dtype. @type {Record<string, (tf: any) => any>} */
const sources = {
  float32: (tf) => tf.tensor1d(floats),
  int32: (tf) => tf.tensor1d([0, 1, -1, 256, 65536, 2147483647, -2147483648, 16777217], 'int32'),
  bool: (tf) => tf.tensor1d([0, 1, 1, 0, 1], 'bool'),
  complex64: (tf) => tf.complex([0, 1.75, -2.5, NaN, 3e9], [1, 0, 2, 3, 4]),
};

describe.each(Object.keys(sources))('cast from %s', (from) => {
  test.each(Object.keys(sources))('to %s', (to) =>
    expectSameAsCpu((tf) => {
      const y = tf.cast(sources[from](tf), to);
      return to === 'complex64' ? [tf.real(y), tf.imag(y)] : y;
    }),
  );

  test.each(Object.keys(sources))('to %s, empty', (to) =>
    expectSameAsCpu((tf) => tf.cast(tf.zeros([2, 0], from === 'complex64' ? 'float32' : from), to)),
  );
});

describe('cast', () => {
  test.each(['int32', 'bool', 'complex64'])('many elements to %s and back', (dtype) =>
    expectSameAsCpu((tf) => tf.cast(tf.cast(random(tf, [70001]).mul(9), dtype), 'float32')),
  );

  test('rank 0', () => expectSameAsCpu((tf) => tf.cast(tf.scalar(2.7), 'int32')));
});

describe('where', () => {
  test.each([
    [[], [], []],
    [[0], [0], [0]],
    [
      [3, 5],
      [3, 5],
      [3, 5],
    ],
    [[3, 1], [1, 5], []],
    [[2], [3, 2], [3, 2]],
    [[70001], [70001], [70001]],
  ])('%j %j %j', (condition, t, e) =>
    expectSameAsCpu((tf) =>
      tf.where(random(tf, condition, 1).greater(0), random(tf, t, 2), random(tf, e, 3)),
    ),
  );

  test.each([
    ['int32', 'int32'],
    ['bool', 'bool'],
    ['int32', 'float32'],
    ['float32', 'bool'],
    ['bool', 'int32'],
  ])('%s and %s', (t, e) =>
    expectSameAsCpu((tf) =>
      tf.where(
        tf.tensor1d([1, 0, 1, 0], 'bool'),
        tf.tensor1d([1, 0, 0, 1]).cast(t),
        tf.tensor1d([0, 0, 1, 1]).cast(e),
      ),
    ),
  );

  test('NaN in the side that is not taken', () =>
    expectSameAsCpu((tf) =>
      tf.where(tf.tensor1d([1, 0], 'bool'), tf.tensor1d([1, NaN]), tf.tensor1d([NaN, 2])),
    ));
});

describe('Select with fewer conditions', () => {
  /** @param {any} tf @param {any} condition */
  const select = (tf, condition) =>
    tf.engine().runKernel('Select', {
      condition,
      t: tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]),
      e: tf.tensor2d([-1, -2, -3, -4, -5, -6], [2, 3]),
    });

  test('one for each outermost slice', () =>
    expectSameAsCpu((tf) => select(tf, tf.tensor1d([0, 1], 'bool'))));

  test('a scalar', () => expectSameAsCpu((tf) => select(tf, tf.scalar(true))));

  test('of another shape', async () => {
    await tf.setBackend('onednn');
    expect(() => select(tf, tf.zeros([3], 'bool'))).toThrow(
      '[Select] condition: expected the shape of t, [2,3], or its first extent, got [3]',
    );
  });
});
