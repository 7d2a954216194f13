'use strict';

// Windows over tensors without elements, whose other extents are larger than any memory.

const { tf } = require('../runtime/support');

const MANY = 1_000_000_000;

/** A tensor of no elements. */
const none = (...shape) => tf.tensor([], shape);

const pool = { filterSize: [1, 2], strides: 2, pad: 'valid' };
const pool3d = { ...pool, filterSize: [1, 1, 2] };
const conv = { strides: 2, pad: 'same', dataFormat: 'NHWC', dilations: 1 };

/** Operator, inputs, attributes, shapes of the outputs. */
const CASES = [
  ['MaxPool', () => ({ x: none(0, 1, MANY, 33) }), pool, [[0, 1, MANY / 2, 33]]],
  ['MaxPool', () => ({ x: none(1, 1, MANY, 0) }), pool, [[1, 1, MANY / 2, 0]]],
  ['MaxPool', () => ({ x: none(1, 0, MANY, 3) }), { ...pool, pad: 'same' }, [[1, 0, MANY / 2, 3]]],
  ['AvgPool', () => ({ x: none(0, 1, MANY, 33) }), pool, [[0, 1, MANY / 2, 33]]],
  [
    'MaxPoolWithArgmax',
    () => ({ x: none(0, 1, MANY, 33) }),
    { ...pool, includeBatchInIndex: false },
    [
      [0, 1, MANY / 2, 33],
      [0, 1, MANY / 2, 33],
    ],
  ],
  ['MaxPool3D', () => ({ x: none(0, 1, 1, MANY, 3) }), pool3d, [[0, 1, 1, MANY / 2, 3]]],
  ['AvgPool3D', () => ({ x: none(0, 1, 1, MANY, 3) }), pool3d, [[0, 1, 1, MANY / 2, 3]]],
  [
    'MaxPoolGrad',
    () => ({
      dy: none(0, 1, MANY / 2, 3),
      input: none(0, 1, MANY, 3),
      output: none(0, 1, MANY / 2, 3),
    }),
    pool,
    [[0, 1, MANY, 3]],
  ],
  [
    'AvgPoolGrad',
    () => ({ dy: none(0, 1, MANY / 2, 3), input: none(0, 1, MANY, 3) }),
    pool,
    [[0, 1, MANY, 3]],
  ],
  [
    'MaxPool3DGrad',
    () => ({
      dy: none(0, 1, 1, MANY / 2, 3),
      input: none(0, 1, 1, MANY, 3),
      output: none(0, 1, 1, MANY / 2, 3),
    }),
    pool3d,
    [[0, 1, 1, MANY, 3]],
  ],
  [
    'AvgPool3DGrad',
    () => ({ dy: none(0, 1, 1, MANY / 2, 3), input: none(0, 1, 1, MANY, 3) }),
    pool3d,
    [[0, 1, 1, MANY, 3]],
  ],
  [
    'Conv2D',
    () => ({ x: none(0, 1, MANY, 3), filter: tf.ones([1, 3, 3, 4]) }),
    conv,
    [[0, 1, MANY / 2, 4]],
  ],
  [
    'DepthwiseConv2dNative',
    () => ({ x: none(0, 1, MANY, 3), filter: tf.ones([1, 3, 3, 1]) }),
    conv,
    [[0, 1, MANY / 2, 3]],
  ],
  [
    'Conv2DBackpropFilter',
    () => ({ x: none(0, 1, MANY, 3), dy: none(0, 1, MANY / 2, 4) }),
    { ...conv, filterShape: [1, 3, 3, 4] },
    [[1, 3, 3, 4]],
  ],
  [
    'Conv2DBackpropInput',
    () => ({ dy: none(0, 1, MANY / 2, 4), filter: tf.ones([1, 3, 3, 4]) }),
    { ...conv, inputShape: [0, 1, MANY, 3] },
    [[0, 1, MANY, 3]],
  ],
  [
    'Dilation2D',
    () => ({ x: none(0, 1, MANY, 3), filter: tf.ones([1, 3, 3]) }),
    { strides: 2, pad: 'same', dilations: 1 },
    [[0, 1, MANY / 2, 3]],
  ],
  // Nothing is added up.
  [
    'Conv2D',
    () => ({ x: none(1, 1, MANY, 0).toInt(), filter: none(1, MANY, 0, 2).toInt() }),
    { ...conv, strides: 1, pad: 'valid' },
    [[1, 1, 1, 2]],
  ],
  [
    'ResizeBilinearGrad',
    () => ({ images: tf.ones([1, 2, 2, 1]), dy: none(1, MANY, 0, 1) }),
    { alignCorners: false },
    [[1, 2, 2, 1]],
  ],
  [
    'ResizeNearestNeighborGrad',
    () => ({ images: tf.ones([1, 2, 2, 1]), dy: none(1, 0, MANY, 1) }),
    { alignCorners: false },
    [[1, 2, 2, 1]],
  ],
];

beforeAll(() => tf.setBackend('onednn'));

test.each(CASES)('%s keeps no tables of what there is not (%#)', (op, inputs, attrs, shapes) => {
  tf.native.trimMemory();
  const { planBytes } = tf.native.memory();
  tf.tidy(() => {
    const outputs = [tf.engine().runKernel(op, inputs(), attrs)].flat();
    expect(outputs.map(({ shape }) => shape)).toEqual(shapes);
    for (const output of outputs)
      expect(output.dataSync().every((value) => value === 0)).toBe(true);
  });
  expect(tf.native.memory().planBytes - planBytes).toBeLessThan(1 << 20);
});
