'use strict';

const { tf, LARGE, longChain, errorOf, collectGarbage } = require('./support');

beforeAll(() => tf.setBackend('onednn'));

const backend = () => tf.backend();

describe.each(['data()', 'dataSync()'])('%s', (method) => {
  /** @returns {Promise<any>} */
  const read = async (tensor) => (method === 'data()' ? tensor.data() : tensor.dataSync());

  test.each([
    ['float32', [1.5, -2, 0, NaN], Float32Array],
    ['int32', [1, -2, 2147483647, 0], Int32Array],
    ['bool', [1, 0, 1, 1], Uint8Array],
  ])('of %s', async (dtype, values, Type) => {
    const tensor = tf.tensor1d(values, dtype);
    const got = await read(tensor);
    expect(got).toBeInstanceOf(Type);
    expect(Array.from(got)).toEqual(values);
    tensor.dispose();
  });

  test('of strings', async () => {
    const tensor = tf.tensor1d(['a', 'ß', '']);
    expect(await read(tensor)).toEqual(['a', 'ß', '']);
    tensor.dispose();
  });

  test('of complex64', async () => {
    const tensor = tf.complex([1, 2], [3, 4]);
    const got = await read(tensor);
    expect(Array.from(got)).toEqual([1, 3, 2, 4]);
    tensor.dispose();
  });

  test.each([[[0]], [[2, 0, 3]]])('of an empty tensor of shape %j', async (shape) => {
    const tensor = tf.tensor([], shape);
    expect(await read(tensor)).toEqual(new Float32Array(0));
    const sum = tf.add(tensor, tensor);
    expect(await read(sum)).toEqual(new Float32Array(0));
    tf.dispose([tensor, sum]);
  });

  test('of a scalar', async () => {
    const tensor = tf.scalar(7);
    expect(await read(tensor)).toEqual(new Float32Array([7]));
    tensor.dispose();
  });

  test('of work that is queued', async () => {
    const sum = longChain();
    const got = await read(sum);
    expect(got.length).toBe(LARGE);
    expect(got.every((value) => value === 201)).toBe(true);
    sum.dispose();
  });

  test.each([
    ['int32', (sum) => sum.cast('int32'), Int32Array, [201, 201]],
    ['bool', (sum) => sum.greater(200), Uint8Array, [1, 1]],
    ['complex64', (sum) => tf.complex(sum, sum.neg()), Float32Array, [201, -201]],
  ])('of work that is queued and gives %s', async (_, derive, Type, ends) => {
    const tensor = tf.tidy(() => derive(longChain()));
    const got = await read(tensor);
    expect(got).toBeInstanceOf(Type);
    expect([got[0], got[got.length - 1]]).toEqual(ends);
    expect(got.length).toBe(LARGE * (Type === Float32Array ? 2 : 1));
    tensor.dispose();
  });

  test('gives values of its own each time', async () => {
    const tensor = tf.tensor1d([1, 2]);
    (await read(tensor))[0] = 99;
    expect(Array.from(await read(tensor))).toEqual([1, 2]);
    tensor.dispose();
  });

  test('takes the values as they were when the tensor was made', async () => {
    const values = new Float32Array([1, 2]);
    const tensor = tf.tensor1d(values);
    values[0] = 99;
    expect(Array.from(await read(tensor))).toEqual([1, 2]);
    tensor.dispose();
  });

  test('of a disposed tensor fails', async () => {
    const tensor = tf.tensor1d([1]);
    tensor.dispose();
    await expect(read(tensor)).rejects.toThrow('disposed');
  });
});

test('many tensors may be awaited at once', async () => {
  const sums = Array.from({ length: 20 }, (_, i) => longChain(5 + i, 1 << 16));
  const all = await Promise.all(sums.map((sum) => sum.data()));
  expect(all.map((values) => values[values.length - 1])).toEqual(sums.map((_, i) => 6 + i));
  tf.dispose(sums);
});

test('one tensor may be awaited many times', async () => {
  const sum = longChain();
  const all = await Promise.all(Array.from({ length: 10 }, () => sum.data()));
  for (const values of all) expect(values[0]).toBe(201);
  sum.dispose();
});

test('a tensor may be disposed while its values are on their way', async () => {
  const sum = longChain();
  const pending = sum.data();
  sum.dispose();
  const values = await pending;
  expect(values[0]).toBe(201);
  expect(values[LARGE - 1]).toBe(201);
});

describe('tf.memory() is right after a tensor was', () => {
  beforeEach(collectGarbage);

  const figures = () => {
    const { numTensors, numDataBuffers, numBytes, native } = tf.memory();
    const onCpu = tf.findBackend('cpu').numDataIds();
    const ours = tf.findBackend('onednn').numDataIds();
    return { numTensors, numDataBuffers, numBytes, liveBytes: native?.liveBytes, ours, onCpu };
  };

  test.each([
    ['disposed', (sum) => sum.dispose()],
    ['disposed, as was its view,', (sum) => tf.dispose([sum.reshape([-1, 2]), sum])],
    ['disposed twice', (sum) => tf.dispose([sum, sum])],
    [
      'moved to another backend',
      (sum) => {
        tf.setBackend('cpu');
        tf.add(sum, 1).dispose();
        tf.setBackend('onednn');
      },
    ],
    [
      'moved and disposed',
      (sum) => {
        tf.setBackend('cpu');
        tf.add(sum, 1).dispose();
        sum.dispose();
        tf.setBackend('onednn');
      },
    ],
  ])('%s while its values were on their way', async (_, change) => {
    const before = figures();
    const sum = longChain(100, 1 << 16);
    const pending = sum.data();
    change(sum);
    expect((await pending)[0]).toBe(101);
    sum.dispose();
    expect(figures()).toEqual(before);
  });

  test('disposed while a value was awaited that could not be computed', async () => {
    const before = figures();
    const x = tf.ones([LARGE]);
    tf.backend().session.synchronize();
    tf.native.trimMemory();
    tf.native.setMemoryCeiling(tf.native.memory().liveBytes + 1024);
    const sum = tf.add(x, x);
    const pending = sum.data();
    sum.dispose();
    await expect(pending).rejects.toMatchObject({ code: 'OUT_OF_MEMORY', op: 'Add' });
    tf.native.setMemoryCeiling(0);
    x.dispose();
    expect(figures()).toEqual(before);
  });
});

test('inputs may be disposed while the call that reads them is queued', async () => {
  const first = longChain();
  const second = tf.tensor1d(new Float32Array(LARGE).fill(0.5));
  const sum = tf.add(first, second);
  tf.dispose([first, second]);
  // What took the freed slots must not be read in their place.
  const others = Array.from({ length: 8 }, () => tf.tensor1d(new Float32Array(LARGE).fill(-1)));
  expect((await sum.data())[0]).toBe(201.5);
  tf.dispose([sum, others]);
});

test('a value is there before those that were enqueued after it', async () => {
  const early = longChain(5);
  const earlyValues = early.data();
  const late = longChain(600);
  let isLateThere = false;
  const lateValues = late.data().then((values) => {
    isLateThere = true;
    return values;
  });
  expect((await earlyValues)[0]).toBe(6);
  expect(isLateThere).toBe(false);
  expect((await lateValues)[0]).toBe(601);
  tf.dispose([early, late]);
});

test('the event loop turns while values are awaited', async () => {
  const sum = longChain(400);
  let turns = 0;
  let isThere = false;
  const pending = sum.data().then(() => (isThere = true));
  while (!isThere) {
    await new Promise(setImmediate);
    ++turns;
  }
  await pending;
  expect(turns).toBeGreaterThan(10);
  sum.dispose();
});

test('the event loop turns while values are awaited that are there at once', async () => {
  const x = tf.tensor1d([1, 2]);
  let fired = 0;
  const timer = setInterval(() => fired++, 1);
  try {
    // Some seconds; the timer comes after some milliseconds.
    for (let i = 0; i < 5_000_000 && fired < 3; i++) await x.data();
  } finally {
    clearInterval(timer);
  }
  expect(fired).toBe(3);
});

test('calls on disposed data name the operator', () => {
  const tensor = tf.tensor1d([1]);
  const { dataId } = tensor;
  tensor.dispose();
  const info = { dataId, shape: [1], dtype: 'float32' };
  const kernel = tf.getKernel('Add', 'onednn');
  const call = () =>
    kernel.kernelFunc({ inputs: { a: info, b: info }, attrs: {}, backend: backend() });
  expect(errorOf(call)).toMatchObject({ name: 'NativeError', code: 'DISPOSED', op: 'Add' });
});

test('data that was freed behind its tensor’s back is an error', async () => {
  const tensor = tf.tensor1d([1]);
  backend().disposeData(tensor.dataId, true);
  expect(errorOf(() => tensor.dataSync())).toMatchObject({ code: 'DISPOSED', op: 'read' });
  await expect(tensor.data()).rejects.toMatchObject({ code: 'DISPOSED', op: 'read' });
  expect(errorOf(() => tf.add(tensor, tensor))).toMatchObject({ code: 'DISPOSED', op: 'Add' });
  tensor.dispose();
});

test('data ids of nobody are errors', () => {
  expect(errorOf(() => backend().readSync({}))).toMatchObject({ code: 'DISPOSED', op: 'read' });
});
