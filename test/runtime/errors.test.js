'use strict';

const { tf, LARGE, longChain, errorOf, collectGarbage } = require('./support');

const { NativeError } = tf.native;
const BYTES = LARGE * 4;

beforeAll(() => tf.setBackend('onednn'));

describe('when the memory ceiling is reached', () => {
  let input;

  beforeEach(() => {
    input = tf.tensor1d(new Float32Array(LARGE).fill(1));
    tf.native.trimMemory();
  });

  afterEach(() => {
    tf.native.setMemoryCeiling(0);
    input.dispose();
  });

  /** Leaves room for less than one more tensor of the input's size. */
  const closeCeiling = () =>
    tf.native.setMemoryCeiling(tf.native.memory().liveBytes + Math.floor(BYTES / 2));

  const outOfMemory = { name: 'NativeError', code: 'OUT_OF_MEMORY', op: 'Add', device: 'onednn' };

  test('data() rejects and dataSync() throws, each time', async () => {
    closeCeiling();
    const sum = tf.add(input, input);
    await expect(sum.data()).rejects.toMatchObject(outOfMemory);
    expect(errorOf(() => sum.dataSync())).toMatchObject(outOfMemory);
    await expect(sum.data()).rejects.toBeInstanceOf(NativeError);
    expect(errorOf(() => sum.dataSync()).message).toMatch(/^\[Add\] .*ceiling/);
    sum.dispose();
  });

  test('what depends on it fails with the same error, what does not works', async () => {
    const small = tf.tensor1d([1, 2, 3]);
    closeCeiling();
    const sum = tf.add(input, input);
    const product = tf.mul(sum, input);
    const shaped = product.reshape([2, LARGE / 2]);
    const smallSum = tf.add(small, small);
    await expect(shaped.data()).rejects.toMatchObject(outOfMemory);
    expect(errorOf(() => product.dataSync())).toMatchObject(outOfMemory);
    expect(Array.from(await smallSum.data())).toEqual([2, 4, 6]);
    expect(input.dataSync()[5]).toBe(1);
    tf.dispose([small, sum, product, shaped, smallSum]);
  });

  test('the process goes on once there is room', async () => {
    closeCeiling();
    const failed = tf.add(input, input);
    await expect(failed.data()).rejects.toMatchObject(outOfMemory);
    tf.native.setMemoryCeiling(0);
    const again = tf.add(input, input);
    expect((await again.data())[LARGE - 1]).toBe(2);
    // A failure stays with the tensor that it happened to.
    await expect(failed.data()).rejects.toMatchObject(outOfMemory);
    tf.dispose([failed, again]);
  });

  test('writing throws at once', () => {
    closeCeiling();
    const write = () => tf.tensor1d(new Float32Array(LARGE));
    expect(errorOf(write)).toMatchObject({ code: 'OUT_OF_MEMORY', op: 'write' });
  });

  test('a failed tensor can be disposed like any other', async () => {
    const before = tf.memory().numTensors;
    closeCeiling();
    const sum = tf.add(input, input);
    await expect(sum.data()).rejects.toMatchObject(outOfMemory);
    const { liveBytes } = tf.native.memory();
    sum.dispose();
    expect(tf.memory().numTensors).toBe(before);
    // Less where the garbage collector comes in between.
    expect(tf.native.memory().liveBytes).toBeLessThanOrEqual(liveBytes);
  });

  test('it fails in the middle of queued work', async () => {
    const chain = longChain(50);
    closeCeiling();
    const sum = tf.add(chain, input);
    const [first, second] = await Promise.allSettled([chain.data(), sum.data()]);
    // Whether the chain itself still fitted depends on how far it was.
    expect(['fulfilled', 'rejected']).toContain(first.status);
    if (first.status === 'rejected') expect(first.reason.code).toBe('OUT_OF_MEMORY');
    if (second.status === 'rejected') expect(second.reason.code).toBe('OUT_OF_MEMORY');
    else expect(second.value[0]).toBe(52);
    tf.dispose([chain, sum]);
  });
});

describe('wrong calls throw synchronously', () => {
  const x = () => tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const run = (op, makeInputs, attrs) =>
    tf.tidy(() => tf.engine().runKernel(op, makeInputs(), attrs));

  test.each([
    ['shapes', () => run('Add', () => ({ a: x(), b: tf.zeros([4]) })), 'BAD_SHAPE', 'Add'],
    ['dtypes', () => run('Add', () => ({ a: x(), b: tf.zeros([3], 'int32') })), 'BAD_DTYPE', 'Add'],
    ['a missing input', () => run('Add', () => ({ a: x() })), 'BAD_SHAPE', 'Add'],
    [
      'strings',
      () => run('Multiply', () => ({ a: tf.tensor1d(['a']), b: tf.tensor1d(['b']) })),
      'BAD_DTYPE',
      'Multiply',
    ],
    ['a missing attribute', () => run('Reshape', () => ({ x: x() }), {}), 'BAD_ATTR', 'Reshape'],
    [
      'a text for numbers',
      () => run('Reshape', () => ({ x: x() }), { shape: '6' }),
      'BAD_ATTR',
      'Reshape',
    ],
    [
      'a list of texts',
      () => run('Reshape', () => ({ x: x() }), { shape: ['6'] }),
      'BAD_ATTR',
      'Reshape',
    ],
    [
      'a shape that does not fit',
      () => run('Reshape', () => ({ x: x() }), { shape: [4] }),
      'BAD_SHAPE',
      'Reshape',
    ],
    [
      'two wildcards',
      () => run('Reshape', () => ({ x: x() }), { shape: [-1, -1] }),
      'BAD_ATTR',
      'Reshape',
    ],
    [
      'NaN in a shape',
      () => run('Reshape', () => ({ x: x() }), { shape: [NaN] }),
      'BAD_ATTR',
      'Reshape',
    ],
    [
      'a huge shape',
      () => run('Reshape', () => ({ x: x() }), { shape: [2 ** 32, 2 ** 32] }),
      'BAD_SHAPE',
      'Reshape',
    ],
    [
      'an axis out of range',
      () => run('ExpandDims', () => ({ input: x() }), { dim: 5 }),
      'BAD_ATTR',
      'ExpandDims',
    ],
  ])('%s', (_, call, code, op) => {
    const error = errorOf(call);
    expect(error).toBeInstanceOf(NativeError);
    expect(error).toMatchObject({ code, op });
    expect(error.message.startsWith(`[${op}] `)).toBe(true);
    expect(error.message.length).toBeGreaterThan(op.length + 10);
  });

  test('and leave nothing behind', async () => {
    // What earlier tests have left would go in between.
    await collectGarbage();
    const before = { ...tf.memory(), native: undefined };
    const live = tf.native.memory().liveBytes;
    for (let i = 0; i < 50; ++i) {
      errorOf(() => run('Add', () => ({ a: x(), b: tf.zeros([4]) })));
      errorOf(() => run('Reshape', () => ({ x: x() }), { shape: [4] }));
    }
    expect({ ...tf.memory(), native: undefined }).toEqual(before);
    expect(tf.native.memory().liveBytes).toBe(live);
  });

  test('and keep no input alive', () => {
    const before = tf.native.memory().liveBytes;
    const large = tf.zeros([LARGE]);
    errorOf(() => tf.engine().runKernel('Reshape', { x: large }, { shape: [4] }));
    large.dispose();
    expect(tf.native.memory().liveBytes).toBe(before);
  });

  test('a call works right after one that failed', () => {
    errorOf(() => run('Add', () => ({ a: x(), b: tf.zeros([4]) })));
    expect(Array.from(tf.tidy(() => tf.add(x(), x()).dataSync()))).toEqual([2, 4, 6, 8, 10, 12]);
  });

  test('options name what they expect', () => {
    for (const bad of [0, -1, 1.5, NaN, '2', undefined]) {
      expect(errorOf(() => tf.native.setThreads(bad))).toMatchObject({ code: 'BAD_ATTR' });
    }
    for (const bad of [-1, 1.5, NaN, '2', undefined]) {
      expect(errorOf(() => tf.native.setMemoryCeiling(bad))).toMatchObject({ code: 'BAD_ATTR' });
    }
  });
});
