'use strict';

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const tf = require('../../lib');

const byName = new Map(tf.native.devices().map((device) => [device.name, device]));

test('devices() lists every device that this package knows', () => {
  expect([...byName.keys()]).toEqual(['onednn', 'cuda']);
});

test('the CPU is always in use', () => {
  expect(byName.get('onednn')).toEqual({
    name: 'onednn',
    available: true,
    description: expect.stringMatching(/^oneDNN \d+\.\d+\.\d+, .+ threads$/),
    caches: [1, 2, 3].map((level) => ({
      level,
      bytes: expect.any(Number),
      source: expect.stringMatching(/^(processor|system|guess)$/),
    })),
  });
  for (const { bytes } of byName.get('onednn').caches) expect(bytes).toBeGreaterThanOrEqual(16384);
  expect(tf.findBackendFactory('onednn')).not.toBeNull();
});

/** devices() in a process whose processor tells `sizes`. */
function cachesToldAs(sizes) {
  const script = "console.log(JSON.stringify(require('./lib').native.devices()[0].caches))";
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    cwd: path.join(__dirname, '..', '..'),
    env: { ...process.env, TFJS_NATIVE_CACHE_SIZES: sizes },
    encoding: 'utf8',
  });
  return { caches: JSON.parse(stdout), stderr };
}

test.each(['none', '1,1,1', '0,0,0', '9007199254740993,1,1'])(
  'cache sizes that cannot be (%s) are not believed',
  (sizes) => {
    const { caches, stderr } = cachesToldAs(sizes);
    expect(caches.map(({ bytes }) => bytes)).toEqual([32768, 524288, 1048576]);
    expect(caches.every(({ source }) => source === 'guess')).toBe(true);
    expect(stderr).toBe('');
  },
);

test('cache sizes are taken from the processor where it tells them', () => {
  expect(cachesToldAs('49152,2097152,1966080').caches).toEqual([
    { level: 1, bytes: 49152, source: 'processor' },
    { level: 2, bytes: 2097152, source: 'processor' },
    { level: 3, bytes: 1966080, source: 'processor' },
  ]);
});

test('what is no list of cache sizes is refused with a word', () => {
  const { caches, stderr } = cachesToldAs('big');
  expect(caches).toHaveLength(3);
  expect(stderr).toContain('TFJS_NATIVE_CACHE_SIZES: expected none or L1,L2,L3 in bytes, got big');
});

test('the GPU is in use, or the reason says why not', () => {
  const cuda = byName.get('cuda');
  if (cuda.available) {
    expect(cuda.description).toMatch(/compute capability \d+\.\d, CUDA .+, cuDNN .+, cuBLASLt /);
    expect(cuda).not.toHaveProperty('reason');
    expect(tf.findBackendFactory('cuda')).not.toBeNull();
    expect(tf.native.kernels('cuda')).toContain('Add');
  } else {
    expect(cuda).toEqual({ name: 'cuda', available: false, reason: expect.stringMatching(/\S/) });
    expect(tf.findBackendFactory('cuda')).toBeNull();
    expect(tf.native.kernels('cuda')).toEqual([]);
  }
});

test('the CPU stays the backend that tfjs chooses', async () => {
  await tf.ready();
  expect(tf.getBackend()).toBe('onednn');
});

const { available, reason } = byName.get('cuda');
if (!available) console.warn(`1 test is skipped, as CUDA is not used: ${reason}`);
const testOnGpu = available ? test : test.skip;

testOnGpu('the GPU adds as the CPU does', async () => {
  await tf.setBackend('cuda');
  const sum = tf.tidy(() => tf.add(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor1d([10, 20])));
  expect(Array.from(await sum.data())).toEqual([11, 22, 13, 24]);
  expect(sum.shape).toEqual([2, 2]);
  sum.dispose();
  await tf.setBackend('onednn');
});
