'use strict';

const { tf, expectSameAsCpu, expectSameErrorAsCpu, values } = require('./oracle');
const { failing, filled, onNative } = require('./array-support');

/** Where some rows begin, with rows of up to `most` elements. */
function splitsOf(rows, most, seed = 1) {
  let end = 0;
  return [0, ...Array.from(values(rows, 0, most + 1, seed), (v) => (end += Math.floor(v)))];
}

const rowIdsOf = (splits) =>
  splits.slice(1).flatMap((end, row) => new Array(end - splits[row]).fill(row));

const int32 = (t, list, shape) => t.tensor(list, shape ?? [list.length], 'int32');

describe('RaggedGather', () => {
  const gather = (t, splits, dense, indices) => {
    const all = splits.map((list) => int32(t, list));
    const { outputNestedSplits, outputDenseValues } = t.raggedGather(all, dense, indices, 1);
    return [...outputNestedSplits, outputDenseValues];
  };

  test.each([
    [1, [4]],
    [1, []],
    [1, [0]],
    [1, [2, 0, 3]],
    [2, [5]],
    [2, [2, 3]],
    [3, [2, 1, 4]],
    [3, []],
    [4, [7]],
  ])('%i ragged dimensions, indices of shape %j', async (depth, shape) => {
    const splits = [splitsOf(6, 4)];
    while (splits.length < depth) splits.push(splitsOf(splits.at(-1).at(-1), 3, splits.length));
    const rows = splits.at(-1).at(-1);
    for (const dtype of ['float32', 'int32', 'bool']) {
      for (const inner of [[], [3], [2, 1, 5], [0]]) {
        await expectSameAsCpu((t) => {
          const count = t.util.sizeFromShape(shape);
          const indices = Array.from({ length: count }, (_, i) => (i * 5 + 1) % 6);
          return gather(t, splits, filled(t, [rows, ...inner], dtype), int32(t, indices, shape));
        });
      }
    }
  });

  test('many rows', () =>
    expectSameAsCpu((t) => {
      const splits = [splitsOf(3000, 9), splitsOf(splitsOf(3000, 9).at(-1), 4)];
      const indices = Array.from({ length: 5000 }, (_, i) => (i * i) % 3000);
      const dense = filled(t, [splits[1].at(-1), 7], 'float32');
      return gather(t, splits, dense, int32(t, indices));
    }));

  test.each([
    [[[0, 3, 3, 7, 9]], [9], [2], [2, 10]],
    [[[0, 3, 3, 7, 9]], [9], [], [-1]],
    [[[0, 3, 3, 7, 9]], [9], [2, 2], [0, 1, 2, 4]],
    [[[0, 3, 5, 2, 9]], [9], [2], [0, 2]],
    [[[-1, 3, 2, 7, 9]], [9], [2], [0, 2]],
    [[[]], [0], [0], []],
    [[[0, 2], []], [0], [0], []],
    [[[0, 20, 40, 80, 100]], [9], [2], [0, 2]],
    [[[0, 2], [0, 1, 2 ** 31 - 1]], [9], [1], [0]],
    [[[0]], [], [0], []],
    [[], [3], [0], []],
  ])('splits %j, values of %j, indices of %j: %j is an error as in tfjs', (splits, dense, shape, indices) =>
    expectSameErrorAsCpu((t) => gather(t, splits, t.ones(dense), int32(t, indices, shape))),
  ); // prettier-ignore

  test('refuses what tfjs takes on trust', () =>
    onNative(() => {
      const ones = tf.ones([4]);
      const index = int32(tf, [0]);
      // One row more than there is.
      expect(() =>
        gather(
          tf,
          [
            [0, 2],
            [0, 4],
          ],
          ones,
          index,
        ),
      ).toThrow(/^Ragged splits must not/);
      const run = (paramsNestedSplits, paramsDenseValues = ones) => () =>
        tf.engine().runKernel('RaggedGather', { paramsNestedSplits, paramsDenseValues, indices: index }); // prettier-ignore
      expect(run([tf.ones([2])])).toThrow(/paramsNestedSplits: expected int32, got float32/);
      expect(run([tf.ones([2, 2], 'int32')])).toThrow(/paramsNestedSplits: expected rank 1/);
      expect(run([undefined])).toThrow(/paramsNestedSplits\[0\]: expected a tensor/);
      expect(run(undefined)).toThrow(/paramsNestedSplits: expected a list of tensors/);
      expect(run([int32(tf, [0, 4])], failing(tf))).toThrow(/Bincount/);
    }));

  test('more rows than memory holds is an error', () =>
    onNative(() => {
      tf.native.setMemoryCeiling(tf.native.memory().liveBytes + (32 << 20));
      try {
        const indices = tf.zeros([100_000], 'int32');
        const all = () => gather(tf, [[0, 10_000]], tf.ones([10_000, 4], 'bool'), indices);
        expect(all).toThrow(expect.objectContaining({ code: 'OUT_OF_MEMORY' }));
        const inner = () => gather(tf, [[0, 30_000], new Array(30_001).fill(0)], tf.ones([0]), indices); // prettier-ignore
        expect(inner).toThrow(expect.objectContaining({ code: 'BAD_SHAPE' }));
      } finally {
        tf.native.setMemoryCeiling(0);
      }
    }));
});

describe('RaggedRange', () => {
  const range = (t, dtype, ...sides) =>
    Object.values(
      t.raggedRange(...sides.map((s) => t.tensor(s, Array.isArray(s) ? [s.length] : [], dtype))),
    );

  test.each([
    [
      [0, 5, 8, 5],
      [8, 7, 8, 1],
      [2, 1, 1, -1],
    ],
    [[-3, 7], 20, 4],
    [0, [3, -4, 9], [1, -2, 100]],
    [2, 9, 3],
    [9, 2, 3],
    [[], [], []],
    [[], 4, 1],
    [[5], [5], [-1]],
  ])('%j to %j by %j', async (...sides) => {
    await expectSameAsCpu((t) => range(t, 'int32', ...sides));
    await expectSameAsCpu((t) => range(t, 'float32', ...sides));
  });

  test('fractions, the ends of int32, infinities, and many rows', async () => {
    await expectSameAsCpu((t) => range(t, 'float32', [0.1, 3.3, -1e-3], [2, -3, 1e-3], [0.3, -0.7, 1e-5])); // prettier-ignore
    await expectSameAsCpu((t) => range(t, 'float32', [0, Infinity, 1], [Infinity, 0, 9], [Infinity, 2, Infinity].map((v, i) => (i === 0 ? -1 : v)))); // prettier-ignore
    const [least, most] = [-(2 ** 31), 2 ** 31 - 1];
    await expectSameAsCpu((t) => range(t, 'int32', [least, most, least], [most, least, least + 2], [2 ** 30, -(2 ** 30), 1])); // prettier-ignore
    await expectSameAsCpu((t) => {
      const starts = Array.from({ length: 4000 }, (_, i) => i % 77);
      return range(t, 'int32', starts, starts.map((v, i) => v + (i % 40)), 1); // prettier-ignore
    });
  });

  test.each([
    [
      [1.1, 0.1],
      [10, 1e10],
      [1, 1e-10],
    ],
    [[0], [Infinity], [1]],
    [
      [0, 1, 2],
      [7, 8],
      [1, 1, 1],
    ],
    [
      [0, 5],
      [7, 8],
      [2, 0],
    ],
    [[0, 5], [7, 8], 0],
  ])('%j to %j by %j is an error as in tfjs', (...sides) =>
    expectSameErrorAsCpu((t) => range(t, 'float32', ...sides)),
  );

  test('refuses what tfjs takes on trust', () =>
    onNative(() => {
      expect(() => range(tf, 'float32', [1, NaN], 5, 1)).toThrow(/row 1: .* is no range/);
      expect(() => range(tf, 'float32', Infinity, Infinity, 1)).toThrow(/is no range/);
      expect(() => range(tf, 'float32', 0, 5, NaN)).toThrow(/is no range/);
      const most = 2 ** 31 - 1;
      expect(() => range(tf, 'int32', [0, 0], most, 1)).toThrow(/row 1: .* more than int32/);
      expect(() => range(tf, 'bool', [0], 1, 1)).toThrow(/starts: expected float32 or int32/);
    }));
});

describe('RaggedTensorToTensor', () => {
  const dense = (t, shape, rows, defaultValue, partitions, types) =>
    t.raggedTensorToTensor(
      Array.isArray(shape) ? int32(t, shape) : t.scalar(shape, 'int32'),
      rows,
      defaultValue,
      partitions.map((list) => (Array.isArray(list) ? int32(t, list) : t.scalar(list, 'int32'))),
      types,
    );
  const outer = splitsOf(5, 3);
  const middle = splitsOf(outer.at(-1), 2, 5);
  const last = splitsOf(middle.at(-1), 4, 9);

  /** Every way to say the same. */
  const forms = [
    [[outer], ['ROW_SPLITS']],
    [[5, outer], ['FIRST_DIM_SIZE', 'ROW_SPLITS']],
    [[5, rowIdsOf(outer)], ['FIRST_DIM_SIZE', 'VALUE_ROWIDS']],
    [[outer, middle], ['ROW_SPLITS', 'ROW_SPLITS']],
    [[outer, rowIdsOf(middle)], ['ROW_SPLITS', 'VALUE_ROWIDS']],
    [[5, rowIdsOf(outer), middle], ['FIRST_DIM_SIZE', 'VALUE_ROWIDS', 'ROW_SPLITS']],
    [[5, rowIdsOf(outer), middle, rowIdsOf(last)], ['FIRST_DIM_SIZE', 'VALUE_ROWIDS', 'ROW_SPLITS', 'VALUE_ROWIDS']],
  ]; // prettier-ignore

  test.each(forms)('partitions %j as %j', async (partitions, types) => {
    const lengths = { 1: outer, 2: middle, 3: last };
    const ragged = types.filter((type) => type !== 'FIRST_DIM_SIZE').length;
    const rows = lengths[ragged].at(-1);
    const shapes = [-1, 0, 1, 2, 7].map((extent) => new Array(ragged + 1).fill(extent));
    shapes.push([2, ...new Array(ragged).fill(-1)], [...new Array(ragged).fill(-1), 3]);
    for (const shape of shapes) {
      for (const dtype of ['float32', 'int32', 'bool']) {
        await expectSameAsCpu((t) =>
          dense(t, shape, filled(t, [rows], dtype), t.scalar(1, dtype), partitions, types),
        );
      }
      for (const inner of [[3], [2, 4], [0, 2]]) {
        for (const defaultShape of [[], inner, inner.map(() => 1), [1, ...inner.slice(1)]]) {
          for (const known of [inner, inner.map(() => -1)]) {
            await expectSameAsCpu((t) =>
              dense(t, [...shape, ...known], filled(t, [rows, ...inner], 'float32'),
                filled(t, defaultShape, 'float32', 3), partitions, types),
            ); // prettier-ignore
          }
        }
      }
    }
    await expectSameAsCpu((t) =>
      dense(t, -1, filled(t, [rows, 2], 'float32'), t.scalar(7), partitions, types),
    );
  });

  test('no rows, no values, and a size alone', async () => {
    await expectSameAsCpu((t) => dense(t, [-1, -1], t.tensor1d([]), 1, [[0]], ['ROW_SPLITS']));
    await expectSameAsCpu((t) => dense(t, [3, 2], t.tensor1d([]), 1, [[0, 0]], ['ROW_SPLITS']));
    await expectSameAsCpu((t) => dense(t, [3, 2, 2], t.zeros([0, 2]), t.tensor1d([1, 2]), [[0]], ['ROW_SPLITS'])); // prettier-ignore
    await expectSameAsCpu((t) => dense(t, [-1, 2], t.tensor1d([]), 1, [0, []], ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'])); // prettier-ignore
    await expectSameAsCpu((t) => dense(t, [4], t.tensor1d([1, 2, 3]), 9, [2], ['FIRST_DIM_SIZE']));
    await expectSameAsCpu((t) => dense(t, [-1], t.tensor1d([1, 2, 3]), 9, [3], ['FIRST_DIM_SIZE']));
  });

  test('many rows', () =>
    expectSameAsCpu((t) => {
      const splits = splitsOf(5000, 40);
      const rows = filled(t, [splits.at(-1)], 'float32');
      return [
        dense(t, [-1, -1], rows, 0.5, [splits], ['ROW_SPLITS']),
        dense(t, [6000, 17], rows, 0.5, [5000, rowIdsOf(splits)], ['FIRST_DIM_SIZE', 'VALUE_ROWIDS']),
      ];
    })); // prettier-ignore

  test.each([
    [[-1, -1], [[]], ['ROW_SPLITS']],
    [[-1, -1], [[0, 0]], ['VALUE_ROWIDS']],
    [[-2, -1], [[0, 4]], ['ROW_SPLITS']],
    [[2, 3], [[0, 4, 2]], ['ROW_SPLITS']],
    [[2, 3], [[1, 4]], ['ROW_SPLITS']],
    [[2, 3], [[-1, 4]], ['ROW_SPLITS']],
    [
      [-1, 3],
      [-5, [0, 4]],
      ['FIRST_DIM_SIZE', 'ROW_SPLITS'],
    ],
    [
      [2, 3],
      [1, [0, 2, 4]],
      ['FIRST_DIM_SIZE', 'ROW_SPLITS'],
    ],
    [
      [2, 3],
      [1, [1, 1]],
      ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'],
    ],
    [
      [2, 3],
      [2, [0, 2 ** 31 - 1]],
      ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'],
    ],
  ])('shape %j of %j as %j is an error as in tfjs', (shape, partitions, types) =>
    expectSameErrorAsCpu((t) => dense(t, shape, t.ones([4]), 0, partitions, types)),
  );

  test('default values that do not fit are errors as in tfjs', async () => {
    const run = (inner, other) => (t) =>
      dense(t, [2, 3, ...inner], t.ones([4, ...inner]), t.ones(other), [[0, 4]], ['ROW_SPLITS']);
    await expectSameErrorAsCpu(run([], [1]));
    await expectSameErrorAsCpu(run([2, 3], [3]));
    await expectSameErrorAsCpu(run([2, 3], [2, 2]));
  });

  test('refuses what tfjs takes on trust', () =>
    onNative(() => {
      const ones = tf.ones([4]);
      const run =
        (shape, partitions, types, rows = ones) =>
        () =>
          dense(tf, shape, rows, 0, partitions, types);
      const byId = ['FIRST_DIM_SIZE', 'VALUE_ROWIDS'];
      expect(run([2, 3], [2, [1, 0]], byId)).toThrow(/ascending order, got 0 at place 1/);
      expect(run([2, 3], [2, [-1, 0]], byId)).toThrow(/ascending order, got -1 at place 0/);
      expect(run([2, 3], [[0, 2 ** 31 - 1]], ['ROW_SPLITS'])).toThrow(/values: expected a row/);
      expect(run([9], [5], ['FIRST_DIM_SIZE'])).toThrow(/values: expected a row for each of 5/);
      expect(run(7, [[0, 4]], ['ROW_SPLITS'])).toThrow(/^The only valid scalar shape/);
      expect(run([2, 3, 4], [[0, 4]], ['ROW_SPLITS'])).toThrow(/are incompatible: .* but shape.rank = 3/); // prettier-ignore
      expect(run([2, 3, 4], [[0, 4]], ['ROW_SPLITS'], tf.ones([4, 5]))).toThrow(/rt input.shape\[2\] = 5 but shape\[2\] = 4/); // prettier-ignore
      expect(run([2, 3], [[0, 4]], [])).toThrow(/No row_partition_types given/);
      expect(run([2, 3], [[0, 4]], ['ROW_SPLITS', 'ROW_SPLITS'])).toThrow(/one for each of 1/);
      expect(run([2, 3], [[0, 4]], ['ROW_LENGTHS'])).toThrow(/'ROW_SPLITS', got 'ROW_LENGTHS'/);
      expect(run([2, 3], [[0, 4]], ['no such'])).toThrow(/rowPartitionTypes: expected/);
      expect(run([2, 2], [[0, 4], 2], ['ROW_SPLITS', 'FIRST_DIM_SIZE'])).toThrow(/FIRST_DIM_SIZE/);
      expect(run([2, 2], [4], ['ROW_SPLITS'])).toThrow(/expected rank 1/);
      const run2 = (attrs) => () =>
        tf.engine().runKernel('RaggedTensorToTensor', {
          shape: int32(tf, [2, 3]),
          values: ones,
          defaultValue: tf.scalar(0),
          rowPartitionTensors: [int32(tf, [0, 4])],
        }, attrs); // prettier-ignore
      expect(run2({})).toThrow(/rowPartitionTypes: expected a value/);
      expect(run2({ rowPartitionTypes: 'ROW_SPLITS' })).toThrow(/expected a list of texts/);
      expect(run2({ rowPartitionTypes: new Array(1) })).toThrow(/rowPartitionTypes: expected/);
    }));
});
