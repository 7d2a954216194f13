'use strict';

const { tf, LARGE } = require('./support');

beforeAll(() => tf.setBackend('onednn'));

test('tf.time() gives the kernels’ time within the wall time', async () => {
  const x = tf.ones([LARGE]);
  const { kernelMs, wallMs } = await tf.time(() => tf.tidy(() => void tf.add(tf.mul(x, x), x)));
  expect(kernelMs).toBeGreaterThan(0);
  expect(kernelMs).toBeLessThanOrEqual(wallMs);
  x.dispose();
});

test('tf.time() counts what its function enqueues and nothing else', async () => {
  const x = tf.ones([LARGE]);
  const before = tf.tidy(() => {
    let sum = x;
    for (let i = 0; i < 100; ++i) sum = tf.add(sum, x);
    return sum;
  });
  expect((await tf.time(() => {})).kernelMs).toBe(0);
  const one = await tf.time(() => tf.tidy(() => void tf.add(x, x)));
  const hundred = await tf.time(() =>
    tf.tidy(() => {
      for (let i = 0; i < 100; ++i) tf.add(x, x);
    }),
  );
  expect(hundred.kernelMs).toBeGreaterThan(one.kernelMs);
  tf.dispose([x, before]);
});

test('tf.time() may be nested', async () => {
  const x = tf.ones([LARGE]);
  const work = (count) =>
    tf.tidy(() => {
      for (let i = 0; i < count; ++i) tf.add(x, x);
    });
  let inner;
  const outer = await tf.time(() => {
    work(5);
    inner = tf.time(() => work(5));
    work(5);
  });
  const { kernelMs } = await inner;
  expect(kernelMs).toBeGreaterThan(0);
  expect(outer.kernelMs).toBeGreaterThan(kernelMs);
  x.dispose();
});

test('tf.time() passes on what its function throws, and works on', async () => {
  const failing = tf.time(() => {
    throw new Error('from inside');
  });
  await expect(failing).rejects.toThrow('from inside');
  const x = tf.ones([LARGE]);
  const { kernelMs } = await tf.time(() => tf.tidy(() => void tf.add(x, x)));
  expect(kernelMs).toBeGreaterThan(0);
  x.dispose();
});

test('tf.profile() gives each kernel its own time', async () => {
  const small = tf.ones([4]);
  const large = tf.ones([4 * LARGE]);
  const start = performance.now();
  const profile = await tf.profile(() =>
    tf.tidy(() => {
      tf.add(small, small);
      const product = tf.mul(large, large);
      return tf.sub(product, product).sum();
    }),
  );
  const wallMs = performance.now() - start;
  expect(profile.kernelNames).toEqual(expect.arrayContaining(['Add', 'Multiply', 'Sub', 'Sum']));
  const times = Object.fromEntries(
    profile.kernels.map(({ name, kernelTimeMs }) => [name, kernelTimeMs]),
  );
  for (const { kernelTimeMs, name } of profile.kernels) {
    expect([name, kernelTimeMs >= 0]).toEqual([name, true]);
  }
  expect(times.Multiply).toBeGreaterThan(0);
  const sum = profile.kernels.reduce((total, { kernelTimeMs }) => total + kernelTimeMs, 0);
  expect(sum).toBeLessThanOrEqual(wallMs);
  expect(profile.result.dataSync()[0]).toBe(0);
  tf.dispose([small, large, profile.result]);
});

test('tf.profile() counts fused kernels once', async () => {
  const x = tf.ones([1, 32, 32, 8]);
  const filter = tf.ones([3, 3, 8, 16]);
  const depthwise = tf.ones([3, 3, 16, 1]);
  const weights = tf.ones([16, 4]);
  const root = tf.customGrad((value) => ({
    value: value.sqrt(),
    gradFunc: (dy) => dy.mul(2),
  }));
  const { kernels, kernelNames, peakBytes } = await tf.profile(() =>
    tf.tidy(() => {
      const call = { strides: 1, pad: 'same', activation: 'relu' };
      const y = tf.fused.conv2d({ x, filter, ...call });
      const z = tf.fused.depthwiseConv2d({ x: y, filter: depthwise, ...call });
      const product = tf.fused.matMul({ a: z.reshape([-1, 16]), b: weights, activation: 'relu' });
      return root(product);
    }),
  );
  const names = kernels.map(({ name }) => name).filter((name) => name !== 'Reshape');
  expect(names).toEqual(['FusedConv2D', 'FusedDepthwiseConv2D', '_FusedMatMul', 'Sqrt']);
  expect(kernelNames.sort()).toEqual([...names, 'Reshape'].sort());
  const added = (name) => kernels.find((kernel) => kernel.name === name).bytesAdded;
  expect(added('FusedConv2D')).toBe(4 * 32 * 32 * 16);
  expect(peakBytes).toBeGreaterThan(0);
  tf.dispose([x, filter, depthwise, weights]);
});

test('profiled kernels that fail surface where they are read', async () => {
  const x = tf.ones([LARGE]);
  tf.native.setMemoryCeiling(tf.native.memory().liveBytes + 1024);
  try {
    let sum;
    const { kernelMs } = await tf.time(() => {
      sum = tf.add(x, x);
    });
    expect(kernelMs).toBeGreaterThanOrEqual(0);
    await expect(sum.data()).rejects.toMatchObject({ code: 'OUT_OF_MEMORY', op: 'Add' });
    sum.dispose();
  } finally {
    tf.native.setMemoryCeiling(0);
  }
  x.dispose();
});

test('timerAvailable() promises it', () => {
  expect(tf.backend().timerAvailable()).toBe(true);
});
