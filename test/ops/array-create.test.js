'use strict';

const { tf, expectSameAsCpu } = require('./oracle');
const { onNative } = require('./array-support');

describe('Fill', () => {
  test.each([[[]], [[0]], [[3, 4]], [[400, 500]]])('shape %j', (shape) =>
    expectSameAsCpu((t) => [
      t.fill(shape, 1.5),
      t.fill(shape, NaN),
      t.fill(shape, -0),
      t.fill(shape, 7.9, 'int32'),
      t.fill(shape, -3e9, 'int32'),
      t.fill(shape, 1, 'bool'),
      t.fill(shape, 0, 'bool'),
      t.fill(shape, 5.5, 'bool'),
      t.fill(shape, 256, 'bool'),
    ]),
  );

  test('infers the dtype', () =>
    onNative(() => {
      const result = tf.engine().runKernel('Fill', {}, { shape: [2], value: 3 });
      expect(result.dtype).toBe('float32');
      expect(() => tf.engine().runKernel('Fill', {}, { shape: [-2], value: 3 })).toThrow(
        /\[Fill\] shape/,
      );
    }));
});

describe('Range', () => {
  test.each([
    [0, 5, 1],
    [0, 5, 2],
    [5, 0, 1],
    [5, 0, -2],
    [5, 0, 2],
    [5, 0, 0.5],
    [0, 5, -1],
    [3, 3, 1],
    [0, 3, 0.5],
    [-7, 9, 0.125],
    [0, 200000, 1],
    [0, 1, 0.1],
    [-10, 10, 0.01],
    [-2.5, 7.25, 0.7],
    [0, 1000, 0.01],
    [1, -1, -0.001],
    [16777210, 16777230, 1],
  ])('%f to %f by %f', (start, stop, step) =>
    expectSameAsCpu((t) => [t.range(start, stop, step), t.range(start, stop, step, 'float32')], {
      tolerance: 0,
    }),
  );

  test.each([
    [0, 5, 1],
    [5, 0, 1],
    [5, 0, -2],
    [0, 3, 0.5],
    [-2.5, 7.25, 0.7],
    [-2.5, 7.25, 1],
    [0, 1000, 0.01],
    [16777210, 16777230, 1],
    [2147483640, 2147483660, 3],
    [0, 200000, 1],
  ])('%f to %f by %f in int32', (start, stop, step) =>
    expectSameAsCpu((t) => t.range(start, stop, step, 'int32'), { tolerance: 0 }),
  );

  test('refuses what has no end', () =>
    onNative(() => {
      expect(() => tf.range(0, Infinity)).toThrow(/\[Range\]/);
      expect(() => tf.range(0, NaN)).toThrow(/\[Range\]/);
      expect(() => tf.range(0, 3, 1, 'bool')).toThrow(/\[Range\] dtype/);
    }));
});

describe('LinSpace', () => {
  test.each([
    [0, 1, 1],
    [0, 1, 2],
    [1, 10, 10],
    [5, -3, 9],
    [0, 9, 10],
    [2, 2, 4],
    [0, 1000, 1000001],
    [1, 10, 11],
    [5, -3, 7],
    [0, 1, 50],
    [-0.1, 0.1, 33333],
    [1e-3, 0.7, 150001],
  ])('%f to %f in %i', (start, stop, count) =>
    expectSameAsCpu((t) => t.linspace(start, stop, count), { tolerance: 0 }),
  );
});

describe('OneHot', () => {
  test.each([
    [[], 3],
    [[4], 5],
    [[2, 3], 4],
    [[0], 3],
    [[300], 1000],
    [[70000], 3],
  ])('indices of shape %j, depth %i', (shape, depth) =>
    expectSameAsCpu((t) => {
      const count = t.util.sizeFromShape(shape);
      const values = Int32Array.from({ length: count }, (_, i) => ((i * 5) % (depth + 3)) - 1);
      const index = t.tensor(values, shape, 'int32');
      return [
        t.oneHot(index, depth),
        t.oneHot(index, depth, 2.5, -1.5, 'float32'),
        t.oneHot(index, depth, 7, 3, 'int32'),
        t.oneHot(index, depth, 1, 0, 'bool'),
        t.oneHot(index, depth, 7, 2.5, 'bool'),
      ];
    }),
  );
});
