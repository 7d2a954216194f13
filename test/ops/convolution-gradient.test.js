'use strict';

const { expectSameAsCpu, random, values } = require('./oracle');

/** Kernels are called directly: the gradients of tfjs-core reach only some of the geometries. */
const run = (tf, name, inputs, attrs) => tf.engine().runKernel(name, inputs, attrs);

/**
 * Shape of the input and the filter, strides, pad, and where not the default the rounding.
 * @type {[number[], number[], any, any, any?][]}
 */
const geometries = [
  [[1, 5, 7, 3], [3, 3, 3, 8], 1, 'same'],
  [[2, 9, 8, 16], [3, 2, 16, 33], [2, 1], 'valid'],
  [[3, 6, 6, 1], [5, 5, 1, 2], 2, 'same'],
  [[1, 8, 8, 4], [1, 1, 4, 19], 1, 'valid'],
  [[2, 8, 9, 4], [1, 1, 4, 5], 2, 'same'],
  [[2, 8, 8, 1], [2, 2, 1, 16], 2, 'same'],
  [[2, 8, 8, 3], [4, 4, 3, 16], 2, 'same'],
  [[1, 9, 7, 2], [2, 2, 2, 5], 3, 'valid'],
  [[1, 8, 8, 2], [3, 3, 2, 4], 2, 1, 'floor'],
  [[1, 8, 8, 2], [3, 3, 2, 4], 2, 1, 'ceil'],
  [[1, 9, 9, 20], [5, 1, 20, 3], 1, 0],
  [[1, 9, 20, 2], [9, 1, 2, 3], 1, 1],
  [
    [1, 6, 7, 3],
    [3, 3, 3, 4],
    1,
    [
      [0, 0],
      [2, 1],
      [0, 3],
      [0, 0],
    ],
  ],
  [[1, 2, 2, 3], [4, 4, 3, 2], 1, 'same'],
  [[0, 4, 4, 3], [3, 3, 3, 2], 1, 'same'],
  [[2, 4, 4, 0], [3, 3, 0, 2], 1, 'same'],
  [[2, 4, 4, 3], [3, 3, 3, 0], 1, 'same'],
];

const toNchw = ([n, h, w, c]) => [n, c, h, w];

/** dy's shape, as the forward convolution has it. @param {any} tf */
function outputShape(tf, x, filter, strides, pad, rounding, dataFormat, depthwise) {
  return tf.backend_util.computeConv2DInfo(
    x,
    filter,
    strides,
    1,
    pad,
    rounding,
    depthwise,
    dataFormat === 'NHWC' ? 'channelsLast' : 'channelsFirst',
  ).outShape;
}

describe.each(['NHWC', 'NCHW'])('conv2d gradients, %s', (dataFormat) => {
  test.each(geometries)(
    '%j with %j',
    (nhwc, filterShape, strides, nhwcPad, dimRoundingMode = undefined) =>
      expectSameAsCpu((tf) => {
        const inputShape = dataFormat === 'NHWC' ? nhwc : toNchw(nhwc);
        const pad =
          dataFormat === 'NCHW' && Array.isArray(nhwcPad)
            ? [nhwcPad[0], nhwcPad[3], nhwcPad[1], nhwcPad[2]]
            : nhwcPad;
        const out = outputShape(
          tf,
          inputShape,
          filterShape,
          strides,
          pad,
          dimRoundingMode,
          dataFormat,
        );
        const dy = random(tf, out, 3);
        const attrs = { strides, pad, dataFormat, dimRoundingMode };
        return [
          run(
            tf,
            'Conv2DBackpropInput',
            { dy, filter: random(tf, filterShape, 2) },
            { ...attrs, inputShape },
          ),
          run(
            tf,
            'Conv2DBackpropFilter',
            { x: random(tf, inputShape), dy },
            { ...attrs, filterShape },
          ),
        ];
      }),
  );
});

describe('depthwise gradients', () => {
  const cases = geometries.flatMap(([x, [fh, fw, c], ...rest]) =>
    [1, 3].map((multiplier) => [x, [fh, fw, c, multiplier], ...rest]),
  );

  test.each(cases)(
    '%j with %j',
    (inputShape, filterShape, strides, pad, dimRoundingMode = undefined) =>
      expectSameAsCpu((tf) => {
        const out = outputShape(
          tf,
          inputShape,
          filterShape,
          strides,
          pad,
          dimRoundingMode,
          'NHWC',
          true,
        );
        const dy = random(tf, out, 3);
        const attrs = { strides, pad, dimRoundingMode, dilations: 1 };
        return [
          run(
            tf,
            'DepthwiseConv2dNativeBackpropInput',
            { dy, filter: random(tf, filterShape, 2) },
            { ...attrs, inputShape },
          ),
          run(
            tf,
            'DepthwiseConv2dNativeBackpropFilter',
            { x: random(tf, inputShape), dy },
            { ...attrs, filterShape },
          ),
        ];
      }),
  );
});

describe('conv2dTranspose', () => {
  test.each([
    [[1, 4, 5, 6], [2, 2, 3, 6], [1, 8, 10, 3], 2, 'same'],
    [[2, 4, 5, 6], [3, 3, 1, 6], [2, 9, 11, 1], 2, 'valid'],
    [[1, 4, 4, 20], [4, 4, 24, 20], [1, 8, 8, 24], 2, 'same'],
    [[4, 5, 6], [3, 3, 4, 6], [4, 5, 4], 1, 'same'],
  ])('%j with %j', (x, filter, shape, strides, pad) =>
    expectSameAsCpu((tf) =>
      tf.conv2dTranspose(random(tf, x), random(tf, filter, 2), shape, strides, pad),
    ),
  );

  test('an input larger than the output needs', () =>
    expectSameAsCpu((tf) =>
      tf.conv2dTranspose(
        random(tf, [1, 8, 8, 3]),
        random(tf, [4, 4, 5, 3]),
        [1, 4, 4, 5],
        1,
        'same',
      ),
    ));

  test('an input smaller than the output needs is refused', () =>
    expect(
      expectSameAsCpu((tf) =>
        tf.conv2dTranspose(
          random(tf, [1, 2, 2, 3]),
          random(tf, [2, 2, 5, 3]),
          [1, 8, 8, 5],
          2,
          'same',
        ),
      ),
    ).rejects.toThrow(/Conv2DBackpropInput.*dy: expected shape \[1,4,4,3\]/));

  test('int32 gives float32', () =>
    expectSameAsCpu((tf) => {
      const x = tf.tensor(values(4 * 4 * 3, -9, 9), [1, 4, 4, 3], 'int32');
      const filter = tf.tensor(values(2 * 2 * 5 * 3, -9, 9), [2, 2, 5, 3], 'int32');
      return tf.conv2dTranspose(x, filter, [1, 8, 8, 5], 2, 'same');
    }));

  test('a filter is used again', () =>
    expectSameAsCpu((tf) => {
      const filter = random(tf, [3, 3, 17, 6], 2);
      return [1, 2, 1].map((n) =>
        tf.conv2dTranspose(random(tf, [n, 4, 4, 6]), filter, [n, 8, 8, 17], 2, 'same'),
      );
    }));
});

describe('conv3d', () => {
  test.each([
    [[1, 4, 5, 6, 3], [2, 3, 2, 3, 5], 1, 'same', 1],
    [[2, 5, 6, 7, 2], [3, 2, 2, 2, 17], [1, 2, 3], 'valid', 1],
    [[1, 7, 7, 7, 2], [2, 2, 2, 2, 3], 1, 'valid', [1, 2, 3]],
    [[1, 4, 5, 6, 3], [1, 1, 1, 3, 5], 2, 'same', 1],
    [[1, 2, 2, 2, 3], [3, 3, 3, 3, 5], 1, 'valid', 1],
    [[0, 4, 4, 4, 3], [3, 3, 3, 3, 5], 1, 'same', 1],
    [[1, 4, 4, 4, 0], [3, 3, 3, 0, 5], 1, 'same', 1],
  ])('%j with %j', (x, filter, strides, pad, dilations) =>
    expectSameAsCpu((tf) =>
      tf.conv3d(random(tf, x), random(tf, filter, 2), strides, pad, 'NDHWC', dilations),
    ),
  );

  test.each([
    [[1, 4, 5, 6, 3], [2, 3, 2, 3, 5], 1, 'same'],
    [[2, 5, 6, 7, 2], [3, 2, 2, 2, 17], [1, 2, 3], 'valid'],
    [[1, 4, 5, 6, 3], [1, 1, 1, 3, 5], 2, 'same'],
  ])('gradients, %j with %j', (inputShape, filterShape, strides, pad) =>
    expectSameAsCpu((tf) => {
      const info = tf.backend_util.computeConv3DInfo(inputShape, filterShape, strides, 1, pad);
      const dy = random(tf, info.outShape, 3);
      return [
        run(
          tf,
          'Conv3DBackpropInputV2',
          { dy, filter: random(tf, filterShape, 2) },
          { strides, pad, inputShape },
        ),
        run(
          tf,
          'Conv3DBackpropFilterV2',
          { x: random(tf, inputShape), dy },
          { strides, pad, filterShape },
        ),
      ];
    }),
  );

  test('conv3dTranspose', () =>
    expectSameAsCpu((tf) =>
      tf.conv3dTranspose(
        random(tf, [1, 3, 3, 3, 4]),
        random(tf, [2, 2, 2, 5, 4]),
        [1, 6, 6, 6, 5],
        2,
        'same',
      ),
    ));
});
