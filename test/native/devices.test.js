'use strict';

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
  });
  expect(tf.findBackendFactory('onednn')).not.toBeNull();
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
