'use strict';

const { tf, expectSameAsCpu, expectSameErrorAsCpu } = require('./oracle');
const { failing, filled, onNative } = require('./array-support');

/** Sorted or not, with rows that come often and rows that never do. */
function elements(t, count, rows, rank, isSorted) {
  const tuples = Array.from({ length: count }, (_, i) =>
    Array.from({ length: rank }, (_, d) => (d === 0 ? ((i * i * 7) % rows) & ~1 : (i + d) % 9)),
  );
  if (isSorted) tuples.sort((a, b) => a[0] - b[0]);
  return t.tensor2d(tuples.flat(), [count, rank], 'int32');
}

describe('SparseFillEmptyRows', () => {
  test.each([
    [1, 1, 1],
    [3, 5, 2],
    [40, 13, 3],
    [500, 900, 1],
    [20000, 700, 2],
  ])('%i elements in %i rows, rank %i', async (count, rows, rank) => {
    for (const dtype of ['float32', 'int32', 'bool']) {
      for (const isSorted of [true, false]) {
        await expectSameAsCpu((t) =>
          Object.values(
            t.sparse.sparseFillEmptyRows(
              elements(t, count, rows, rank, isSorted),
              filled(t, [count], dtype),
              t.tensor1d([rows, ...new Array(rank - 1).fill(9)], 'int32'),
              t.scalar(1, dtype),
            ),
          ),
        );
      }
    }
  });

  test('no elements, no rows, and every row filled', async () => {
    const fill = (t, indices, shape, values, dense) =>
      Object.values(
        t.sparse.sparseFillEmptyRows(t.tensor2d(indices, shape, 'int32'), values, dense, -1),
      );
    await expectSameAsCpu((t) => fill(t, [], [0, 3], [], [4, 5, 6]));
    await expectSameAsCpu((t) => fill(t, [], [0, 2], [], [0, 5]));
    await expectSameAsCpu((t) => fill(t, [0, 3, 1, 2], [2, 2], [7, 8], [2, 5]));
    await expectSameAsCpu((t) => fill(t, [1, 3, 0, 2], [2, 2], [7, NaN], [2, 5]));
  });

  test.each([
    [[[5, 0]], [5, 5]],
    [[[-1, 0]], [5, 5]],
    [
      [
        [1, 0],
        [4, 1],
        [2 ** 31 - 1, 1],
      ],
      [5, 5],
    ],
    [[[0, 0]], [0, 5]],
  ])('%j in a shape of %j is an error as in tfjs', (indices, shape) =>
    expectSameErrorAsCpu((t) =>
      t.sparse.sparseFillEmptyRows(
        t.tensor2d(indices, undefined, 'int32'),
        indices.map(() => 1),
        shape,
        0,
      ),
    ),
  );

  test('refuses what tfjs takes on trust', () =>
    onNative(() => {
      const run = (indices, values, dense) => () =>
        tf.engine().runKernel('SparseFillEmptyRows', {
          indices,
          values,
          denseShape: tf.tensor1d(dense, 'int32'),
          defaultValue: tf.scalar(0),
        });
      const pair = tf.tensor2d([[0, 1]], [1, 2], 'int32');
      expect(run(pair, tf.tensor1d([1, 2]), [3, 3])).toThrow(/values: expected one for each of 1/);
      expect(run(pair, tf.tensor1d([1]), [])).toThrow(/denseShape: expected at least one extent/);
      expect(run(pair, tf.tensor1d([1]), [-3, 3])).toThrow(/denseShape: expected no negative/);
      expect(run(tf.zeros([3, 0], 'int32'), tf.ones([3]), [3])).toThrow(/rank >= 1/);
      expect(run(tf.zeros([1, 2]), tf.ones([1]), [3])).toThrow(/indices: expected int32/);
      expect(run(pair, tf.tensor1d([1], 'int32'), [3])).toThrow(/defaultValue: expected int32/);
    }));
});

describe('SparseReshape', () => {
  test.each([
    [
      [2, 3, 6],
      [9, 4],
    ],
    [
      [2, 3, 6],
      [4, -1],
    ],
    [
      [2, 3, 6],
      [-1, 2, 3, 1, 2],
    ],
    [[36], [36]],
    [[7, 1, 5], [-1]],
    [
      [3, 0, 2],
      [0, 5],
    ],
    [
      [3, 0, 2],
      [4, -1],
    ],
    [[], [1, 1]],
    [[1], []],
    [
      [65536, 32768],
      [2, -1, 32768],
    ],
  ])('from %j to %j', async (from, to) => {
    for (const count of from.includes(0) ? [0] : [0, 1, 7, 30000]) {
      await expectSameAsCpu((t) => {
        const indices = Int32Array.from({ length: count * from.length }, (_, i) => {
          const extent = from[i % from.length];
          return (i * 2654435761) % extent;
        });
        return Object.values(
          t.sparse.sparseReshape(
            t.tensor2d(indices, [count, from.length], 'int32'),
            t.tensor1d(from, 'int32'),
            t.tensor1d(to, 'int32'),
          ),
        );
      });
    }
  });

  test.each([
    [
      [2, 3, 4],
      [-1, 2, -1],
    ],
    [
      [2, 3, 4],
      [-1, 7],
    ],
    [
      [2, 3, 4],
      [1, -7],
    ],
    [
      [2, 3, 4],
      [-1, 0],
    ],
    [
      [5, 6],
      [4, 7],
    ],
    [[5, 6], []],
    [
      [5, 0],
      [3, 2],
    ],
  ])('from %j to %j is an error as in tfjs', (from, to) =>
    expectSameErrorAsCpu((t) =>
      t.sparse.sparseReshape(
        t.tensor2d([], [0, from.length], 'int32'),
        t.tensor1d(from, 'int32'),
        t.tensor1d(to, 'int32'),
      ),
    ),
  );

  test('refuses what tfjs takes on trust', () =>
    onNative(() => {
      const run = (indices, shape, from, to) => () =>
        tf.sparse.sparseReshape(tf.tensor2d(indices, shape, 'int32'), from, to);
      expect(run([0, 3], [1, 2], [2, 3], [6])).toThrow(/\[0,3\] is outside of inputShape \[2,3\]/);
      expect(run([0, 0, 1, -1, 9, 9], [3, 2], [2, 3], [6])).toThrow(/\[1,-1\] is outside/);
      expect(run([0, 0], [1, 2], [2, 0], [0])).toThrow(/\[0,0\] is outside of inputShape \[2,0\]/);
      expect(run([0, 0], [1, 2], [6], [6])).toThrow(/inputIndices: expected 1 indices/);
      expect(run([], [0, 2], [-2, -3], [6])).toThrow(/inputShape: expected no negative extent/);
      const most = 2 ** 31 - 1;
      expect(run([], [0, 3], [most, most, most], [most])).toThrow(/SparseReshape/);
      expect(run([], [0, 2], [most, 4], [-1])).toThrow(/does not fit an int32/);
      expect(run([], [0, 1], [6], [most, most, most, most])).toThrow(/requested shape has/);
      // Their product is 2^64.
      expect(run([], [0, 2], [0, 3], [65536, 65536, 65536, 65536])).toThrow(/requested shape has/);
    }));
});

test('SparseSegmentMean divides as double precision does, to the last bit', () =>
  onNative(() => {
    const tiny = 2 ** -140; // Quotients are subnormal.
    for (const scale of [1, tiny]) {
      const values = Float32Array.from({ length: 40 }, (_, i) => (i * i + 1) * scale);
      for (const count of [3, 7, 10, 11, 13]) {
        const mean = tf.sparse.sparseSegmentMean(
          tf.tensor2d(values, [2, 20]),
          tf.fill([count], 1, 'int32'),
          tf.zeros([count], 'int32'),
        );
        const row = values.slice(20);
        const sums = row.map((_, k) =>
          Array(count)
            .fill(row[k])
            .reduce((a, b) => Math.fround(a + b)),
        );
        expect(mean.dataSync()).toEqual(sums.map((sum) => sum / count));
      }
    }
  }));

describe.each(['sparseSegmentSum', 'sparseSegmentMean'])('%s', (name) => {
  const op = name[0].toUpperCase() + name.slice(1);

  test.each([
    [[10], 4],
    [[10, 4], 1],
    [[10, 4], 30],
    [[7, 3, 5], 200],
    [[3, 0], 5],
    [[1, 1], 3],
    [[500, 129], 3000],
  ])('rows of %j, %i indices', async (shape, count) => {
    for (const dtype of ['float32', 'int32']) {
      // One segment, gaps between and before, each its own.
      for (const idOf of [() => 0, (i) => 2 + 3 * Math.floor(i / 4), (i) => i]) {
        await expectSameAsCpu((t) =>
          t.sparse[name](
            filled(t, shape, dtype),
            t.tensor1d(Int32Array.from({ length: count }, (_, i) => (i * 7) % shape[0])),
            t.tensor1d(Int32Array.from({ length: count }, (_, i) => idOf(i))),
          ),
        );
      }
    }
  });

  test('no indices, odd values, integers that wrap', async () => {
    const none = (t) => t.tensor1d([], 'int32');
    await expectSameAsCpu((t) => t.sparse[name](t.ones([4, 3]), none(t), none(t)));
    await expectSameAsCpu((t) => t.sparse[name](t.ones([0, 3]), none(t), none(t)));
    await expectSameAsCpu((t) =>
      t.sparse[name](t.tensor1d([NaN, Infinity, -Infinity, -0, 1]), [0, 1, 1, 2, 3, 4], [0, 1, 2, 2, 4, 5]),
    ); // prettier-ignore
    await expectSameAsCpu((t) =>
      t.sparse[name](t.tensor1d([2 ** 31 - 1, -(2 ** 31), -7], 'int32'), [0, 0, 1, 1, 1, 2, 2], [0, 0, 1, 1, 1, 2, 2]),
    ); // prettier-ignore
  });

  test.each([
    [
      [8, -1, 0, 9],
      [0, 1, 2, 2],
    ],
    [
      [8, 3, 0, 10],
      [0, 1, 2, 2],
    ],
    [
      [8, 3, 0, 9],
      [0, 1, 0, 1],
    ],
    [
      [8, 3, 0, 9],
      [0, 1, 2, 0],
    ],
    [
      [8, 3, 0, 9],
      [-1, 0, 1, 1],
    ],
    [
      [8, 3, 0, 9],
      [0, 0, 0, -1],
    ],
    [
      [8, 3, 0, 9],
      [0, 0, 0, -(2 ** 31)],
    ],
    [
      [8, 3, 0, 9],
      [5, 4, 3, 1000],
    ],
  ])('indices %j, ids %j is an error as in tfjs', (indices, ids) =>
    expectSameErrorAsCpu((t) =>
      t.sparse[name](t.ones([10, 4]), t.tensor1d(indices, 'int32'), t.tensor1d(ids, 'int32')),
    ),
  );

  test('refuses what it cannot compute, and passes on what went wrong before', () =>
    onNative(() => {
      const run = (data, ids) => () =>
        tf.engine().runKernel(op, {
          data,
          indices: tf.tensor1d([0, 0], 'int32'),
          segmentIds: tf.tensor1d(ids, 'int32'),
        });
      expect(run(tf.ones([2, 2], 'bool'), [0, 0])).toThrow(/data: expected float32 or int32/);
      expect(run(tf.scalar(1), [0, 0])).toThrow(/^Data should be at least 1 dimensional/);
      expect(run(tf.ones([2]), [0])).toThrow(/^segmentIds and indices should have same size/);
      expect(run(tf.ones([0, 2 ** 26]), [0, 0])).toThrow(/out of range \[0, 0\)/);
      expect(run(failing(tf), [0, 0])).toThrow(/Bincount/);
    }));

  test('a segment for which there is no memory is an error', () =>
    onNative(() => {
      tf.native.setMemoryCeiling(tf.native.memory().liveBytes + (16 << 20));
      try {
        const sum = () => tf.sparse[name](tf.ones([2, 64]), [0, 1], [0, 2 ** 31 - 1]);
        expect(sum).toThrow(expect.objectContaining({ code: 'OUT_OF_MEMORY', op }));
      } finally {
        tf.native.setMemoryCeiling(0);
      }
    }));
});
