'use strict';

const { expectSameAsCpu, random, tf } = require('./oracle');

// [shape, filter, strides, pad]
const planar = [
  [[1, 4, 4, 1], 2, 2, 'valid'],
  [[2, 7, 5, 3], [3, 2], [2, 1], 'same'],
  [[2, 7, 5, 3], [1, 2], [2, 3], 'valid'],
  [[1, 8, 8, 140], 3, 2, 'same'],
  [[1, 9, 9, 6], 3, 2, 1],
  [
    [1, 5, 6, 20],
    [2, 3],
    1,
    [
      [0, 0],
      [1, 0],
      [0, 2],
      [0, 0],
    ],
  ],
  [[1, 3, 3, 2], 2, 1, 3],
  [[3, 1, 1, 5], 1, 1, 'same'],
  [[0, 4, 4, 2], 2, 2, 'valid'],
  [[1, 4, 4, 0], 2, 2, 'valid'],
];
const spatial = [
  [[1, 4, 4, 4, 1], 2, 2, 'valid'],
  [[2, 3, 5, 4, 3], [2, 3, 2], [1, 2, 1], 'same'],
  [[1, 5, 5, 5, 2], 1, 3, 'same'],
  [[1, 6, 6, 6, 2], 1, 4, 'same'],
  [[1, 4, 5, 6, 7], 3, 2, 1],
  [[0, 4, 4, 4, 2], 2, 2, 'valid'],
  [[2, 4, 5, 6, 37], 3, 2, 'same'],
  [[1, 3, 4, 3, 83], [2, 3, 2], [1, 2, 1], 'same'],
];

/** Runs a pooling kernel and its gradient. */
function poolAndGrad(tf, kernel, input, [filterSize, strides, pad]) {
  const attrs = { filterSize, strides, pad };
  const output = tf.engine().runKernel(kernel, { x: input }, attrs);
  const dy = random(tf, output.shape, 7);
  return tf.engine().runKernel(`${kernel}Grad`, { dy, input, output }, attrs);
}

/** Few different values, so that windows have several maxima. */
function levels(tf, shape) {
  return tf.tensor(
    random(tf, shape)
      .dataSync()
      .map((x) => Math.round(x * 2)),
    shape,
  );
}

describe.each(['MaxPool', 'AvgPool'])('%sGrad', (kernel) => {
  test.each(planar)('%j filter %j strides %j pad %j', (shape, ...rest) =>
    expectSameAsCpu((tf) => [
      poolAndGrad(tf, kernel, random(tf, shape), rest),
      poolAndGrad(tf, kernel, levels(tf, shape), rest),
    ]),
  );

  test('NaN and infinities', () =>
    expectSameAsCpu((tf) => {
      const values = [NaN, NaN, 1, -Infinity, -Infinity, 2, NaN, 3, Infinity];
      return [1, 2, 3].map((filter) =>
        poolAndGrad(tf, kernel, tf.tensor(values, [1, 3, 3, 1]), [filter, 1, 'same']),
      );
    }));

  test('takes the shape of a pooling that rounded up', async () => {
    await tf.setBackend('onednn');
    const input = tf.tensor(new Float32Array(25).fill(1), [1, 5, 5, 1]);
    const attrs = { filterSize: 2, strides: 2, pad: 0 };
    const dy = tf.tensor(new Float32Array(9).fill(1), [1, 3, 3, 1]);
    const dx = tf.engine().runKernel(`${kernel}Grad`, { dy, input, output: dy }, attrs);
    const sum = dx.dataSync().reduce((a, b) => a + b);
    // The windows at the edge cover half of what the others do, or a quarter.
    expect(sum).toBeCloseTo(kernel === 'MaxPool' ? 9 : 4 + 4 / 2 + 1 / 4);
  });

  test('rejects a dy that does not fit', async () => {
    await tf.setBackend('onednn');
    const input = random(tf, [1, 4, 4, 1]);
    const dy = random(tf, [1, 3, 2, 1]);
    const attrs = { filterSize: 2, strides: 2, pad: 'valid' };
    expect(() => tf.engine().runKernel(`${kernel}Grad`, { dy, input, output: dy }, attrs)).toThrow(
      /dy: expected shape \[1,2,2,1\], got \[1,3,2,1\]/,
    );
  });
});

describe.each(['MaxPool3D', 'AvgPool3D'])('%s', (kernel) => {
  test.each(spatial)('%j filter %j strides %j pad %j', (shape, filterSize, strides, pad) =>
    expectSameAsCpu((tf) => {
      const integers = Int32Array.from(random(tf, shape).dataSync(), (x) => x * 50);
      return [random(tf, shape), tf.tensor(integers, shape, 'int32')].map((x) =>
        tf.engine().runKernel(kernel, { x }, { filterSize, strides, pad, dataFormat: 'NDHWC' }),
      );
    }),
  );

  // Where a window is higher than wide, or the other way, tfjs's cpu backend mixes up its
  // positions; see below.
  test.each(spatial.filter(([, filter]) => kernel === 'AvgPool3D' || typeof filter === 'number'))(
    'gradient, %j filter %j strides %j pad %j',
    (shape, ...rest) =>
      expectSameAsCpu((tf) => [
        poolAndGrad(tf, kernel, random(tf, shape), rest),
        poolAndGrad(tf, kernel, levels(tf, shape), rest),
      ]),
  );

  test('special values', () =>
    expectSameAsCpu((tf) => {
      const values = [NaN, NaN, 1, -Infinity, -Infinity, 2, NaN, 3];
      const x = tf.tensor(values, [1, 2, 2, 2, 1]);
      const attrs = { filterSize: 2, strides: 1, pad: 2 };
      return tf.engine().runKernel(kernel, { x }, attrs);
    }));

  test('rejects channels first', async () => {
    await tf.setBackend('onednn');
    const attrs = { filterSize: 2, strides: 1, pad: 'valid', dataFormat: 'NCDHW' };
    expect(() => tf.engine().runKernel(kernel, { x: random(tf, [1, 2, 2, 2, 1]) }, attrs)).toThrow(
      /dataFormat: expected 'NDHWC', got 'NCDHW'/,
    );
  });
});

test('MaxPool3DGrad of windows higher than wide passes each dy to its maximum', async () => {
  await tf.setBackend('onednn');
  const input = tf.tensor(
    Array.from({ length: 48 }, (_, i) => (i * 29) % 48),
    [1, 2, 6, 4, 1],
  );
  const dx = poolAndGrad(tf, 'MaxPool3D', input, [[2, 3, 2], [2, 3, 2], 'valid']);
  const dy = random(tf, [1, 1, 2, 2, 1], 7).dataSync();
  const expected = new Float32Array(48);
  const values = input.dataSync();
  dy.forEach((gradient, window) => {
    const [y0, x0] = [3 * Math.floor(window / 2), 2 * (window % 2)];
    let best = -1;
    for (let z = 0; z < 2; z++) {
      for (let y = y0; y < y0 + 3; y++) {
        for (let x = x0; x < x0 + 2; x++) {
          const at = (z * 6 + y) * 4 + x;
          if (best < 0 || values[at] >= values[best]) best = at;
        }
      }
    }
    expected[best] += gradient;
  });
  expect(dx.dataSync()).toEqual(expected);
});

describe('MaxPoolWithArgmax', () => {
  test.each(planar)('%j filter %j strides %j pad %j', (shape, filter, strides, pad) =>
    expectSameAsCpu((tf) =>
      [false, true].flatMap((withBatch) => [
        ...Object.values(tf.maxPoolWithArgmax(levels(tf, shape), filter, strides, pad, withBatch)),
        ...Object.values(tf.maxPoolWithArgmax(random(tf, shape), filter, strides, pad, withBatch)),
      ]),
    ),
  );

  test('special values', () =>
    expectSameAsCpu((tf) => {
      const values = [NaN, NaN, 1, -Infinity, -Infinity, 2, NaN, 3, Infinity];
      return [1, 2].flatMap((filter) =>
        Object.values(tf.maxPoolWithArgmax(tf.tensor(values, [1, 3, 3, 1]), filter, 1, 1)),
      );
    }));
});
