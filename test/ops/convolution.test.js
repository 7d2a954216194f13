'use strict';

const { tf, expectSameAsCpu, random, values } = require('./oracle');

/**
 * Geometries: input, filter, strides, pad, and where not the default dilations, rounding.
 * @type {[number[], number[], number | number[], any, (number | number[])?, any?][]}
 */
const geometries = [
  [[1, 5, 7, 3], [3, 3, 3, 8], 1, 'same'],
  [[2, 9, 8, 16], [3, 2, 16, 33], [2, 1], 'valid'],
  [[3, 6, 6, 1], [5, 5, 1, 2], 2, 'same'],
  [[1, 8, 8, 4], [1, 1, 4, 19], 1, 'valid'],
  [[2, 8, 9, 4], [1, 1, 4, 5], 2, 'same'],
  [[1, 12, 11, 3], [3, 3, 3, 4], 1, 'same', [2, 3]],
  [[1, 12, 11, 3], [3, 2, 3, 4], 1, 'valid', 3],
  [[1, 7, 7, 2], [3, 3, 2, 4], 2, 1, 1, 'floor'],
  [[1, 8, 8, 2], [3, 3, 2, 4], 2, 1, 1, 'ceil'],
  [[1, 8, 7, 2], [3, 3, 2, 4], 3, 2, 1, 'round'],
  [[1, 9, 9, 2], [5, 1, 2, 3], 1, 0],
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
  [[1, 1, 30, 5], [1, 4, 5, 6], [1, 3], 'same'],
];

/** @param {any} tf @param {number[]} shape Of a filter @param {number} [seed] */
const filterOf = (tf, shape, seed = 2) => random(tf, shape, seed);

describe('conv2d', () => {
  test.each(geometries)('%j with %j', (x, filter, strides, pad, dilations = 1, rounding) =>
    expectSameAsCpu((tf) =>
      tf.conv2d(random(tf, x), filterOf(tf, filter), strides, pad, 'NHWC', dilations, rounding),
    ),
  );

  test.each(geometries)(
    'NCHW %j with %j',
    ([n, h, w, c], filter, strides, pad, dilations = 1, r) => {
      const nchwPad = Array.isArray(pad) ? [pad[0], pad[3], pad[1], pad[2]] : pad;
      return expectSameAsCpu((tf) =>
        tf.conv2d(
          random(tf, [n, c, h, w]),
          filterOf(tf, filter),
          strides,
          nchwPad,
          'NCHW',
          dilations,
          r,
        ),
      );
    },
  );

  test.each([
    ['no batch', [0, 4, 4, 3], [3, 3, 3, 2], 'same'],
    ['no input channels', [2, 4, 4, 0], [3, 3, 0, 2], 'same'],
    ['no output channels', [2, 4, 4, 3], [3, 3, 3, 0], 'same'],
    ['a filter larger than the input', [1, 2, 2, 3], [3, 3, 3, 2], 'valid'],
  ])('%s', (_, x, filter, pad) =>
    expectSameAsCpu((tf) => tf.conv2d(random(tf, x), filterOf(tf, filter), 1, pad)),
  );

  test('a filter is used again', () =>
    expectSameAsCpu((tf) => {
      const filter = filterOf(tf, [3, 3, 4, 6]);
      return [1, 2, 3].map((n) => tf.conv2d(random(tf, [n, 5, 5, 4], n), filter, 1, 'same'));
    }));

  test('NaN and infinity spread as far as the filter reaches', () =>
    expectSameAsCpu((tf) => {
      const x = tf.tensor4d([1, 2, NaN, 4, 5, 6, 7, 8, Infinity, 10, 11, 12], [1, 1, 12, 1]);
      return tf.conv2d(x, tf.ones([1, 3, 1, 2]), 1, 'same');
    }));

  test('rank 3', () =>
    expectSameAsCpu((tf) =>
      tf.conv2d(random(tf, [6, 5, 3]), filterOf(tf, [2, 2, 3, 4]), 1, 'same'),
    ));

  test('conv1d', () =>
    expectSameAsCpu((tf) =>
      tf.conv1d(random(tf, [2, 20, 3]), filterOf(tf, [4, 3, 5]), 1, 'same', 'NWC', 2),
    ));
});

describe('depthwiseConv2d', () => {
  const withMultiplier = geometries.flatMap(([x, [fh, fw], strides, pad, dilations, rounding]) =>
    [1, 3].map((m) => [x, [fh, fw, x[3], m], strides, pad, dilations ?? 1, rounding]),
  );

  test.each(withMultiplier)('%j with %j', (x, filter, strides, pad, dilations, rounding) =>
    expectSameAsCpu((tf) =>
      tf.depthwiseConv2d(
        random(tf, x),
        filterOf(tf, filter),
        strides,
        pad,
        'NHWC',
        dilations,
        rounding,
      ),
    ),
  );

  test.each([
    [[1, 7, 6, 32], [3, 3, 32, 1], 1],
    [[2, 14, 14, 70], [5, 5, 70, 1], 2],
    [[2, 9, 9, 40], [3, 3, 40, 8], 1],
    [[1, 9, 9, 1], [3, 3, 1, 16], 2],
  ])('many channels: %j with %j', (x, filter, strides) =>
    expectSameAsCpu((tf) =>
      tf.depthwiseConv2d(random(tf, x), filterOf(tf, filter), strides, 'same'),
    ),
  );

  test.each([
    ['no batch', [0, 4, 4, 3], [3, 3, 3, 2]],
    ['no channels', [2, 4, 4, 0], [3, 3, 0, 2]],
    ['no multiplier', [2, 4, 4, 3], [3, 3, 3, 0]],
  ])('%s', (_, x, filter) =>
    expectSameAsCpu((tf) => tf.depthwiseConv2d(random(tf, x), filterOf(tf, filter), 1, 'same')),
  );

  test.each([
    [
      [2, 3, 6, 5],
      [3, 3, 3, 2],
    ],
    [
      [1, 16, 7, 9],
      [3, 2, 16, 1],
    ],
  ])('NCHW %j with %j', (x, filter) =>
    expectSameAsCpu((tf) =>
      tf.depthwiseConv2d(random(tf, x), filterOf(tf, filter), 1, 'same', 'NCHW'),
    ),
  );

  test('separableConv2d', () =>
    expectSameAsCpu((tf) =>
      tf.separableConv2d(
        random(tf, [2, 6, 6, 3]),
        random(tf, [3, 3, 3, 2]),
        random(tf, [1, 1, 6, 9]),
        1,
        'same',
      ),
    ));
});

const activations = ['linear', 'relu', 'relu6', 'elu', 'prelu', 'leakyrelu', 'sigmoid'];
// Of the output [2, 4, 5, 6].
const biasShapes = [[6], [], [1], [1, 1, 6], [5, 1], [4, 5, 6], [1, 4, 1, 6]];
const alphaShapes = [[6], [], [1, 1, 6], [4, 5, 6], [4, 1, 1]];

describe.each([
  ['conv2d', [3, 3, 3, 6], [2, 4, 5, 3]],
  ['depthwiseConv2d', [3, 3, 3, 2], [2, 4, 5, 3]],
])('fused %s', (op, filter, x) => {
  /** @param {object} options @param {any} [tolerance] */
  const check = (options, tolerance) =>
    expectSameAsCpu((tf) => {
      const { bias, alpha, ...rest } = options(tf);
      return tf.fused[op]({
        x: random(tf, x).mul(3),
        filter: filterOf(tf, filter),
        strides: 1,
        pad: 'same',
        bias,
        preluActivationWeights: alpha,
        ...rest,
      });
    }, tolerance);

  test.each(activations)('%s', (activation) =>
    check((tf) => ({
      activation,
      bias: random(tf, [6], 3),
      alpha: activation === 'prelu' ? random(tf, [6], 4) : undefined,
      leakyreluAlpha: 0.3,
    })),
  );

  test.each(biasShapes.map((shape) => [shape]))('bias %j, relu', (shape) =>
    check((tf) => ({ activation: 'relu', bias: random(tf, shape, 3) })),
  );

  test.each(alphaShapes.map((shape) => [shape]))('prelu weights %j', (shape) =>
    check((tf) => ({ activation: 'prelu', alpha: random(tf, shape, 4) })),
  );

  test('unusual bias and unusual prelu weights', () =>
    check((tf) => ({
      activation: 'prelu',
      bias: random(tf, [5, 1], 3),
      alpha: random(tf, [4, 1, 1], 4),
    })));

  test.each(activations)('empty sums, %s', (activation) =>
    expectSameAsCpu((tf) =>
      tf.fused[op]({
        x: tf.zeros([2, 3, 3, op === 'conv2d' ? 0 : 4]),
        filter: tf.zeros(op === 'conv2d' ? [2, 2, 0, 4] : [2, 2, 4, 1]),
        strides: 1,
        pad: 'same',
        bias: random(tf, [4], 3),
        activation,
        preluActivationWeights: activation === 'prelu' ? random(tf, [4], 4) : undefined,
        leakyreluAlpha: 0.3,
      }),
    ),
  );
});

describe('fused conv2d', () => {
  test.each([[[6]], [[]], [[1]]])('NCHW, bias %j, prelu', (shape) =>
    expectSameAsCpu((tf) =>
      tf.fused.conv2d({
        x: random(tf, [2, 3, 4, 5]),
        filter: filterOf(tf, [3, 3, 3, 6]),
        strides: 1,
        pad: 'same',
        dataFormat: 'NCHW',
        bias: random(tf, shape, 3),
        activation: 'prelu',
        preluActivationWeights: random(tf, shape, 4),
      }),
    ),
  );

  test('bias and prelu weights of int32', () =>
    expectSameAsCpu((tf) =>
      tf.engine().runKernel(
        'FusedConv2D',
        {
          x: random(tf, [2, 4, 5, 3]),
          filter: filterOf(tf, [3, 3, 3, 6]),
          bias: tf.tensor1d([0, 1, -1, 2, 0, 1], 'int32'),
          preluActivationWeights: tf.tensor1d([0, 1, 2, 3, -1, 2], 'int32'),
        },
        { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1, activation: 'prelu' },
      ),
    ));

  test('leakyrelu without a slope has that of tf.leakyRelu', async () => {
    await tf.setBackend('onednn');
    const y = tf.tidy(() =>
      tf.fused.conv2d({
        x: tf.tensor4d([-5, 5], [1, 1, 2, 1]),
        filter: tf.ones([1, 1, 1, 1]),
        strides: 1,
        pad: 'same',
        activation: 'leakyrelu',
      }),
    );
    expect(Array.from(await y.data())).toEqual([-1, 5]);
    y.dispose();
  });

  // tf.fused.conv2d itself measures the weights against a channels-last output.
  test('NCHW, prelu weights [6,4,5]', () =>
    expectSameAsCpu((tf) =>
      tf.engine().runKernel(
        'FusedConv2D',
        {
          x: random(tf, [1, 3, 4, 5]),
          filter: filterOf(tf, [3, 3, 3, 6]),
          preluActivationWeights: random(tf, [6, 4, 5], 4),
        },
        {
          strides: 1,
          pad: 'same',
          dataFormat: 'NCHW',
          dilations: 1,
          activation: 'prelu',
        },
      ),
    ));
});

// tfjs-core's functions want float32 here, its kernels take int32, too.
describe('int32', () => {
  const integers = (tf, shape, seed) =>
    tf.tensor(values(tf.util.sizeFromShape(shape), -20, 20, seed), shape, 'int32');

  const cases = ['Conv2D', 'DepthwiseConv2dNative'].flatMap((kernel) =>
    geometries.map(([x, [fh, fw, c, out], ...rest]) => [
      kernel,
      x,
      [fh, fw, c, kernel === 'Conv2D' ? out : 2],
      ...rest,
    ]),
  );

  test.each(cases)(
    '%s %j with %j',
    (kernel, x, filter, strides, pad, dilations = 1, dimRoundingMode = undefined) =>
      expectSameAsCpu((tf) =>
        tf
          .engine()
          .runKernel(
            kernel,
            { x: integers(tf, x, 1), filter: integers(tf, filter, 2) },
            { strides, pad, dataFormat: 'NHWC', dilations, dimRoundingMode },
          ),
      ),
  );

  test('Conv2D NCHW', () =>
    expectSameAsCpu((tf) =>
      tf
        .engine()
        .runKernel(
          'Conv2D',
          { x: integers(tf, [2, 3, 5, 6], 1), filter: integers(tf, [3, 2, 3, 4], 2) },
          { strides: 1, pad: 'same', dataFormat: 'NCHW', dilations: 1 },
        ),
    ));

  test('conv3d', () =>
    expectSameAsCpu((tf) =>
      tf.conv3d(integers(tf, [2, 4, 5, 6, 3], 1), integers(tf, [2, 3, 2, 3, 4], 2), 1, 'same'),
    ));

  test.each(activations)('FusedConv2D, %s', (activation) =>
    expectSameAsCpu((tf) =>
      tf.engine().runKernel(
        'FusedConv2D',
        {
          x: integers(tf, [2, 5, 6, 3], 1),
          filter: integers(tf, [3, 2, 3, 4], 2),
          bias: integers(tf, [4], 3),
          preluActivationWeights: activation === 'prelu' ? random(tf, [4], 4) : undefined,
        },
        {
          strides: 1,
          pad: 'same',
          dataFormat: 'NHWC',
          dilations: 1,
          activation,
          leakyreluAlpha: 0.3,
        },
      ),
    ),
  );
});

describe('refusals', () => {
  beforeAll(() => tf.setBackend('onednn'));

  /** @param {string} kernel @param {object} inputs @param {object} [attrs] */
  const call = (kernel, inputs, attrs) => () =>
    tf.tidy(() =>
      tf.engine().runKernel(kernel, inputs(), {
        strides: 1,
        pad: 'same',
        dataFormat: 'NHWC',
        dilations: 1,
        ...attrs,
      }),
    );

  const x = () => tf.ones([1, 4, 4, 3]);
  const filter = () => tf.ones([3, 3, 3, 5]);

  test.each([
    [
      /\[Conv2D\] filter: .* takes 2 channels, but x has 3/,
      () => ({ x: x(), filter: tf.ones([3, 3, 2, 5]) }),
    ],
    [/\[Conv2D\] filter: expected rank 4/, () => ({ x: x(), filter: tf.ones([3, 3, 3]) })],
    [/\[Conv2D\] x: expected rank 4/, () => ({ x: tf.ones([4, 4, 3]), filter: filter() })],
    [
      /\[Conv2D\] filter: expected the dtype of x/,
      () => ({ x: x(), filter: tf.ones([3, 3, 3, 5], 'int32') }),
    ],
    [
      /\[Conv2D\] x: expected float32 or int32/,
      () => ({ x: tf.ones([1, 4, 4, 3], 'bool'), filter: filter() }),
    ],
    [/\[Conv2D\] strides: expected positive/, () => ({ x: x(), filter: filter() }), { strides: 0 }],
    [/\[Conv2D\] pad: expected no negative/, () => ({ x: x(), filter: filter() }), { pad: -1 }],
    [
      /\[Conv2D\] dataFormat: expected 'NHWC' or 'NCHW'/,
      () => ({ x: x(), filter: filter() }),
      { dataFormat: 'NWHC' },
    ],
  ])('%s', (message, inputs, attrs = {}) => {
    expect(call('Conv2D', inputs, attrs)).toThrow(message);
  });

  test.each([
    [/bias: shape \[4\] does not broadcast/, () => ({ bias: tf.ones([4]) }), {}],
    [/bias: shape \[2,1,4,4,5\]/, () => ({ bias: tf.ones([2, 1, 4, 4, 5]) }), {}],
    [/preluActivationWeights: expected a tensor/, () => ({}), { activation: 'prelu' }],
    [/activation: expected 'linear'/, () => ({}), { activation: 'tanh' }],
  ])('FusedConv2D %s', (message, extra, attrs) => {
    const inputs = () => ({ x: x(), filter: filter(), ...extra() });
    expect(call('FusedConv2D', inputs, attrs)).toThrow(message);
  });
});
