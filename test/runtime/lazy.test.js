'use strict';

// What Cast to a wider dtype, Complex, Real and Imag give is computed when somebody needs it, and
// element-wise operators read integers instead of their cast.

const { tf, errorOf, collectGarbage } = require('./support');

/** @param {any} tensor */
const lazyOf = (tensor) => tensor.dataId.lazy;
const run = (name, inputs, attrs) => tf.engine().runKernel(name, inputs, attrs);
const counts = () => {
  tf.backend().session.synchronize();
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  const { liveBytes } = tf.native.memory();
  return { numTensors, numDataBuffers, numBytes, ids: tf.backend().numDataIds(), liveBytes };
};

/** The same once nothing is left to be collected, which others have forgotten. */
async function countsAfterAll() {
  await collectGarbage();
  return counts();
}

/** Computes what has been put off. @param {any} tensor */
function computed(tensor) {
  tensor.dataSync();
  expect(lazyOf(tensor)).toBeNull();
  return tensor;
}

beforeAll(() => tf.setBackend('onednn'));

describe('a cast', () => {
  test.each([
    ['int32', 'float32', [1, -2, 2147483647, -2147483648, 16777217]],
    ['bool', 'float32', [1, 0, 1]],
    ['bool', 'int32', [1, 0, 1]],
  ])('of %s to %s is computed when it is read', (from, to, values) => {
    const x = tf.tensor1d(values, /** @type {any} */ (from));
    const y = x.cast(/** @type {any} */ (to));
    expect(lazyOf(y)).not.toBeNull();
    expect(y.dtype).toBe(to);
    x.dispose();
    const expected = to === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
    expect(y.dataSync()).toEqual(expected);
    expect(lazyOf(y)).toBeNull();
    expect(y.dataSync()).toEqual(expected);
  });

  test.each([
    ['float32', 'int32'],
    ['float32', 'bool'],
    ['int32', 'bool'],
    ['float32', 'complex64'],
    ['int32', 'complex64'],
  ])('of %s to %s is computed at once', (from, to) => {
    const x = tf.tensor1d([1, 2], /** @type {any} */ (from));
    expect(lazyOf(x.cast(/** @type {any} */ (to)))).toBeNull();
  });

  test('is counted as a tensor of its own, and leaves nothing behind', async () => {
    const start = await countsAfterAll();
    const x = tf.ones([100], 'int32');
    const y = x.toFloat();
    expect(counts()).toMatchObject({
      numTensors: start.numTensors + 2,
      numDataBuffers: start.numDataBuffers + 2,
      numBytes: start.numBytes + 800,
      ids: start.ids + 2,
    });
    x.dispose();
    expect(counts()).toMatchObject({
      numDataBuffers: start.numDataBuffers + 1,
      ids: start.ids + 1,
    });
    computed(y);
    expect(counts()).toMatchObject({
      numDataBuffers: start.numDataBuffers + 1,
      ids: start.ids + 1,
    });
    y.dispose();
    expect(counts()).toEqual(start);
  });

  test('that nobody reads, of data that others read, leaves nothing behind', async () => {
    const start = await countsAfterAll();
    const x = tf.ones([5, 5], 'int32');
    const casts = [x.toFloat(), x.toFloat(), x.toFloat()];
    casts[0].dispose();
    x.dispose();
    casts[1].dispose();
    expect(casts[2].sum().dataSync()[0]).toBe(25);
    tf.dispose(casts);
    await collectGarbage();
    expect(counts().ids).toBe(start.ids + 1);
  });

  test('keeps its shape through views without being computed', () => {
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32').toFloat();
    const views = [x.clone(), x.expandDims(-1), x.expandDims(0), x.reshape([4]), x.flatten()];
    expect(views.map(({ shape }) => shape)).toEqual([[2, 2], [2, 2, 1], [1, 2, 2], [4], [4]]);
    expect(lazyOf(x)).not.toBeNull();
    for (const view of views) expect(Array.from(view.dataSync())).toEqual([1, 2, 3, 4]);
  });

  test('of a cast, and to the same dtype', () => {
    const y = tf.ones([2], 'int32').toFloat();
    expect(y.cast('float32').dataId).toBe(y.dataId);
    expect(lazyOf(y)).not.toBeNull();
    const x = tf.tensor1d([1, 0, 1], 'bool').toInt().toFloat();
    expect(x.dataSync()).toEqual(Float32Array.of(1, 0, 1));
  });

  test('of no elements, and of a scalar', () => {
    expect(tf.tensor2d([], [0, 3], 'int32').toFloat().add(1).shape).toEqual([0, 3]);
    expect(tf.tensor2d([], [0, 3], 'int32').toFloat().arraySync()).toEqual([]);
    expect(tf.scalar(3, 'int32').toFloat().div(2).arraySync()).toBe(1.5);
  });

  test('is computed in the middle of a call that takes it several times', () => {
    const a = tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32');
    const b = a.toFloat();
    const c = tf.tensor2d([true, false, true, true], [2, 2], 'bool').toFloat();
    expect(tf.matMul(b, c).dataSync()).toEqual(Float32Array.of(3, 2, 7, 4));
    const [d, e] = [a.toFloat(), a.add(1).toFloat()];
    expect(Array.from(tf.concat([d, e, d], 0).dataSync())).toEqual([
      1, 2, 3, 4, 2, 3, 4, 5, 1, 2, 3, 4,
    ]);
    expect(tf.stack([d, d]).sum().arraySync()).toBe(20);
  });

  test('is data as any: for variables, gradients, other backends and asynchronous reading', async () => {
    const x = tf.tensor1d([1, 2, 3], 'int32');
    const variable = tf.variable(x.toFloat());
    variable.assign(variable.add(1));
    expect(Array.from(variable.dataSync())).toEqual([2, 3, 4]);
    variable.dispose();
    const dy = tf.grad((t) => t.mul(x.toFloat()).sum())(x.toFloat());
    expect(Array.from(dy.dataSync())).toEqual([1, 2, 3]);
    expect(await x.toFloat().data()).toEqual(Float32Array.of(1, 2, 3));
    const moved = x.toFloat();
    await tf.setBackend('cpu');
    try {
      expect(Array.from(moved.add(1).dataSync())).toEqual([2, 3, 4]);
    } finally {
      await tf.setBackend('onednn');
    }
    expect(Array.from(moved.add(1).dataSync())).toEqual([2, 3, 4]);
    const boxes = tf.tensor2d([0, 0, 2, 2, 0, 0, 2, 2], [2, 4], 'int32');
    const picked = await tf.image.nonMaxSuppressionAsync(
      boxes.toFloat(),
      tf.tensor1d([1, 2], 'int32').toFloat(),
      2,
    );
    expect(Array.from(picked.dataSync())).toEqual([1]);
  });

  test('disposed while it is read is read to its end', async () => {
    const start = await countsAfterAll();
    const x = tf.ones([1000], 'int32');
    const y = x.toFloat();
    const values = y.data();
    tf.dispose([x, y]);
    expect((await values)[999]).toBe(1);
    expect(counts()).toEqual(start);
  });

  test('is timed where it stands', async () => {
    const x = tf.ones([10], 'int32');
    const profile = await tf.profile(() => x.toFloat().add(1));
    expect(profile.kernels.map(({ name }) => name)).toEqual(['Cast', 'Add']);
    expect(profile.kernels[0].bytesAdded).toBe(40);
    await tf.time(() => expect(lazyOf(x.toFloat())).toBeNull());
  });

  test.each([
    ['strings', () => ({ x: tf.tensor1d(['a']) }), 'BAD_DTYPE'],
    [
      'what was disposed',
      () => {
        const x = tf.ones([2], 'int32');
        x.dispose();
        return { x };
      },
      'DISPOSED',
    ],
    [
      'more elements than there are',
      () => ({ x: { dataId: tf.ones([2], 'int32').dataId, shape: [3], dtype: 'int32' } }),
      'BAD_SHAPE',
    ],
    ['nothing', () => ({}), 'BAD_SHAPE'],
  ])('of %s is refused at once', (_, inputs, code) => {
    const error = errorOf(() => run('Cast', inputs(), { dtype: 'float32' }));
    expect(error).toMatchObject({ code, op: 'Cast' });
  });
});

describe('a captured function', () => {
  test('takes casts as inputs, and those that it closes over', async () => {
    const offset = tf.tensor1d([10, 20], 'int32').toFloat();
    const x = tf.tensor1d([1, 2], 'int32');
    const compiled = await tf.native.compile((a) => a.toFloat().mul(2).add(offset), {
      inputs: [tf.tensor1d([0, 0])],
    });
    const run = (/** @type {any} */ a) => Array.from(compiled(a).dataSync());
    expect(run(x.toFloat())).toEqual([12, 24]);
    offset.dispose();
    expect(run(x.add(1).toFloat())).toEqual([14, 26]);
    compiled.dispose();
  });

  test('has its own casts among its calls', async () => {
    const compiled = await tf.native.compile((a) => a.toFloat().div(2), {
      inputs: [tf.tensor1d([0, 0], 'int32')],
    });
    expect(Array.from(compiled(tf.tensor1d([3, 5], 'int32')).dataSync())).toEqual([1.5, 2.5]);
    compiled.dispose();
  });
});

describe('element-wise operators', () => {
  const rows = require('../../lib/load-addon')
    .loadAddon()
    .ops()
    .filter((/** @type {any} */ row) => row.elementFunction >= 0 && !row.internal);
  const integers = [0, 1, -1, 2, -2, 3, 255, -7, 2147483647, -2147483648, 16777217, 100];

  test('are those of one and two floats', () => {
    const names = rows.map((/** @type {any} */ { name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['Add', 'RealDiv', 'Relu', 'Sqrt', 'Pow', 'Atan2']),
    );
    for (const name of [
      'Equal',
      'LogicalAnd',
      'IsNan',
      'Select',
      'EluGrad',
      'FloorDiv',
      'ClipByValue',
    ]) {
      expect(names).not.toContain(name);
    }
  });

  test.each(rows.map((/** @type {any} */ row) => [row.name, row]))(
    '%s reads what is behind casts',
    (name, row) => {
      const x = tf.tensor2d(integers, [3, 4], 'int32');
      const bits = tf.tensor1d([1, 0, 1, 1], 'bool');
      const floats = tf.tensor2d([0.5, -3, 7], [3, 1]);
      const places = row.inputs.map((/** @type {any} */ { name: key }) => key);
      const all =
        places.length === 1
          ? [[x]]
          : [
              [x, floats],
              [floats, x],
              [x, bits],
              [x, x],
            ];
      for (const given of all) {
        const casts = given.map((one) => (one === floats ? one : one.toFloat()));
        const inputs = Object.fromEntries(places.map((key, i) => [key, casts[i]]));
        const actual = run(name, inputs);
        for (const cast of casts) if (cast !== floats) expect(lazyOf(cast)).not.toBeNull();
        casts.forEach(computed);
        const expected = run(name, inputs);
        expect([actual.shape, actual.dtype]).toEqual([expected.shape, expected.dtype]);
        expect(actual.dataSync()).toEqual(expected.dataSync());
      }
    },
  );

  test('refuse in their own words', () => {
    const x = tf.ones([2, 3], 'int32').toFloat();
    const error = errorOf(() => run('Add', { a: x, b: tf.ones([4]) }));
    expect(error).toMatchObject({ code: 'BAD_SHAPE', op: 'Add' });
    const integersBeside = errorOf(() => run('Add', { a: x, b: tf.ones([3], 'int32') }));
    expect(integersBeside).toMatchObject({ code: 'BAD_DTYPE', op: 'Add' });
  });
});

describe('complex numbers', () => {
  test('give their parts back as they came', async () => {
    const start = await countsAfterAll();
    const [real, imag] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
    const x = tf.complex(real, imag);
    expect(counts()).toMatchObject({
      ids: start.ids + 5,
      numDataBuffers: start.numDataBuffers + 3,
    });
    tf.dispose([real, imag]);
    const parts = [tf.real(x), tf.imag(x)];
    expect(lazyOf(x)).not.toBeNull();
    expect(x.dataSync()).toEqual(Float32Array.of(1, 3, 2, 4));
    expect(parts.map((part) => Array.from(part.dataSync()))).toEqual([
      [1, 2],
      [3, 4],
    ]);
    tf.dispose([x, ...parts]);
    expect(counts()).toEqual(start);
  });

  test('give a part that is there as the same data, and one that is not as one more', () => {
    const [real, imag] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
    const [x, y] = [tf.complex(real, imag), tf.complex(real, imag)];
    expect(tf.real(x).dataId).toBe(real.dataId);
    expect(tf.backend().refCount(real.dataId)).toBe(2);
    const { dataId } = imag;
    imag.dispose();
    const parts = [tf.imag(x), tf.imag(y), tf.imag(x)];
    expect(parts[0].dataId).not.toBe(dataId);
    expect(parts.map((part) => part.dataId)).toEqual(parts.map(() => parts[0].dataId));
    tf.dispose([x, y, parts[0]]);
    expect(Array.from(parts[1].dataSync())).toEqual([3, 4]);
  });

  test('have parts that captured functions tell from each other', async () => {
    const [real, imag] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
    const x = tf.complex(real, imag);
    const y = tf.complex(real, real);
    real.dispose();
    const inputs = [tf.real(x), tf.imag(y)];
    const compiled = await tf.native.compile((a, b) => a.sub(b), { inputs });
    expect(Array.from(compiled(...inputs).dataSync())).toEqual([0, 0]);
    const others = await tf.native.compile((a, b) => a.sub(b), {
      inputs: [tf.real(x), tf.imag(x)],
    });
    expect(Array.from(others(tf.ones([2]), tf.zeros([2])).dataSync())).toEqual([1, 1]);
    compiled.dispose();
    others.dispose();
  });

  test('have parts that outlive them', async () => {
    const start = await countsAfterAll();
    const squares = tf.tidy(() => {
      const x = tf.complex(tf.tensor1d([1, 2]), tf.tensor1d([3, 4]));
      const y = tf.mul(x, x);
      return [tf.real(y), tf.imag(y)];
    });
    expect(squares.map((part) => lazyOf(part) !== null)).toEqual([true, true]);
    expect(squares.map((part) => Array.from(part.dataSync()))).toEqual([
      [-8, -12],
      [6, 16],
    ]);
    tf.dispose(squares);
    expect(counts()).toEqual(start);
  });

  test('of integers have parts of floats', () => {
    const x = run('Complex', {
      real: tf.tensor1d([1, 2], 'int32'),
      imag: tf.tensor1d([true, false]),
    });
    expect(tf.real(x).dataSync()).toEqual(Float32Array.of(1, 2));
    expect(tf.imag(x).add(0.5).dataSync()).toEqual(Float32Array.of(1.5, 0.5));
    const y = run('Complex', { real: tf.ones([2], 'int32').toFloat(), imag: tf.zeros([2]) });
    expect(y.dataSync()).toEqual(Float32Array.of(1, 0, 1, 0));
  });

  test('of parts with different shapes are refused', () => {
    const real = tf.ones([2, 1]);
    const error = errorOf(() => run('Complex', { real, imag: tf.ones([1, 2]) }));
    expect(error).toMatchObject({ code: 'BAD_SHAPE', op: 'Complex' });
    expect(errorOf(() => run('Real', { input: real }))).toMatchObject({ code: 'BAD_DTYPE' });
    const { dataId } = tf.complex([1, 2], [3, 4]);
    const input = { dataId, shape: [3], dtype: 'complex64' };
    expect(errorOf(() => run('Real', { input }))).toMatchObject({ code: 'BAD_SHAPE', op: 'Real' });
  });
});
