'use strict';

const { tf, errorOf } = require('./support');

/** @returns {any} tfjs's own backend of that name */
const backendNamed = (name) => tf.findBackend(name);

beforeAll(async () => {
  // tfjs's cpu backend advises another package at its first use.
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  await tf.setBackend('cpu');
  tf.scalar(0).dispose();
  warn.mockRestore();
  await tf.setBackend('onednn');
});
afterEach(() => tf.setBackend('onednn'));

describe('write() takes any sizes', () => {
  const write = (values, shape, dtype = 'float32') => {
    const dataId = tf.backend().write(values, shape, dtype);
    const read = tf.backend().readSync(dataId);
    tf.backend().disposeData(dataId);
    return read;
  };

  test.each([
    ['no value for shape [1]', new Float32Array(0), [1], []],
    [
      '7 values for shape [2,3]',
      new Float32Array([1, 2, 3, 4, 5, 6, 7]),
      [2, 3],
      [1, 2, 3, 4, 5, 6, 7],
    ],
    ['2 values for shape [2,3]', new Float32Array([1, 2]), [2, 3], [1, 2]],
    ['a plain array', [1, 2.5], [2], [1, 2.5]],
    ['an empty plain array', [], [0], []],
    ['null', null, [2], []],
    ['undefined', undefined, [], []],
    ['a Float64Array', new Float64Array([1, 0.5]), [2], [1, 0.5]],
    ['an Int32Array', new Int32Array([1, -5]), [2], [1, -5]],
    ['a part of a larger array', new Float32Array([9, 1, 2, 9]).subarray(1, 3), [2], [1, 2]],
  ])('%s', (_, values, shape, expected) => {
    expect(Array.from(write(values, shape))).toEqual(expected);
  });

  test('each dtype converts as its typed array does', () => {
    expect(write([1.9, -1.9, NaN], [3], 'int32')).toEqual(new Int32Array([1, -1, 0]));
    expect(write([true, false, 1], [3], 'bool')).toEqual(new Uint8Array([1, 0, 1]));
    expect(write(new Float32Array([1, 2, 3, 4]), [2], 'complex64')).toEqual(
      new Float32Array([1, 2, 3, 4]),
    );
  });

  test('kernels read zeros where values are missing', () => {
    const dataId = tf.backend().write(new Float32Array([1]), [3], 'float32');
    const input = { dataId, shape: [3], dtype: 'float32' };
    const kernel = tf.getKernel('Add', 'onednn');
    const sum = kernel.kernelFunc({ inputs: { a: input, b: input }, backend: tf.backend() });
    expect(Array.from(tf.backend().readSync(sum.dataId))).toEqual([2, 0, 0]);
    tf.backend().disposeData(dataId);
    tf.backend().disposeData(sum.dataId);
  });

  test('a kernel refuses a shape that is larger than what was written', () => {
    const dataId = tf.backend().write(new Float32Array(3), [3], 'float32');
    const kernel = tf.getKernel('Add', 'onednn');
    for (const shape of [[4], [2 ** 40], [-3], [-1, -3], [NaN]]) {
      const input = { dataId, shape, dtype: 'float32' };
      const call = () =>
        kernel.kernelFunc({ inputs: { a: input, b: input }, backend: tf.backend() });
      expect(errorOf(call)).toMatchObject({ code: 'BAD_SHAPE', op: 'Add' });
    }
    tf.backend().disposeData(dataId);
  });

  test.each([
    ['a negative extent', [-3], 'BAD_SHAPE'],
    ['more than can be counted', [2 ** 30, 2 ** 30], 'BAD_SHAPE'],
    ['NaN', [NaN], 'BAD_SHAPE'],
    ['more than any machine has', [2 ** 50], 'OUT_OF_MEMORY'],
  ])('%s is an error', (_, shape, code) => {
    const before = tf.native.memory().liveBytes;
    const error = errorOf(() => write(new Float32Array(1), shape));
    expect(error).toMatchObject({ name: 'NativeError', code, op: 'write' });
    expect(tf.native.memory().liveBytes).toBe(before);
  });

  test('a dtype of nobody is an error', () => {
    expect(errorOf(() => write([1], [1], 'float16'))).toMatchObject({ code: 'BAD_DTYPE' });
    expect(errorOf(() => write([1], [1], 'constructor'))).toMatchObject({ code: 'BAD_DTYPE' });
  });
});

describe('reference counts', () => {
  test('views share the data of their tensor', () => {
    const backend = tf.backend();
    const x = tf.tensor1d([1, 2, 3, 4]);
    expect(backend.refCount(x.dataId)).toBe(1);
    const live = tf.native.memory().liveBytes;
    const view = x.reshape([2, 2]);
    expect(view.dataId).toBe(x.dataId);
    expect(backend.refCount(x.dataId)).toBe(2);
    expect(tf.native.memory().liveBytes).toBe(live);
    x.dispose();
    expect(backend.refCount(view.dataId)).toBe(1);
    expect(Array.from(view.dataSync())).toEqual([1, 2, 3, 4]);
    view.dispose();
    expect(backend.refCount(view.dataId)).toBe(0);
    expect(tf.native.memory().liveBytes).toBeLessThan(live);
  });

  test.each(['float32', 'int32', 'bool', 'complex64'])(
    'a cast of %s to itself is a view',
    (dtype) => {
      const backend = tf.backend();
      const x = dtype === 'complex64' ? tf.complex([1, 0], [0, 2]) : tf.tensor1d([1, 0], dtype);
      const before = { ids: backend.numDataIds(), bytes: tf.native.memory().liveBytes };
      const { numTensors, numDataBuffers } = tf.memory();
      const same = x.cast(dtype);
      expect(same.dtype).toBe(dtype);
      expect(same.dataId).toBe(x.dataId);
      expect(backend.refCount(x.dataId)).toBe(2);
      const after = { ids: backend.numDataIds(), bytes: tf.native.memory().liveBytes };
      expect(after).toEqual(before);
      expect(tf.memory()).toMatchObject({ numTensors: numTensors + 1, numDataBuffers });
      const values = Array.from(x.dataSync());
      x.dispose();
      expect(Array.from(same.dataSync())).toEqual(values);
      same.dispose();
      expect(backend.refCount(same.dataId)).toBe(0);
      expect(tf.memory()).toMatchObject({ numTensors: numTensors - 1 });
    },
  );

  test('a cast to another dtype has data of its own', () => {
    const x = tf.tensor1d([1.5, -2]);
    const other = x.cast('int32');
    expect(other.dataId).not.toBe(x.dataId);
    expect(Array.from(other.dataSync())).toEqual([1, -2]);
    expect(Array.from(other.cast('float32').dataSync())).toEqual([1, -2]);
    tf.dispose([x, other]);
  });

  test('disposeData() tells whether the data is gone', () => {
    const backend = tf.backend();
    const dataId = backend.write(new Float32Array(4), [4], 'float32');
    backend.incRef(dataId);
    expect(backend.disposeData(dataId)).toBe(false);
    expect(backend.disposeData(dataId)).toBe(true);
    expect(backend.disposeData(dataId)).toBe(true);
    const forced = backend.write(new Float32Array(4), [4], 'float32');
    backend.incRef(forced);
    expect(backend.disposeData(forced, true)).toBe(true);
    expect(backend.refCount(forced)).toBe(0);
  });

  test('numDataIds() counts data, complex64 as three', () => {
    const backend = tf.backend();
    const before = backend.numDataIds();
    const x = tf.tensor1d([1]);
    const view = x.reshape([1, 1]);
    expect(backend.numDataIds()).toBe(before + 1);
    const strings = tf.tensor1d(['a']);
    expect(backend.numDataIds()).toBe(before + 2);
    const complex = backend.write(new Float32Array(2), [1], 'complex64');
    expect(backend.numDataIds()).toBe(before + 5);
    // Its name in tfjs-node.
    expect(backend.getNumOfTFTensors()).toBe(before + 5);
    backend.disposeData(complex);
    tf.dispose([x, view, strings]);
    expect(backend.numDataIds()).toBe(before);
  });
});

describe('moving between backends', () => {
  test.each([
    ['float32', () => tf.tensor2d([1, 2, 3, 4], [2, 2]), [1, 2, 3, 4]],
    ['int32', () => tf.tensor1d([1, -2], 'int32'), [1, -2]],
    ['bool', () => tf.tensor1d([true, false], 'bool'), [1, 0]],
    ['string', () => tf.tensor1d(['a', 'b']), ['a', 'b']],
  ])('%s goes there and back, and again', async (_, make, values) => {
    for (const [home, away] of [
      ['onednn', 'cpu'],
      ['cpu', 'onednn'],
    ]) {
      await tf.setBackend(home);
      const x = make();
      for (const name of [away, home, away, home]) {
        await tf.setBackend(name);
        tf.engine().moveData(backendNamed(name), x.dataId);
        expect(Array.from(x.dataSync())).toEqual(values);
        expect(Array.from(await x.data())).toEqual(values);
      }
      x.dispose();
    }
  });

  test('a kernel fetches what another backend holds', async () => {
    await tf.setBackend('cpu');
    const onCpu = tf.tensor1d([1, 2, 3]);
    await tf.setBackend('onednn');
    const here = tf.tensor1d([10, 20, 30]);
    const sum = tf.add(onCpu, here);
    expect(Array.from(sum.dataSync())).toEqual([11, 22, 33]);
    const twice = tf.add(onCpu, onCpu);
    expect(Array.from(twice.dataSync())).toEqual([2, 4, 6]);
    await tf.setBackend('cpu');
    const back = tf.add(sum, here);
    expect(Array.from(back.dataSync())).toEqual([21, 42, 63]);
    tf.dispose([onCpu, here, sum, twice, back]);
  });

  test('views move with their tensor', async () => {
    await tf.setBackend('cpu');
    const x = tf.tensor1d([1, 2, 3, 4]);
    const view = x.reshape([2, 2]);
    await tf.setBackend('onednn');
    const sum = tf.add(view, view);
    expect(Array.from(sum.dataSync())).toEqual([2, 4, 6, 8]);
    expect(tf.backend().refCount(x.dataId)).toBe(2);
    x.dispose();
    expect(Array.from(view.dataSync())).toEqual([1, 2, 3, 4]);
    tf.dispose([view, sum]);
  });

  test('work that is queued is waited for', async () => {
    await tf.setBackend('onednn');
    let sum = tf.ones([1 << 18]);
    for (let i = 0; i < 50; ++i) sum = tf.tidy(() => tf.add(sum, 1));
    await tf.setBackend('cpu');
    const doubled = tf.add(sum, sum);
    expect(doubled.dataSync()[7]).toBe(102);
    tf.dispose([sum, doubled]);
  });

  test('nothing stays behind', async () => {
    const ids = {
      cpu: backendNamed('cpu').numDataIds(),
      onednn: backendNamed('onednn').numDataIds(),
    };
    const live = tf.native.memory().liveBytes;
    const x = tf.tensor1d([1, 2, 3]);
    for (const name of ['cpu', 'onednn', 'cpu']) {
      tf.engine().moveData(backendNamed(name), x.dataId);
    }
    expect(tf.native.memory().liveBytes).toBe(live);
    x.dispose();
    expect(backendNamed('cpu').numDataIds()).toBe(ids.cpu);
    expect(backendNamed('onednn').numDataIds()).toBe(ids.onednn);
  });

  test('the count of references goes with the data', async () => {
    const x = tf.tensor1d([1, 2]);
    const view = x.reshape([2, 1]);
    tf.engine().moveData(backendNamed('cpu'), x.dataId);
    expect(backendNamed('cpu').refCount(x.dataId)).toBe(2);
    expect(backendNamed('onednn').refCount(x.dataId)).toBe(0);
    tf.engine().moveData(backendNamed('onednn'), x.dataId);
    expect(backendNamed('onednn').refCount(x.dataId)).toBe(2);
    tf.dispose([x, view]);
  });
});

test('complex64 keeps its parts through writing, reading and moving', async () => {
  const z = tf.complex([1, 2], [3, 4]);
  expect(Array.from(tf.real(z).dataSync())).toEqual([1, 2]);
  expect(Array.from(tf.imag(z).dataSync())).toEqual([3, 4]);
  const dataId = tf.backend().write(new Float32Array([1, 2, 3, 4]), [2], 'complex64');
  expect(tf.backend().readSync(dataId)).toEqual(new Float32Array([1, 2, 3, 4]));
  tf.backend().disposeData(dataId);
  z.dispose();
});
