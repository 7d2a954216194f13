'use strict';

const { tf, expectSameAsCpu } = require('./oracle');
const { failing, filled, onNative } = require('./array-support');

/** The indices of true elements. @param {any} t @param {any} condition */
const where = (t, condition) => t.engine().runKernel('Where', { condition });

describe('Where', () => {
  test.each([
    [[]],
    [[0]],
    [[1]],
    [[17]],
    [[3, 5]],
    [[4, 0, 2]],
    [[0, 3]],
    [[2, 3, 1, 5]],
    [[2, 1, 3, 2, 2, 3]],
    [[100003]],
    [[40000, 3]],
    [[3, 150, 301]],
  ])('%j', (shape) =>
    expectSameAsCpu((t) => [
      where(t, filled(t, shape, 'bool')),
      where(t, t.zeros(shape, 'bool')),
      where(t, t.ones(shape, 'bool')),
    ]),
  );

  test('other dtypes', () =>
    expectSameAsCpu((t) => [
      where(t, t.tensor2d([0, -0, NaN, 1, -Infinity, 1e-45], [2, 3])),
      where(t, t.tensor1d([0, -5, 7, 0], 'int32')),
    ]));

  test('what comes out of other calls, and goes into others', () =>
    expectSameAsCpu((t) =>
      t.tidy(() => {
        const x = filled(t, [30, 20], 'float32');
        return t.gatherND(x, where(t, x.greater(20)));
      }),
    ));

  test('refuses complex numbers', () =>
    onNative(() => {
      expect(() => where(tf, tf.complex([1], [2]))).toThrow(
        /\[Where\] condition: expected .*, got complex64/,
      );
    }));

  test('an input that failed', () =>
    onNative(() => {
      const failed = failing(tf);
      expect(() => where(tf, failed).dataSync()).toThrow(/\[Bincount\] x/);
    }));
});
