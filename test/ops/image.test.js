'use strict';

const { expectSameAsCpu, random, tf } = require('./oracle');

// [shape, size]
const sizes = [
  [
    [1, 3, 4, 1],
    [6, 8],
  ],
  [
    [2, 5, 7, 3],
    [4, 9],
  ],
  [
    [2, 5, 7, 2],
    [11, 3],
  ],
  [
    [1, 7, 7, 4],
    [7, 7],
  ],
  [
    [1, 7, 7, 5],
    [1, 1],
  ],
  [
    [1, 1, 1, 9],
    [3, 4],
  ],
  [
    [1, 1, 6, 17],
    [5, 1],
  ],
  [
    [3, 33, 17, 33],
    [70, 41],
  ],
  [
    [1, 128, 128, 3],
    [224, 224],
  ],
  // Long rows of pixels that are no whole vectors, and fewer of them.
  [
    [2, 5, 20, 67],
    [9, 71],
  ],
  [
    [1, 9, 70, 80],
    [4, 71],
  ],
  // Too much for small caches: of long rows, of short ones, and of what is made smaller.
  [
    [1, 40, 50, 64],
    [70, 66],
  ],
  [
    [60, 5, 10, 5],
    [13, 80],
  ],
  [
    [1, 300, 311, 3],
    [149, 151],
  ],
  [
    [2, 200, 200, 4],
    [67, 21],
  ],
  [
    [0, 3, 3, 1],
    [2, 2],
  ],
  [
    [1, 3, 3, 0],
    [2, 2],
  ],
  [
    [1, 3, 3, 2],
    [0, 2],
  ],
  [
    [1, 0, 3, 2],
    [2, 2],
  ],
];
const coordinates = [
  [false, false],
  [true, false],
  [false, true],
];

describe.each(['resizeBilinear', 'resizeNearestNeighbor'])('%s', (op) => {
  describe.each(coordinates)('alignCorners %p, halfPixelCenters %p', (align, half) => {
    test.each(sizes)('%j to %j', (shape, size) =>
      expectSameAsCpu((tf) => tf.image[op](random(tf, shape), size, align, half)),
    );

    test('int32', () =>
      expectSameAsCpu((tf) => {
        const values = Int32Array.from({ length: 60 }, (_, i) => (i * 37) % 256);
        const x = tf.tensor(values, [1, 4, 5, 3], 'int32');
        return [tf.image[op](x, [7, 3], align, half), tf.image[op](x, [3, 7], align, half)];
      }));
  });

  test('rank 3', () => expectSameAsCpu((tf) => tf.image[op](random(tf, [3, 5, 2]), [4, 4])));

  test('special values stay where tfjs puts them', () =>
    expectSameAsCpu((tf) => {
      const x = tf.tensor([NaN, 1, 2, Infinity, 3, 4, 5, 6, 7], [1, 3, 3, 1]);
      const wide = tf.tile(x, [1, 1, 30, 80]);
      return [
        tf.image[op](x, [5, 5]),
        tf.image[op](x, [2, 5]),
        tf.image[op](wide, [5, 50]),
        tf.image[op](tf.tile(x, [1, 1, 2, 3]), [2, 5], false, true),
      ];
    }));

  test('rejects what it cannot compute', async () => {
    await tf.setBackend('onednn');
    const kernel = op[0].toUpperCase() + op.slice(1);
    const run = (shape, attrs) => () =>
      tf.engine().runKernel(kernel, { images: random(tf, shape) }, attrs);
    expect(run([2, 2, 1], { size: [1, 1] })).toThrow(/images: expected \[batch, height, width/);
    expect(run([1, 2, 2, 1], { size: [1] })).toThrow(/size: expected \[height, width\]/);
    expect(run([1, 2, 2, 1], { size: [1, 1], alignCorners: true, halfPixelCenters: true })).toThrow(
      /halfPixelCenters: expected false/,
    );
  });
});

test('resizeBilinear of bool', () =>
  expectSameAsCpu((tf) => {
    const x = tf.tensor([true, false, true, true, false, true], [1, 2, 3, 1], 'bool');
    return tf.image.resizeBilinear(x, [3, 5]);
  }));
