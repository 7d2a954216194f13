'use strict';

const { tf } = require('./support');

/** @returns {any} */
const run = (op, inputs, attrs) => tf.engine().runKernel(op, inputs, attrs);

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

  test('what fails leaves nothing behind: gradients are recorded afterwards', () => {
    const x = tf.tensor1d([3]);
    const { numTensors } = tf.memory();
    expect(() => run('Reshape', { x }, { shape: [2] })).toThrow(/Reshape/);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(
      tf
        .grad((t) => t.square())(x)
        .arraySync(),
    ).toEqual([6]);
  });

  test('what a kernel runs is no part of gradients', () => {
    const config = /** @type {any} */ (tf.getKernel('Square', 'onednn'));
    tf.unregisterKernel('Square', 'onednn');
    tf.registerKernel({
      ...config,
      kernelFunc: ({ inputs: { x } }) => run('Multiply', { a: x, b: run('Neg', { x }) }),
    });
    try {
      const x = tf.tensor1d([3]);
      // That of a square, not of its negative.
      expect(
        tf
          .grad((t) => t.square())(x)
          .arraySync(),
      ).toEqual([6]);
      // A kernel's tensors are given as they are.
      expect(run('Square', { x }).arraySync()).toEqual([-9]);
    } finally {
      tf.unregisterKernel('Square', 'onednn');
      tf.registerKernel(config);
    }
  });

  test('lists of outputs, profiles and logs', async () => {
    const x = tf.tensor1d([1, 2, 3, 4]);
    expect(tf.split(x, 2).map((part) => part.arraySync())).toEqual([
      [1, 2],
      [3, 4],
    ]);
    const { kernels, newTensors } = await tf.profile(() => x.square().neg());
    expect(kernels.map(({ name }) => name)).toEqual(['Square', 'Neg']);
    expect(newTensors).toBe(2);
    const log = jest.spyOn(console, 'log');
    const logged = new Promise((resolve) => void log.mockImplementation(resolve));
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
    tf.enableDebugMode();
    try {
      x.square();
      expect(await logged).toMatch(/Square/);
    } finally {
      tf.env().set('DEBUG', false);
      log.mockRestore();
      warn.mockRestore();
    }
  });
});
