'use strict';

const { tf, expectSameAsCpu } = require('./oracle');
const { filled, onNative } = require('./array-support');

const dtypes = ['float32', 'int32', 'bool'];

/** Reproducible int32 indices below `limit`. */
function indices(/** @type {any} */ t, /** @type {number[]} */ shape, /** @type {number} */ limit) {
  const count = t.util.sizeFromShape(shape);
  return t.tensor(
    Int32Array.from({ length: count }, (_, i) => (i * 7919) % limit),
    shape,
    'int32',
  );
}

describe('GatherV2', () => {
  test.each([
    [[5], [3], 0, 0],
    [[5], [], 0, 0],
    [[4, 6], [3], 0, 0],
    [[4, 6], [2, 3], 1, 0],
    [[4, 6], [2, 3], -1, 0],
    [[4, 6, 4], [5], 1, 0],
    [[3, 4, 6], [3, 2], 1, 1],
    [[3, 4, 6], [3, 2], 2, 1],
    [[3, 4, 6, 2], [3, 4, 5], 2, 2],
    [[3, 4, 6, 2], [3, 4, 5], 3, -1],
    [[4, 6], [0], 0, 0],
    [[4, 0], [3], 0, 0],
    [[2000, 64], [300, 20], 0, 0],
    [[10, 3000], [2000], 1, 0],
  ])('%j, indices %j, axis %i, batchDims %i', async (shape, index, axis, batchDims) => {
    const limit = shape[axis < 0 ? axis + shape.length : axis];
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) =>
        t.gather(filled(t, shape, dtype), indices(t, index, limit), axis, batchDims),
      );
    }
  });

  test.each([[3], [-1]])('an index of %i outside of x fails with its value', (index) =>
    onNative(async () => {
      // The larger call is not run at once, so that only its reader learns of the error.
      const gather = (/** @type {number} */ size) =>
        tf.gather(tf.ones([3, size]), tf.tensor1d([0, index], 'int32'));
      const message = `the index value ${index} is not in [0, 2]`;
      expect(() => gather(2).dataSync()).toThrow(message);
      expect(() => gather(20000).dataSync()).toThrow(`[GatherV2] GatherV2: ${message}`);
      await expect(gather(20000).data()).rejects.toThrow('[GatherV2]');
    }),
  );

  test('refuses shapes and dtypes that do not fit', () =>
    onNative(() => {
      const index = tf.tensor2d([[0], [1]], [2, 1], 'int32');
      expect(() => tf.gather(tf.ones([3, 4]), index, 1, 1)).toThrow(/\[GatherV2\] x.shape/);
      expect(() => tf.gather(tf.ones([2, 4]), index, 0, 1)).toThrow(/\[GatherV2\] batchDims/);
      expect(() => tf.gather(tf.ones([2, 4]), index, 2)).toThrow(/\[GatherV2\] axis/);
      expect(() =>
        tf.engine().runKernel('GatherV2', { x: tf.ones([3]), indices: tf.ones([2]) }, { axis: 0 }),
      ).toThrow(/\[GatherV2\] indices: expected int32, got float32/);
    }));
});

describe('GatherNd', () => {
  test.each([
    [[5], [[1], [4]]],
    [
      [3, 4],
      [
        [0, 1],
        [2, 3],
      ],
    ],
    [
      [3, 4],
      [[1], [0], [2]],
    ],
    [
      [3, 4, 5],
      [[[1, 2]], [[0, 3]]],
    ],
  ])('%j at %j', async (shape, index) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) =>
        t.gatherND(filled(t, shape, dtype), t.tensor(index, undefined, 'int32')),
      );
    }
  });

  test('no indices, and indices of no dimension', () =>
    expectSameAsCpu((t) => [
      t.gatherND(filled(t, [3, 4], 'float32'), t.tensor([], [0, 2], 'int32')),
      t.gatherND(filled(t, [3, 4], 'float32'), t.tensor([], [2, 0], 'int32')),
    ]));

  test('many', () =>
    expectSameAsCpu((t) =>
      t.gatherND(filled(t, [500, 400], 'float32'), indices(t, [40000, 2], 400)),
    ));

  // Each index counts, also where the place that they name together is inside.
  test.each([
    [[[3, 0]], '[3,0]'],
    [[[-1, 0]], '[-1,0]'],
    [[[0, 4]], '[0,4]'],
    [[[1, -1]], '[1,-1]'],
    [[[2147483647, 2147483647]], '[2147483647,2147483647]'],
    [[[0], [2], [-3]], '[-3]'],
    [
      [
        [2, 3],
        [0, 5],
        [1, 1],
      ],
      '[0,5]',
    ],
  ])('an index of %j outside of params fails', (index, named) =>
    onNative(async () => {
      const take = () => tf.gatherND(tf.ones([3, 4]), tf.tensor(index, undefined, 'int32'));
      const message = `[GatherNd] indices: ${named} is outside of params of shape [3,4]`;
      expect(() => take().dataSync()).toThrow(message);
      await expect((async () => take().add(1).data())()).rejects.toThrow(message);
    }),
  );

  test('one bad tuple among many fails', () =>
    onNative(() => {
      const index = indices(tf, [40000, 2], 400).dataSync();
      index[2 * 31234 + 1] = 400;
      const take = () => tf.gatherND(tf.ones([500, 400]), tf.tensor(index, [40000, 2], 'int32'));
      expect(() => take().dataSync()).toThrow(/\[GatherNd\] indices: \[\d+,400\] is outside/);
    }));

  test('strings: an index outside of its dimension fails', () =>
    onNative(() => {
      const words = tf.tensor2d(['a', 'b', 'c', 'd', 'e', 'f'], [2, 3]);
      const at = (tuple) => tf.gatherND(words, tf.tensor2d([tuple], [1, 2], 'int32')).dataSync();
      expect(at([1, 2])).toEqual(['f']);
      expect(() => at([0, 5])).toThrow(
        '[GatherNd] indices: [0,5] is outside of params of shape [2,3]',
      );
      expect(() => at([1, -1])).toThrow('[1,-1]');
    }));

  test('refuses what cannot be indexed', () =>
    onNative(() => {
      const index = tf.tensor2d([[0, 0, 0]], [1, 3], 'int32');
      expect(() => tf.gatherND(tf.ones([2, 2]), index)).toThrow(/\[GatherNd\] indices/);
      expect(() => tf.gatherND(tf.zeros([0, 2, 2]), index)).toThrow(/\[GatherNd\] params/);
    }));
});
