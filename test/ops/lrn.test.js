'use strict';

const { expectSameAsCpu, random, tf } = require('./oracle');

const cases = [
  [[1, 1, 1, 1], 0, 1, 1, 0.5],
  [[2, 3, 4, 7], 1, 1, 1, 0.5],
  [[1, 5, 5, 64], 5, 1, 1e-4, 0.75],
  [[1, 2, 2, 20], 2, 0.5, 2, 1],
  [[1, 2, 2, 20], 30, 1.5, 0.3, 1.7],
  [[1, 2, 2, 6], 2, -3, 0.5, 0.5],
  [[0, 2, 2, 6], 2, 1, 1, 0.5],
  [[1, 2, 2, 0], 2, 1, 1, 0.5],
];

describe('localResponseNormalization', () => {
  test.each(cases)('%j radius %p bias %p alpha %p beta %p', (shape, ...rest) =>
    expectSameAsCpu((tf) => tf.localResponseNormalization(random(tf, shape), ...rest), {
      tolerance: 1e-6,
    }),
  );

  test.each(cases.filter(([shape]) => shape[0] > 0 && shape[3] > 0))(
    'gradient %j radius %p bias %p alpha %p beta %p',
    (shape, depthRadius, bias, alpha, beta) =>
      expectSameAsCpu((tf) => {
        const x = random(tf, shape, 1);
        const y = random(tf, shape, 2);
        const dy = random(tf, shape, 3);
        return tf.engine().runKernel('LRNGrad', { x, y, dy }, { depthRadius, bias, alpha, beta });
      }),
  );

  test('NaN and infinities', () =>
    expectSameAsCpu((tf) =>
      tf.localResponseNormalization(
        tf.tensor([1, NaN, 2, 3, 4, 5, Infinity, 6, 7, 8, 9, 10], [1, 1, 1, 12]),
        1,
      ),
    ));

  test('rejects what it cannot compute', async () => {
    await tf.setBackend('onednn');
    const attrs = { depthRadius: 1, bias: 1, alpha: 1, beta: 0.5 };
    const run = (kernel, inputs) => () => tf.engine().runKernel(kernel, inputs, attrs);
    expect(run('LRN', { x: random(tf, [2, 3]) })).toThrow(/x: expected \[batch, height/);
    expect(run('LRN', { x: tf.tensor4d([1], [1, 1, 1, 1], 'int32') })).toThrow(
      /x: expected float32, got int32/,
    );
    const x = random(tf, [1, 1, 1, 3]);
    expect(run('LRNGrad', { x, y: x, dy: random(tf, [1, 1, 1, 2]) })).toThrow(
      /dy: expected .* like x, got shape \[1,1,1,2\]/,
    );
  });
});
