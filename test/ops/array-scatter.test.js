'use strict';

const { tf, expectSameAsCpu } = require('./oracle');
const { filled, onNative } = require('./array-support');

const dtypes = ['float32', 'int32', 'bool'];

/** An int32 tensor. */
const ints = (/** @type {any} */ t, /** @type {any} */ values, /** @type {number[]=} */ shape) =>
  t.tensor(values, shape, 'int32');

const cases = [
  ['a vector', [8], [[4], [3], [1], [7]], [4]],
  ['rows', [4, 3], [[2], [0]], [2, 3]],
  [
    'elements',
    [4, 3],
    [
      [2, 1],
      [0, 2],
      [3, 0],
    ],
    [3],
  ],
  ['nested indices', [4, 3, 2], [[[2, 1]], [[0, 2]]], [2, 1, 2]],
];

// Each index counts, also where the place that they name together is inside.
describe.each([
  ['ScatterNd', (index, updates, shape) => tf.scatterND(index, updates, shape)],
  [
    'TensorScatterUpdate',
    (index, updates, shape) => tf.tensorScatterUpdate(tf.zeros(shape), index, updates),
  ],
  ['SparseToDense', (index, updates, shape) => tf.sparseToDense(index, updates, shape, 0)],
])('%s', (op, scatter) => {
  test.each([
    [[[8, 0]], '[8,0]'],
    [[[-1, 0]], '[-1,0]'],
    [[[0, 5]], '[0,5]'],
    [[[2, -1]], '[2,-1]'],
    [[[2147483647, 2147483647]], '[2147483647,2147483647]'],
    [
      [
        [0, 0],
        [3, 2],
        [1, 3],
      ],
      '[1,3]',
    ],
  ])('an index of %j outside of the output fails', (index, named) =>
    onNative(async () => {
      const compute = () => scatter(ints(tf, index), tf.ones([index.length]), [4, 3]);
      const message = `[${op}] indices: ${named} is outside of shape [4,3]`;
      expect(() => compute().dataSync()).toThrow(message);
      await expect((async () => compute().add(1).data())()).rejects.toThrow(message);
    }),
  );
});

test.each([
  [
    'TensorScatterUpdate',
    // tf.tensorScatterUpdate() lets no strings through.
    (indices, updates) => {
      const inputs = { tensor: tf.fill([2, 3], '-'), indices, updates };
      return tf.engine().runKernel('TensorScatterUpdate', inputs);
    },
  ],
  ['SparseToDense', (index, words) => tf.sparseToDense(index, words, [2, 3], '-')],
])('%s of strings: an index outside of its dimension fails', (op, scatter) =>
  onNative(() => {
    const at = (tuple) => scatter(ints(tf, [tuple]), tf.tensor1d(['x'])).dataSync();
    expect(at([1, 0])).toEqual(['-', '-', '-', 'x', '-', '-']);
    expect(() => at([0, 3])).toThrow(`[${op}] indices: [0,3] is outside of shape [2,3]`);
    expect(() => at([1, -1])).toThrow('[1,-1]');
  }),
);

describe('ScatterNd', () => {
  test.each(cases)('%s', async (_, shape, index, updates) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) => t.scatterND(ints(t, index), filled(t, updates, dtype), shape));
    }
  });

  test('sums what meets, and wraps', () =>
    expectSameAsCpu((t) => [
      t.scatterND(ints(t, [[1], [1], [0], [1]]), filled(t, [4, 3], 'float32'), [2, 3]),
      t.scatterND(ints(t, [[1], [1]]), ints(t, [2147483647, 5]), [2]),
    ]));

  test('indices that are a vector', () =>
    expectSameAsCpu((t) => t.scatterND(ints(t, [3, 1]), filled(t, [2], 'float32'), [5])));

  test('nothing to write, nowhere to write', () =>
    expectSameAsCpu((t) => [
      t.scatterND(ints(t, [], [0, 1]), filled(t, [0, 3], 'float32'), [2, 3]),
      t.scatterND(ints(t, [[0]]), filled(t, [1, 0], 'float32'), [2, 0]),
    ]));

  test('many, with repeats', () =>
    expectSameAsCpu((t) => {
      const index = Int32Array.from({ length: 2000 }, (_, i) => (i * 37) % 300);
      return t.scatterND(ints(t, index, [2000, 1]), filled(t, [2000, 70], 'float32'), [300, 70]);
    }));

  test('refuses updates of another size', () =>
    onNative(() => {
      const scatter = (/** @type {any} */ inputs, /** @type {number[]} */ shape) =>
        tf.engine().runKernel('ScatterNd', inputs, { shape });
      expect(() =>
        scatter({ indices: ints(tf, [[0], [1]]), updates: tf.ones([2]) }, [4, 3]),
      ).toThrow(/\[ScatterNd\] updates: expected shape \[2,3\], got shape \[2\]/);
      expect(() => scatter({ indices: ints(tf, [[0, 1]]), updates: tf.ones([1]) }, [4])).toThrow(
        /\[ScatterNd\] indices/,
      );
    }));
});

describe('TensorScatterUpdate', () => {
  test.each(cases)('%s', async (_, shape, index, updates) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) =>
        t.tensorScatterUpdate(
          filled(t, shape, dtype, 5),
          ints(t, index),
          filled(t, updates, dtype, 1),
        ),
      );
    }
  });

  test('the last of several wins, and the tensor stays as it was', () =>
    onNative(() => {
      const tensor = tf.tensor1d([1, 2, 3]);
      const result = tf.tensorScatterUpdate(tensor, ints(tf, [[1], [1]]), tf.tensor1d([7, 8]));
      expect(Array.from(result.dataSync())).toEqual([1, 8, 3]);
      expect(Array.from(tensor.dataSync())).toEqual([1, 2, 3]);
    }));

  test.each([
    ['rows', [40, 70], [[3], [39], [3], [0]], [4, 70]],
    ['planes', [3, 50, 9, 8], [[2], [0]], [2, 50, 9, 8]],
    [
      'rows of planes',
      [3, 5, 130],
      [
        [2, 1],
        [0, 0],
        [2, 1],
      ],
      [3, 130],
    ],
    ['no rows', [4, 100], [], [0, 100]],
    ['many rows', [600, 1000], Array.from({ length: 300 }, (_, i) => [(i * 7) % 600]), [300, 1000]],
  ])('long slices: %s', async (_, shape, index, updates) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) => {
        const tuples = t.tensor(index.flat(), [updates[0], index[0]?.length ?? 1], 'int32');
        return t.tensorScatterUpdate(
          filled(t, shape, dtype, 5),
          tuples,
          filled(t, updates, dtype, 1),
        );
      });
    }
  });

  test('long slices: an index outside of its dimension fails', () =>
    onNative(() => {
      const scatter = (tuple) =>
        tf.tensorScatterUpdate(tf.zeros([3, 100]), ints(tf, [tuple]), tf.ones([1, 100])).dataSync();
      expect(() => scatter([3])).toThrow(
        '[TensorScatterUpdate] indices: [3] is outside of shape [3,100]',
      );
      expect(() => scatter([-1])).toThrow('[-1]');
    }));
});

describe('SparseToDense', () => {
  test.each([
    ['a scalar index', 1, [3], []],
    ['a vector of indices', [0, 2], [3], [2]],
    [
      'one value for all',
      [
        [0, 1],
        [2, 2],
      ],
      [3, 3],
      [],
    ],
    [
      'a matrix of indices',
      [
        [0, 1],
        [2, 2],
      ],
      [3, 3],
      [2],
    ],
  ])('%s', async (_, index, shape, values) => {
    for (const dtype of dtypes) {
      await expectSameAsCpu((t) =>
        t.sparseToDense(
          ints(t, index),
          filled(t, values, dtype, 1),
          shape,
          filled(t, [], dtype, 3),
        ),
      );
    }
  });

  test('an index outside of the output fails', () =>
    onNative(() => {
      const compute = () => tf.sparseToDense(ints(tf, [3]), tf.ones([1]), [3], 0);
      expect(() => compute().dataSync()).toThrow(/\[SparseToDense\] indices/);
    }));
});

describe('UnsortedSegmentSum', () => {
  test.each([
    [[5], [5], 3],
    [[5, 4], [5], 3],
    [[5, 4, 3], [5], 7],
    [[5, 4], [5, 4], 3],
    [[0, 4], [0], 2],
    [[5, 0], [5], 2],
    [[700, 300], [700], 9],
  ])('%j by ids of %j in %i segments', async (shape, ids, segments) => {
    for (const dtype of dtypes) {
      // Sums of many values near 100 that nearly cancel: tfjs adds in double precision.
      const options = { tolerance: 1e-4 };
      await expectSameAsCpu((t) => {
        const count = t.util.sizeFromShape(ids);
        // Some lie outside of the segments.
        const values = Int32Array.from({ length: count }, (_, i) => ((i * 5) % (segments + 2)) - 1);
        return t.unsortedSegmentSum(filled(t, shape, dtype), ints(t, values, ids), segments);
      }, options);
    }
  });

  test('refuses ids that do not fit x', () =>
    onNative(() => {
      expect(() => tf.unsortedSegmentSum(tf.ones([3, 2]), ints(tf, [0, 1]), 2)).toThrow(
        /\[UnsortedSegmentSum\] segmentIds: expected the first extents/,
      );
    }));
});
