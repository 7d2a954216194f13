'use strict';

const { tf } = require('./support');

const run = (op, inputs) => tf.engine().runKernel(op, inputs);

beforeAll(() => tf.setBackend('onednn'));

describe('looking kernels up', () => {
  test('one that was unregistered is an error, registered again it is found', () => {
    const config = /** @type {any} */ (tf.getKernel('Square', 'onednn'));
    const x = tf.tensor1d([3]);
    run('Square', { x }).dispose();
    tf.unregisterKernel('Square', 'onednn');
    try {
      expect(() => run('Square', { x })).toThrow(/Square/);
    } finally {
      tf.registerKernel({ ...config, kernelFunc: () => run('Neg', { x }) });
    }
    expect(run('Square', { x }).dataSync()[0]).toBe(-3);
    tf.unregisterKernel('Square', 'onednn');
    tf.registerKernel(config);
    expect(run('Square', { x }).dataSync()[0]).toBe(9);
  });

  test('what no backend has is refused in tfjs’s words', () => {
    expect(() => run('NoSuchKernel', {})).toThrow(
      "Kernel 'NoSuchKernel' not registered for backend 'onednn'",
    );
  });
});
