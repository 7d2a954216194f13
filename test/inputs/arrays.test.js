'use strict';

const vm = require('node:vm');
const tf = require('../../lib');

/** @param {any} tensor @returns {[string, number[], number[]]} Disposes it. */
function taken(tensor) {
  const result = [tensor.dtype, tensor.shape, Array.from(tensor.dataSync())];
  tensor.dispose();
  return /** @type {any} */ (result);
}

/** As JavaScript's typed arrays convert numbers. */
const conversions = {
  float32: (values) => Array.from(Float32Array.from(values, Number)),
  int32: (values) => Array.from(Int32Array.from(values, Number)),
  // What tfjs does for bool, NaN being true.
  bool: (values) => Array.from(values, (value) => (Math.round(Number(value)) === 0 ? 0 : 1)),
};

const awkward = [0, 1, -1, 127, 128, 255, 300, 0.5, -0.5, 0.49999999999999994, 1.5, -2.5, 1e9];
const floats = [...awkward, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32 + 5, 1e300, 5e-324];

/** @type {[any, any][]} */
const arrays = [
  [Buffer.from([0, 1, 200, 255]), 'int32'],
  [Uint8Array.from([0, 1, 255]), 'int32'],
  [Uint8ClampedArray.from([0, 7, 255]), 'int32'],
  [Int8Array.from(awkward), 'int32'],
  [Int16Array.from(awkward), 'int32'],
  [Uint16Array.from(awkward), 'int32'],
  [Int32Array.from(awkward), 'int32'],
  [Uint32Array.from([0, 1, 2 ** 31 - 1]), 'int32'],
  [BigInt64Array.from([0n, -1n, 2n ** 31n - 1n, -(2n ** 31n)]), 'int32'],
  [BigUint64Array.from([0n, 1n, 2n ** 31n - 1n]), 'int32'],
  [Float32Array.from(floats), 'float32'],
  [Float64Array.from(floats), 'float32'],
];

describe.each(['onednn', 'cpu'])('tf.tensor() on %s', (backend) => {
  beforeEach(() => tf.setBackend(backend));

  test.each(arrays.map(([values, dtype]) => [values.constructor.name, values, dtype]))(
    '%s: the dtype that follows, and all dtypes that can be asked for',
    (_, values, inferred) => {
      const shape = [values.length];
      const isBool = values instanceof Uint8Array;
      expect(taken(tf.tensor(values))).toEqual([inferred, shape, conversions[inferred](values)]);
      expect(taken(tf.tensor1d(values))[0]).toBe(inferred);
      for (const dtype of /** @type {const} */ (['float32', 'int32', 'bool'])) {
        // tfjs takes bytes for booleans as they are.
        const expected = isBool && dtype === 'bool' ? [...values] : conversions[dtype](values);
        expect(taken(tf.tensor(values, shape, dtype))).toEqual([dtype, shape, expected]);
      }
    },
  );

  test.each([1, 2, 3, 4, 5, 6])('rank %d, with more values than a piece', (rank) => {
    const values = Float64Array.from({ length: 3 * 5000 }, (_, i) => i / 7);
    const shape = [3, 5000, 1, 1, 1, 1].slice(0, rank);
    if (rank === 1) shape[0] = values.length;
    const make = tf[`tensor${rank}d`];
    const tensor = rank === 1 ? make(values) : make(values, shape);
    expect(taken(tensor)).toEqual(['float32', shape, conversions.float32(values)]);
  });

  test('what is shared, what begins in the middle, and nothing', () => {
    const shared = new SharedArrayBuffer(48);
    new Float64Array(shared).set([1, 2.5, 3, 4, 5, 6]);
    const values = new Float64Array(shared, 8, 3);
    expect(taken(tf.tensor(values))).toEqual(['float32', [3], [2.5, 3, 4]]);
    new Float32Array(shared).set([7, 8]);
    expect(taken(tf.tensor(new Float32Array(shared, 0, 2)))).toEqual(['float32', [2], [7, 8]]);
    expect(taken(tf.tensor(new Int8Array(shared, 3, 1), [1, 1]))[1]).toEqual([1, 1]);
    expect(taken(tf.tensor(new Float64Array(0)))).toEqual(['float32', [0], []]);
    expect(taken(tf.tensor(new BigInt64Array(0), [0, 4]))).toEqual(['int32', [0, 4], []]);
    // A Buffer's bytes lie anywhere in its pool.
    const bytes = Buffer.from([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(taken(tf.tensor(bytes.subarray(1, 4)))).toEqual(['int32', [3], [8, 7, 6]]);
  });

  test('the values are those of the moment', () => {
    const values = Int16Array.from([1, 2, 3]);
    const tensor = tf.tensor(values);
    values.fill(0);
    expect(taken(tensor)[2]).toEqual([1, 2, 3]);
  });

  test('arrays of another realm', () => {
    const make = (code) => vm.runInNewContext(code);
    expect(taken(tf.tensor(make('new Int32Array([1, 2])')))).toEqual(['int32', [2], [1, 2]]);
    expect(taken(tf.tensor(make('new Uint8Array([1, 2])')))).toEqual(['int32', [2], [1, 2]]);
    expect(taken(tf.tensor(make('new Float32Array([1.5])')))).toEqual(['float32', [1], [1.5]]);
    expect(taken(tf.tensor(make('new Uint8Array([1, 0])'), [2], 'bool'))[2]).toEqual([1, 0]);
    expect(taken(tf.tensor(make('[new Int32Array([1, 2]), new Int32Array([3, 4])]')))).toEqual([
      'int32',
      [2, 2],
      [1, 2, 3, 4],
    ]);
  });

  test('lists of arrays', () => {
    const rows = [Float64Array.from([1, 2.5]), Float64Array.from([3, 4])];
    expect(taken(tf.tensor2d(rows))).toEqual(['float32', [2, 2], [1, 2.5, 3, 4]]);
    expect(taken(tf.tensor(rows, undefined, 'int32'))).toEqual(['int32', [2, 2], [1, 2, 3, 4]]);
    expect(taken(tf.tensor([[BigInt64Array.from([5n])]]))).toEqual(['int32', [1, 1, 1], [5]]);
    expect(() => tf.tensor([[BigInt64Array.from([5n, 2n ** 40n])]])).toThrow(
      '[tensor] values[0][0]: expected integers from -2147483648 to 2147483647 for an int32 tensor, ' +
        'got 1099511627776 at index 1',
    );
  });

  test.each([
    ['tensor1d', BigInt64Array.from([1n, 2n ** 31n]), '2147483648'],
    ['tensor', BigInt64Array.from([1n, -(2n ** 63n)]), '-9223372036854775808'],
    ['tensor', BigUint64Array.from([1n, 2n ** 64n - 1n]), '18446744073709551615'],
    ['tensor', Uint32Array.from([1, 2 ** 31]), '2147483648'],
  ])('%s: integers that no int32 is: %p', (name, values, text) => {
    const message =
      `[${name}] values: expected integers from -2147483648 to 2147483647 for an int32 tensor, ` +
      `got ${text} at index 1`;
    const before = tf.memory().numTensors;
    expect(() => tf[name](values)).toThrow(expect.objectContaining({ message, code: 'BAD_ATTR' }));
    expect(tf.memory().numTensors).toBe(before);
    const [, , [, value]] = taken(tf.tensor(values, [2], 'float32'));
    expect(value).toBe(Math.fround(Number(values[1])));
  });

  test('bytes that do not say what they are', () => {
    const buffer = new ArrayBuffer(8);
    for (const values of [new DataView(buffer), buffer, new SharedArrayBuffer(8)]) {
      expect(() => tf.tensor2d(/** @type {any} */ (values), [1, 2])).toThrow(
        /^\[tensor2d\] values: expected a typed array, got (DataView|ArrayBuffer|SharedArrayBuffer): wrap /,
      );
    }
  });

  test('shapes that do not fit: the errors of tfjs', () => {
    const values = Float64Array.from([1, 2, 3]);
    /** @param {(values: any) => any} make */
    const same = (make) => {
      const errorOf = (array) => {
        try {
          make(array);
        } catch (error) {
          return /** @type {Error} */ (error).message;
        }
        return null;
      };
      const message = errorOf(values);
      expect(message).toEqual(errorOf(Float32Array.from(values)));
      expect(message).not.toBeNull();
    };
    same((array) => tf.tensor(array, [2, 2]));
    same((array) => tf.tensor(array, [-3]));
    same((array) => tf.tensor2d(array));
    same((array) => tf.tensor3d(array, /** @type {any} */ ([1, 3])));
    same((array) => tf.tensor4d(array, [1, 1, 1, 4]));
  });

  test('what tfjs took before', () => {
    expect(taken(tf.tensor([1, 2]))).toEqual(['float32', [2], [1, 2]]);
    expect(taken(tf.tensor([[true], [false]]))).toEqual(['bool', [2, 1], [1, 0]]);
    expect(taken(tf.tensor(3))).toEqual(['float32', [], [3]]);
    expect(tf.tensor(['a', 'b']).dataSync()).toEqual(['a', 'b']);
    expect(tf.tensor([Buffer.from('abc')], [1], 'string').dataSync()).toEqual(['abc']);
    expect(() => tf.tensor(/** @type {any} */ ({}))).toThrow(/^values passed to tensor/);
    expect(() => tf.tensor(new Float32Array(2), [2], 'complex64')).toThrow(/tf\.complex/);
  });
});

test('packages that call tfjs-core themselves get the same', async () => {
  await tf.setBackend('onednn');
  const core = require('@tensorflow/tfjs-core');
  expect(taken(core.tensor(/** @type {any} */ (Int16Array.of(1, 2))))).toEqual([
    'int32',
    [2],
    [1, 2],
  ]);
  for (const name of ['tensor', 'tensor2d', 'browser']) expect(tf[name]).toEqual(core[name]);
  expect(tf.tensor.name).toBe('tensor');
});

test('the bits of halves', async () => {
  await tf.setBackend('onednn');
  // 1, -2, the largest, the smallest, infinity, NaN.
  const bits = Uint16Array.from([0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x7e00]);
  const numbers = [1, -2, 65504, 2 ** -24, Infinity, NaN];
  const { session } = /** @type {any} */ (tf.backend());
  const handle = {};
  const slot = session.write(handle, bits, 0, bits.length, true);
  const values = new Float32Array(bits.length);
  expect(session.readInto(slot, values)).toBe(0);
  expect(Array.from(values)).toEqual(numbers);
});

const { Float16Array } = /** @type {any} */ (globalThis);
if (Float16Array === undefined)
  console.warn('no Float16Array in this Node.js: its test is skipped');
(Float16Array === undefined ? test.skip : test)('Float16Array, where there is one', () => {
  const values = Float16Array.from([1, -2, 0.5, 65504, 2 ** -24, NaN]);
  expect(taken(tf.tensor(values))).toEqual(['float32', [6], Array.from(values)]);
  expect(taken(tf.tensor2d(values.subarray(1, 3), [1, 2]))).toEqual(['float32', [1, 2], [-2, 0.5]]);
});

test('in debug mode NaN is refused, as tfjs does it', async () => {
  await tf.setBackend('onednn');
  tf.env().set('DEBUG', true);
  try {
    expect(() => tf.tensor(Float64Array.from([1, NaN]))).toThrow(/being uploaded contains NaN/);
  } finally {
    tf.env().set('DEBUG', false);
  }
});
