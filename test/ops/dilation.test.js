'use strict';

const { expectSameAsCpu, random, tf } = require('./oracle');

// [shape, filter, strides, pad, dilations]
const cases = [
  [[1, 4, 4, 1], [2, 2, 1], 1, 'valid', 1],
  [[2, 6, 5, 3], [3, 2, 3], [2, 1], 'same', 1],
  [[1, 7, 8, 5], [2, 3, 5], 1, 'same', [2, 2]],
  [[1, 7, 8, 5], [2, 3, 5], 2, 1, 1],
  [[1, 3, 3, 2], [2, 2, 2], 1, 3, 1],
  [[1, 6, 5, 37], [3, 3, 37], 1, 'same', 1],
  [[2, 5, 4, 300], [2, 2, 300], 1, 'same', 1],
  [[0, 3, 3, 2], [2, 2, 2], 1, 'same', 1],
];

describe('dilation2d', () => {
  test.each(cases)('%j filter %j strides %j pad %j dilations %j', (shape, filter, ...rest) =>
    expectSameAsCpu((tf) => [
      tf.dilation2d(random(tf, shape), random(tf, filter, 2), ...rest),
      tf.dilation2d(
        tf.tensor(
          Int32Array.from(random(tf, shape).dataSync(), (x) => x * 9),
          shape,
          'int32',
        ),
        tf.tensor(
          Int32Array.from(random(tf, filter).dataSync(), (x) => x * 9),
          filter,
          'int32',
        ),
        ...rest,
      ),
    ]),
  );

  // Windows without a pixel break the oracle's gradients.
  test.each(cases.filter(([shape, , , pad]) => shape[0] > 0 && pad !== 3))(
    'gradients, %j filter %j strides %j pad %j dilations %j',
    (shape, filter, strides, pad, dilations) =>
      expectSameAsCpu((tf) => {
        const attrs = { strides, pad, dilations };
        const x = random(tf, shape);
        const inputs = { x, filter: random(tf, filter, 2) };
        const dy = random(tf, tf.engine().runKernel('Dilation2D', inputs, attrs).shape, 3);
        return ['Input', 'Filter'].map((name) =>
          tf.engine().runKernel(`Dilation2DBackprop${name}`, { ...inputs, dy }, attrs),
        );
      }),
  );

  test('ties, sums that differ in a float no more, and none above what a maximum begins with', () =>
    expectSameAsCpu((tf) => {
      const attrs = { strides: 1, pad: 'same', dilations: 1 };
      const shape = [1, 5, 5, 19];
      const count = 5 * 5 * 19;
      // 1e16 is beyond -(2^53 - 1).
      const scales = [1, 2 ** 24, 1e16, 3e38];
      return scales.flatMap((scale) => {
        const values = Float32Array.from({ length: count }, (_, i) => (((i * i) % 3) - 2) * scale);
        const steps = Float32Array.from({ length: 9 * 19 }, (_, i) => ((i * 7) % 4) / 4);
        const inputs = { x: tf.tensor(values, shape), filter: tf.tensor(steps, [3, 3, 19]) };
        const dy = random(tf, shape);
        return [
          tf.engine().runKernel('Dilation2D', inputs, attrs),
          ...['Input', 'Filter'].map((name) =>
            tf.engine().runKernel(`Dilation2DBackprop${name}`, { ...inputs, dy }, attrs),
          ),
        ];
      });
    }));

  test('gradients of NaN and -Infinity', () =>
    expectSameAsCpu((tf) => {
      const attrs = { strides: 1, pad: 'same', dilations: 1 };
      const values = [NaN, NaN, 1, -Infinity, -Infinity, 2, NaN, 3, Infinity];
      const inputs = { x: tf.tensor(values, [1, 3, 3, 1]), filter: random(tf, [2, 2, 1]) };
      const y = tf.engine().runKernel('Dilation2D', inputs, attrs);
      const dy = random(tf, y.shape);
      return [
        y,
        ...['Input', 'Filter'].map((name) =>
          tf.engine().runKernel(`Dilation2DBackprop${name}`, { ...inputs, dy }, attrs),
        ),
      ];
    }));

  test('rejects what it cannot compute', async () => {
    await tf.setBackend('onednn');
    const attrs = { strides: 1, pad: 'valid', dilations: 1 };
    const run = (kernel, inputs) => () => tf.engine().runKernel(kernel, inputs, attrs);
    const x = random(tf, [1, 3, 3, 2]);
    const filter = random(tf, [2, 2, 2]);
    expect(run('Dilation2D', { x, filter: random(tf, [2, 2]) })).toThrow(/filter: expected rank 3/);
    expect(run('Dilation2D', { x, filter: random(tf, [2, 2, 3]) })).toThrow(
      /filter: expected 2 channels, got shape \[2,2,3\]/,
    );
    expect(run('Dilation2DBackpropInput', { x, filter, dy: x })).toThrow(
      /dy: expected shape \[1,2,2,2\], got \[1,3,3,2\]/,
    );
  });
});
