'use strict';

const { tf, expectSameAsCpu } = require('../ops/oracle');
const { NativeError } = tf.native;
const { movedStrings, stringOperators, stringVariants } = require('../../lib/strings/operators');

const strings = (values, shape) => tf.tensor(values, shape, 'string');
const ints = (values, shape) => tf.tensor(values, shape, 'int32');
const grid = () => strings(['a', 'ß', '日本', '', '🙂', 'a'], [3, 2]);

/**
 * Inputs and attributes for each operator that takes strings.
 * @type {Record<string, (() => [any, object?])[]>}
 */
const calls = {
  BatchToSpaceND: [
    () => [
      { x: strings(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], [4, 1, 2, 1]) },
      {
        blockShape: [2, 2],
        crops: [
          [0, 1],
          [1, 0],
        ],
      },
    ],
  ],
  Concat: [
    () => [[grid(), grid()], { axis: 1 }],
    () => [[grid(), grid(), grid()], { axis: 0 }],
    () => [[grid(), strings([], [0, 2])], { axis: 0 }],
    () => [[strings([], [0, 2]), strings([], [0, 2])], { axis: 0 }],
  ],
  Equal: comparison(),
  ExpandDims: [() => [{ input: grid() }, { dim: 1 }], () => [{ input: grid() }, { dim: -1 }]],
  Fill: [
    () => [{}, { shape: [2, 2], value: 'é', dtype: 'string' }],
    () => [{}, { shape: [0], value: 'a', dtype: 'string' }],
    () => [{}, { shape: [], value: '', dtype: 'string' }],
  ],
  GatherNd: [
    () => [{ params: grid(), indices: ints([2, 0, 1, 1], [2, 2]) }],
    () => [{ params: grid(), indices: ints([2, 0], [2, 1]) }],
    () => [{ params: grid(), indices: ints([], [0, 2]) }],
  ],
  GatherV2: [
    () => [
      { x: grid(), indices: ints([2, 0]) },
      { axis: 0, batchDims: 0 },
    ],
    () => [
      { x: grid(), indices: ints([1, 0, 1, 1], [2, 2]) },
      { axis: 1, batchDims: 0 },
    ],
    () => [
      { x: grid(), indices: ints([1, 0, 1], [3, 1]) },
      { axis: 1, batchDims: 1 },
    ],
  ],
  Greater: comparison(),
  GreaterEqual: comparison(),
  Identity: [() => [{ x: grid() }], () => [{ x: strings('a', []) }]],
  Less: comparison(),
  LessEqual: comparison(),
  MirrorPad: [
    () => [
      { x: grid() },
      {
        paddings: [
          [1, 2],
          [0, 1],
        ],
        mode: 'reflect',
      },
    ],
  ],
  NotEqual: comparison(),
  Pack: [
    () => [[grid(), grid()], { axis: 0 }],
    () => [[grid(), grid()], { axis: 2 }],
    () => [[grid()], { axis: 1 }],
  ],
  RaggedGather: [
    () => [
      {
        paramsNestedSplits: [ints([0, 2, 2, 5])],
        paramsDenseValues: strings(['a', 'b', 'c', 'd', 'e']),
        indices: ints([2, 1, 2, 0], [2, 2]),
      },
      { outputRaggedRank: 2 },
    ],
  ],
  Reshape: [() => [{ x: grid() }, { shape: [6] }], () => [{ x: grid() }, { shape: [2, -1] }]],
  Reverse: [
    () => [{ x: grid() }, { dims: [0] }],
    () => [{ x: grid() }, { dims: [0, 1] }],
    () => [{ x: strings('a', []) }, { dims: [] }],
  ],
  Slice: [
    () => [{ x: grid() }, { begin: [0, 1], size: [2, 1] }],
    () => [{ x: grid() }, { begin: [1, 0], size: [-1, -1] }],
    () => [{ x: grid() }, { begin: [1, 0], size: [0, 2] }],
  ],
  SparseFillEmptyRows: [
    () => [
      {
        indices: ints([0, 0, 2, 1], [2, 2]),
        values: strings(['a', 'b']),
        denseShape: ints([4, 2]),
        defaultValue: strings('ü', []),
      },
      {},
    ],
  ],
  SparseToDense: [
    () => [
      {
        sparseIndices: ints([3, 0]),
        sparseValues: strings(['a', 'b']),
        defaultValue: strings('ü', []),
      },
      { outputShape: [5] },
    ],
    () => [
      {
        sparseIndices: ints([0, 1, 1, 0], [2, 2]),
        sparseValues: strings('a', []),
        defaultValue: strings('', []),
      },
      { outputShape: [2, 3] },
    ],
  ],
  SplitV: [
    () => [{ x: grid() }, { numOrSizeSplits: [1, 2], axis: 0 }],
    () => [{ x: grid() }, { numOrSizeSplits: 2, axis: 1 }],
  ],
  StaticRegexReplace: [
    () => [{ x: grid() }, { pattern: 'a|ß', rewrite: 'x', replaceGlobal: false }],
    () => [{ x: strings(['abab', 'b']) }, { pattern: '(a)', rewrite: '<$1>', replaceGlobal: true }],
  ],
  StridedSlice: [
    () => [{ x: grid() }, stridedSlice([2, 0], [0, 2], [-1, 1])],
    () => [{ x: grid() }, stridedSlice([1, 0], [1, 2], [1, 1])],
  ],
  StringNGrams: [
    () => [
      { data: strings(['a', 'b', 'c', 'd', 'é', 'f']), dataSplits: ints([0, 4, 6]) },
      {
        separator: '|',
        nGramWidths: [3, 1],
        leftPad: 'LP',
        rightPad: 'RP',
        padWidth: -1,
        preserveShortSequences: false,
      },
    ],
    () => [
      { data: strings(['a', 'b', 'c']), dataSplits: ints([0, 1, 3, 3]) },
      {
        separator: '',
        nGramWidths: [3],
        leftPad: '',
        rightPad: '',
        padWidth: 0,
        preserveShortSequences: true,
      },
    ],
  ],
  StringSplit: [
    () => [
      { input: strings(['a b', '', ' c ']), delimiter: strings(' ', []) },
      { skipEmpty: true },
    ],
    () => [
      { input: strings(['a b', '', ' c ']), delimiter: strings(' ', []) },
      { skipEmpty: false },
    ],
    () => [{ input: strings(['aé', 'b']), delimiter: strings('', []) }, { skipEmpty: true }],
  ],
  StringToHashBucketFast: [() => [{ input: grid() }, { numBuckets: 10 }]],
  TensorScatterUpdate: [
    () => [
      {
        tensor: strings(['a', 'b', 'c', 'd']),
        indices: ints([3, 1], [2, 1]),
        updates: strings(['é', '']),
      },
      {},
    ],
  ],
  Tile: [
    () => [{ x: grid() }, { reps: [2, 1] }],
    () => [{ x: strings(['a', 'b']) }, { reps: [3] }],
    () => [{ x: grid() }, { reps: [0, 1] }],
  ],
  Transpose: [() => [{ x: grid() }, { perm: [1, 0] }]],
  Unique: [
    () => [{ x: strings(['a', 'é', 'a', '', 'é']) }, { axis: 0 }],
    () => [{ x: strings(['a', 'b', 'a', 'b', 'b', 'a'], [3, 2]) }, { axis: 0 }],
  ],
  Unpack: [() => [{ value: grid() }, { axis: 0 }], () => [{ value: grid() }, { axis: -1 }]],
};

function comparison() {
  return [
    () => [{ a: grid(), b: strings(['a', 'b']) }],
    () => [{ a: strings('日本', []), b: grid() }],
    () => [{ a: strings([], [0]), b: strings('a', []) }],
  ];
}

function stridedSlice(begin, end, strides, masks = {}) {
  const none = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
  return { begin, end, strides, ...none, ...masks };
}

const run = (op, inputs, attrs) => tf.engine().runKernel(op, inputs, attrs);

/** @returns {any} What `body` throws. */
function errorOf(body) {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

beforeEach(() => tf.setBackend('onednn'));

describe('operators on strings', () => {
  test('each has a case here', () => {
    const operators = [stringOperators, stringVariants, movedStrings].flatMap(Object.keys);
    // tfjs's own stumbles over strings: see below.
    const compared = operators.filter((op) => op !== 'RaggedTensorToTensor');
    expect(Object.keys(calls).sort()).toEqual(compared.sort());
  });

  test('those that are for strings only have no native counterpart', () => {
    const native = tf.native.kernels();
    expect(Object.keys(stringOperators).filter((op) => native.includes(op))).toEqual([]);
  });

  const cases = Object.entries(calls).flatMap(([op, makers]) =>
    makers.map((make, i) => [op, i, make]),
  );
  test.each(cases)('%s, case %i', async (op, _, make) => {
    if (op in stringOperators || tf.native.kernels().includes(op)) {
      await expectSameAsCpu(() => run(op, ...make()));
    } else {
      // Strings come with the operator's native kernel, never instead of it.
      expect(() => run(op, ...make())).toThrow(`Kernel '${op}' not registered`);
    }
  });

  test.each(['Identity', 'Reshape'])('%s shares the data', (op) => {
    const x = grid();
    const { numDataBuffers } = tf.memory();
    const y = run(op, { x }, { shape: [6] });
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers);
    x.dispose();
    expect(y.dataSync()).toEqual(['a', 'ß', '日本', '', '🙂', 'a']);
    y.dispose();
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers - 1);
  });

  test('nothing leaks', () => {
    const before = tf.memory();
    tf.tidy(() => {
      for (const op of tf.native.kernels().filter((name) => name in calls)) {
        for (const make of calls[op]) run(op, ...make());
      }
    });
    const after = tf.memory();
    expect([after.numTensors, after.numDataBuffers]).toEqual([
      before.numTensors,
      before.numDataBuffers,
    ]);
  });

  test('RaggedTensorToTensor puts them where it puts numbers', async () => {
    const texts = ['a', 'ß', '日本', '', '🙂', 'b', 'c', 'd'];
    const dense = (values, defaultValue) => {
      const inputs = { shape: ints([-1, 3, 2]), values, defaultValue };
      const partitions = { rowPartitionTensors: [ints([0, 1, 4])] };
      const attrs = { rowPartitionTypes: ['ROW_SPLITS'] };
      return run('RaggedTensorToTensor', { ...inputs, ...partitions }, attrs);
    };
    const places = dense(ints([0, 1, 2, 3, 4, 5, 6, 7], [4, 2]), ints([8, 9], [2]));
    const moved = dense(strings(texts, [4, 2]), strings(['x', 'y'], [2]));
    expect(moved.shape).toEqual([2, 3, 2]);
    expect(moved.dtype).toBe('string');
    const all = [...texts, 'x', 'y'];
    expect(await moved.data()).toEqual(Array.from(await places.data(), (place) => all[place]));
  });

  test('StridedSlice takes one column where the cpu backend takes another', async () => {
    const attrs = stridedSlice([0, 1], [3, 2], [2, 1], { shrinkAxisMask: 2 });
    const column = run('StridedSlice', { x: grid() }, attrs);
    expect(column.shape).toEqual([2]);
    expect(await column.data()).toEqual(['ß', 'a']);
  });

  test('a part of what Concat makes has no memory but its own', () => {
    const before = tf.memory().numDataBuffers;
    const [x, y] = [grid(), grid()];
    const whole = run('Concat', [x, y], { axis: 0 });
    const parts = run('SplitV', { x: whole }, { numOrSizeSplits: 2, axis: 0 });
    expect(parts[1].dataSync()).toEqual(y.dataSync());
    expect(tf.memory().numDataBuffers).toBe(before + 5);
    tf.dispose([x, y, whole, parts]);
  });

  test('more strings than JavaScript can list are an error, and leave nothing behind', () => {
    const before = tf.memory();
    const error = tf.tidy(() =>
      errorOf(() =>
        run('RaggedGather', {
          paramsNestedSplits: [ints([0, 60_000])],
          paramsDenseValues: strings(new Array(60_000).fill('a')),
          indices: tf.zeros([1200], 'int32'),
        }),
      ),
    );
    expect({ code: error.code, op: error.op }).toEqual({ code: 'UNSUPPORTED', op: 'RaggedGather' });
    const after = tf.memory();
    expect([after.numTensors, after.numDataBuffers]).toEqual([
      before.numTensors,
      before.numDataBuffers,
    ]);
  });

  test('bytes that are not UTF-8 survive', async () => {
    const bytes = [Uint8Array.of(0xff, 0), Uint8Array.of(0x80), Uint8Array.of()];
    const x = strings(bytes, [3]);
    expect(await x.bytes()).toEqual(bytes);
    expect(await run('Reverse', { x }, { dims: [0] }).bytes()).toEqual(bytes.slice().reverse());
    expect(await tf.tile(x, [2]).bytes()).toEqual([...bytes, ...bytes]);
    expect(await tf.concat([x, x]).bytes()).toEqual([...bytes, ...bytes]);
    const pairs = run('Concat', [x.reshape([3, 1]), x.reshape([3, 1])], { axis: 1 });
    expect(await pairs.bytes()).toEqual(bytes.flatMap((one) => [one, one]));
    const column = run('Slice', { x: pairs }, { begin: [0, 1], size: [3, 1] });
    expect(await column.bytes()).toEqual(bytes);
  });
});

describe('strings where they do not belong', () => {
  test.each([
    ['Add', { a: ['a'], b: ['b'] }, {}],
    ['Max', { x: ['a'] }, { reductionIndices: [0], keepDims: false }],
    ['ZerosLike', { x: ['a'] }, {}],
    ['AddN', [['a'], ['b']], {}],
    ['Cast', { x: ['a'] }, { dtype: 'float32' }],
    ['Equal', { a: [1], b: ['b'] }, {}],
    ['Equal', { a: ['a'], b: [1] }, {}],
    ['Concat', [['a'], [1]], { axis: 0 }],
    ['Concat', [[1], ['a']], { axis: 0 }],
    ['GatherV2', { x: ['a'], indices: ['0'] }, { axis: 0, batchDims: 0 }],
    [
      'SparseFillEmptyRows',
      { indices: [[1]], values: ['a'], denseShape: [2], defaultValue: 1 },
      {},
    ],
    [
      'SparseFillEmptyRows',
      { indices: [[1]], values: [1], denseShape: [2], defaultValue: 'a' },
      {},
    ],
    ['StringToHashBucketFast', { input: [1] }, { numBuckets: 2 }],
    ['StaticRegexReplace', { x: [1] }, { pattern: 'a', rewrite: 'b', replaceGlobal: true }],
  ])('%s of %j is a BAD_DTYPE', (op, inputs, attrs) => {
    const make = (value) => tf.tensor(value);
    const tensors = Array.isArray(inputs)
      ? inputs.map(make)
      : Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, make(value)]));
    const error = errorOf(() => run(op, tensors, attrs));
    expect(error).toBeInstanceOf(NativeError);
    expect({ code: error.code, op: error.op }).toEqual({ code: 'BAD_DTYPE', op });
    expect(error.message).toMatch(/: expected (strings|numbers), got /);
  });

  test.each([
    ['a number to strings', () => tf.cast(tf.scalar(1), 'string')],
    ['strings to numbers', () => tf.cast(strings(['1']), 'float32')],
    ['strings to strings', () => tf.cast(strings(['1']), 'string')],
  ])('casting %s fails, as on the cpu backend', async (_, cast) => {
    expect(errorOf(cast)).toBeInstanceOf(Error);
    await tf.setBackend('cpu');
    expect(errorOf(cast)).toBeInstanceOf(Error);
  });

  test("a wrong argument is an error that names the operator and keeps the kernel's own", () => {
    const attrs = { pattern: '(', rewrite: '', replaceGlobal: true };
    const error = errorOf(() => run('StaticRegexReplace', { x: strings(['a', 'b']) }, attrs));
    expect(error).toBeInstanceOf(NativeError);
    expect(error.code).toBe('BAD_ATTR');
    expect(error.message).toMatch(/^\[StaticRegexReplace\] Invalid regular expression/);
    expect(error.cause).toBeInstanceOf(Error);
  });
});

describe('string tensors', () => {
  test('give text and bytes', async () => {
    const x = grid();
    const texts = ['a', 'ß', '日本', '', '🙂', 'a'];
    expect(x.dataSync()).toEqual(texts);
    expect(await x.data()).toEqual(texts);
    expect(x.arraySync()).toEqual([texts.slice(0, 2), texts.slice(2, 4), texts.slice(4)]);
    const bytes = texts.map((text) => new Uint8Array(Buffer.from(text)));
    expect((await x.bytes()).map((b) => Array.from(b))).toEqual(bytes.map((b) => Array.from(b)));
    expect((await x.buffer()).get(1, 0)).toBe('日本');
    expect(tf.scalar('x').dataSync()).toEqual(['x']);
    expect(strings([], [0]).dataSync()).toEqual([]);
    expect(x.toString(true)).toContain('日本');
  });

  test('move between backends and back', async () => {
    const x = grid();
    const y = x.reshape([6]);
    await tf.setBackend('cpu');
    const onCpu = tf.tile(y, [1]);
    expect(onCpu.dataSync()).toEqual(y.dataSync());
    expect(tf.concat([y, onCpu]).shape).toEqual([12]);
    await tf.setBackend('onednn');
    const z = tf.concat([y, onCpu]);
    expect(z.dataSync()).toEqual([...x.dataSync(), ...x.dataSync()]);
    x.dispose();
    expect(y.dataSync()[1]).toBe('ß');
  });

  test('make tf.memory() say why it is unreliable, and are counted', () => {
    const before = tf.memory();
    const x = grid();
    const after = tf.memory();
    expect(after.unreliable).toBe(true);
    expect(after.reasons).toEqual([expect.stringMatching(/string tensors/)]);
    expect(after.numTensors - before.numTensors).toBe(1);
    expect(after.numBytes).toBeGreaterThan(before.numBytes);
    x.dispose();
  });

  test('are gone once disposed', () => {
    const x = grid();
    const { dataId } = x;
    x.dispose();
    expect(() => x.dataSync()).toThrow(/disposed/);
    const info = { dataId, shape: [3, 2], dtype: 'string' };
    expect(errorOf(() => tf.backend().readSync(dataId)).code).toBe('DISPOSED');
    expect(() => run('Tile', { x: info }, { reps: [1, 1] })).toThrow(/disposed/);
  });
});

test('numbers that the queue still computes reach the operators of strings', () => {
  const indices = tf.cast(tf.add(tf.tensor1d([0.5, 1.5]), tf.scalar(0.5)), 'int32');
  const gathered = run('GatherV2', { x: grid(), indices }, { axis: 0, batchDims: 0 });
  expect(gathered.dataSync()).toEqual(['日本', '', '🙂', 'a']);
});

test.each([7, -9, NaN, 1e9])('axis %p of strings is refused', (axis) => {
  const x = grid();
  const indices = tf.tensor1d([0], 'int32');
  const error = errorOf(() => run('GatherV2', { x, indices }, { axis, batchDims: 0 }));
  expect(error.code).toBe('BAD_ATTR');
  expect(error.message).toMatch(/axis/);
});
