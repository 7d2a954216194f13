'use strict';

const { expectSameAsCpu, random, tf } = require('./oracle');

describe('cropAndResize', () => {
  const boxes = [
    [0, 0, 1, 1],
    [0.1, 0.2, 0.7, 0.9],
    [0.9, 0.8, 0.2, 0.1],
    [-0.5, -0.5, 1.5, 1.5],
    [0.5, 0.5, 0.5, 0.5],
    [0, 0, 2, 0.5],
  ];
  const indices = [0, 1, 0, 1, 0, 5];

  describe.each(['bilinear', 'nearest'])('%s', (method) => {
    test.each([
      [
        [2, 5, 7, 3],
        [4, 4],
      ],
      [
        [2, 5, 7, 1],
        [1, 6],
      ],
      [
        [2, 5, 7, 20],
        [6, 1],
      ],
      [
        [2, 1, 1, 2],
        [3, 3],
      ],
      [
        [2, 64, 64, 3],
        [96, 96],
      ],
    ])('%j to %j', (shape, size) =>
      expectSameAsCpu((tf) => {
        const ids = tf.tensor1d(indices, 'int32');
        const crop = (image) =>
          tf.image.cropAndResize(image, tf.tensor2d(boxes), ids, size, method, -3.5);
        const integers = Int32Array.from(random(tf, shape).dataSync(), (x) => x * 100);
        return [crop(random(tf, shape)), crop(tf.tensor(integers, shape, 'int32'))];
      }),
    );

    test('strange boxes and indices', () =>
      expectSameAsCpu((tf) =>
        tf.image.cropAndResize(
          random(tf, [2, 4, 4, 2]),
          tf.tensor2d([
            [NaN, 0, 1, 1],
            [0, NaN, 1, 1],
            [0, 0, Infinity, 1],
            [0, 0, 1, 1],
            [-9, 0, 9, 1],
          ]),
          tf.tensor1d([0, 0, 0, -1, -1], 'int32'),
          [3, 3],
          method,
        ),
      ));

    test('no boxes', () =>
      expectSameAsCpu((tf) =>
        tf.image.cropAndResize(
          random(tf, [2, 4, 4, 2]),
          tf.tensor2d([], [0, 4]),
          tf.tensor1d([], 'int32'),
          [3, 3],
          method,
        ),
      ));
  });

  test('rejects what it cannot compute', async () => {
    await tf.setBackend('onednn');
    const run = (inputs, attrs) => () =>
      tf.engine().runKernel(
        'CropAndResize',
        {
          image: random(tf, [1, 4, 4, 1]),
          boxes: random(tf, [3, 4]),
          boxInd: tf.tensor1d([0, 0, 0], 'int32'),
          ...inputs,
        },
        { cropSize: [2, 2], ...attrs },
      );
    expect(run({ image: random(tf, [4, 4, 1]) })).toThrow(/image: expected \[batch, height/);
    expect(run({ boxes: random(tf, [3, 5]) })).toThrow(/boxes: expected shape \[count, 4\]/);
    expect(run({ boxInd: tf.tensor1d([0], 'int32') })).toThrow(/boxInd: expected shape \[3\]/);
    expect(run({}, { method: 'cubic' })).toThrow(/method: expected 'bilinear' or 'nearest'/);
  });
});

describe('flipLeftRight', () => {
  test.each([[[1, 2, 3, 1]], [[2, 3, 4, 3]], [[1, 3, 1, 5]], [[0, 3, 2, 1]], [[1, 300, 300, 3]]])(
    '%j',
    (shape) => expectSameAsCpu((tf) => tf.image.flipLeftRight(random(tf, shape))),
  );

  test.each(['int32', 'bool'])('%s', (dtype) =>
    expectSameAsCpu((tf) => {
      const image = tf.tensor([0, 1, 1, 0, 1, 0], [1, 2, 3, 1], dtype);
      return tf.engine().runKernel('FlipLeftRight', { image }, {});
    }),
  );
});

describe('rotateWithOffset', () => {
  test.each([
    [0.3, undefined, undefined],
    [Math.PI / 2, 7, 0.5],
    [-2, [1, 2, 3], [0.2, 0.9]],
    [10, 0.5, [1.5, -0.5]],
    [NaN, 3, 0],
  ])('%p radians, fill %p, center %p', (...args) =>
    expectSameAsCpu((tf) =>
      [1, 3, 4, 5].map((channels) =>
        tf.image.rotateWithOffset(random(tf, [2, 9, 6, channels]), ...args),
      ),
    ),
  );
});

describe('transform', () => {
  const transforms = [
    [1, 0, 0, 0, 1, 0, 0, 0],
    [0.9, 0.3, -1.2, -0.2, 1.1, 2.5, 0, 0],
    [1, 0, 20, 0, 1, -20, 0, 0],
    [0.5, 0.1, 0, 0.2, 0.7, 1, 0.05, -0.1],
    [1, 0, 0, 0, 1, 0, -1, 0],
    [NaN, 0, 0, 0, 1, 0, 0, 0],
  ];
  describe.each(['nearest', 'bilinear'])('%s', (interpolation) => {
    test.each(['constant', 'reflect', 'wrap', 'nearest'])('%s', (fillMode) =>
      expectSameAsCpu((tf) =>
        transforms.flatMap((transform) => [
          tf.image.transform(
            random(tf, [1, 7, 5, 3]),
            tf.tensor2d([transform]),
            interpolation,
            fillMode,
            0.25,
          ),
          tf.image.transform(
            random(tf, [1, 1, 6, 2]),
            tf.tensor2d([transform]),
            interpolation,
            fillMode,
            -1,
            [4, 9],
          ),
        ]),
      ),
    );
  });

  test('of several images, each by its own transform or all by one', () =>
    expectSameAsCpu((tf) => {
      const rows = [transforms[1], transforms[3]];
      return [2, 37].flatMap((channels) => {
        const images = random(tf, [2, 5, 4, channels]);
        return [rows, rows.slice(0, 1)].flatMap((own) => [
          tf.image.transform(images, own),
          tf.image.transform(images, own, 'bilinear', 'constant', 0.5),
        ]);
      });
    }));

  test('rejects what it cannot compute', async () => {
    await tf.setBackend('onednn');
    const run = (inputs, attrs) => () =>
      tf
        .engine()
        .runKernel(
          'Transform',
          { image: random(tf, [2, 4, 4, 1]), transforms: random(tf, [1, 8]), ...inputs },
          { interpolation: 'nearest', fillMode: 'constant', ...attrs },
        );
    expect(run({ transforms: random(tf, [3, 8]) })).toThrow(/transforms: expected shape \[2, 8\]/);
    expect(run({}, { fillMode: 'mirror' })).toThrow(/fillMode: expected 'constant' or/);
    expect(run({}, { outputShape: [1] })).toThrow(/outputShape: expected \[height, width\]/);
  });
});

describe.each(['ResizeBilinear', 'ResizeNearestNeighbor'])('%sGrad', (kernel) => {
  describe.each([false, true])('alignCorners %p', (alignCorners) => {
    test.each([
      [
        [1, 3, 4, 1],
        [6, 8],
      ],
      [
        [1, 5, 7, 3],
        [4, 9],
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
        [1, 33, 17, 20],
        [70, 41],
      ],
    ])('%j from %j', (shape, [height, width]) =>
      expectSameAsCpu((tf) => {
        const images = random(tf, shape);
        const dy = random(tf, [shape[0], height, width, shape[3]], 5);
        return tf.engine().runKernel(`${kernel}Grad`, { images, dy }, { alignCorners });
      }),
    );
  });

  test('of several images', () =>
    expectSameAsCpu((tf) => {
      const images = random(tf, [2, 3, 5, 2]);
      const dy = random(tf, [2, 4, 7, 2], 5);
      return tf.engine().runKernel(`${kernel}Grad`, { images, dy }, { alignCorners: false });
    }));
});
