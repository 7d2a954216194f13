'use strict';

const { tf, expectSameAsCpu } = require('./oracle');
const { failing, filled, onNative } = require('./array-support');

/** Values that come often. @param {any} t @param {number[]} shape @param {string} dtype */
function repeated(t, shape, dtype, period = 5) {
  const count = t.util.sizeFromShape(shape);
  const some = Array.from({ length: count }, (_, i) => ((i * i) % period) - 2);
  return t.tensor(dtype === 'bool' ? some.map((v) => +(v > 0)) : some, shape, dtype);
}

describe('Unique', () => {
  test.each([
    [[1]],
    [[0]],
    [[9]],
    [[5, 1]],
    [[4, 3]],
    [[3, 0]],
    [[0, 3]],
    [[2, 7, 3]],
    [[3, 2, 4, 2]],
  ])('%j along each axis', async (shape) => {
    for (const dtype of ['float32', 'int32', 'bool']) {
      for (let axis = -shape.length; axis < shape.length; axis++) {
        await expectSameAsCpu((t) => Object.values(t.unique(repeated(t, shape, dtype), axis)));
      }
    }
  });

  test.each([1, 100, 30000])('many values, period %i', (period) =>
    expectSameAsCpu((t) => [
      ...Object.values(t.unique(repeated(t, [50000], 'float32', period))),
      ...Object.values(t.unique(repeated(t, [50000], 'int32', period))),
      ...Object.values(t.unique(repeated(t, [300, 70], 'float32', period), 1)),
      ...Object.values(t.unique(filled(t, [20000, 2], 'float32'))),
    ]),
  );

  test.each([1, 1000, 2 ** 31 - 1])('integers whose distances are up to %i', (distance) =>
    expectSameAsCpu((t) => {
      const scale = Math.max(1, Math.floor(distance / 1000));
      const values = Array.from({ length: 3000 }, (_, i) => (((i * 577) % 1000) - 500) * scale);
      return [
        ...Object.values(t.unique(t.tensor1d(values, 'int32'))),
        ...Object.values(t.unique(t.tensor1d([2 ** 31 - 1, -(2 ** 31), 0, -(2 ** 31)], 'int32'))),
      ];
    }),
  );

  test('NaN, zeros of both signs and infinities', () =>
    expectSameAsCpu((t) => {
      const odd = [0, -0, NaN, Infinity, -Infinity, NaN, 1, 1e-45, -0, 0];
      return [
        ...Object.values(t.unique(t.tensor1d(odd))),
        ...Object.values(t.unique(t.tensor2d([...odd, ...odd.map((v) => -v)], [2, 10]))),
        ...Object.values(t.unique(t.tensor2d([...odd, ...odd.slice(0, 8)], [9, 2]))),
      ];
    }));

  test('axes as the kernel takes them', () =>
    expectSameAsCpu((t) =>
      [1, [1], [-1, 0], undefined].flatMap((axis) =>
        t.engine().runKernel('Unique', { x: repeated(t, [4, 3], 'int32') }, { axis }),
      ),
    ));

  test('what comes out of other calls, and goes into others', () =>
    expectSameAsCpu((t) =>
      t.tidy(() => {
        const { values, indices } = t.unique(t.floor(filled(t, [200], 'float32').mul(0.1)));
        return [t.gather(values, indices), values.sum(), indices.max()];
      }),
    ));

  test('nothing is left behind in a tidy', () =>
    onNative(() => {
      const before = tf.memory().numTensors;
      const indices = tf.tidy(() => tf.unique(tf.tensor1d([3, 3, 1])).indices);
      expect(Array.from(indices.dataSync())).toEqual([0, 0, 1]);
      expect(tf.memory().numTensors).toBe(before + 1);
    }));

  test('refuses what it cannot compute', () =>
    onNative(() => {
      const run = (x, axis) => () => tf.engine().runKernel('Unique', { x }, { axis });
      expect(run(tf.scalar(1), 0)).toThrow('[Unique] x: expected rank >= 1, got 0');
      expect(run(tf.tensor1d([1]), 1)).toThrow(/\[Unique\] axis/);
      expect(run(tf.tensor1d([1]), 0.5)).toThrow(/axis: expected whole numbers, got 0.5/);
      expect(run(tf.tensor1d([1]), NaN)).toThrow(/axis/);
      expect(run(tf.tensor1d([1]), [])).toThrow(/axis: expected a dimension, got \[\]/);
      expect(run(tf.complex([1], [2]), 0)).toThrow(/x: expected .*, got complex64/);
    }));

  test('an input that failed', () =>
    onNative(() => {
      const failed = failing(tf);
      expect(() => tf.unique(failed).values.dataSync()).toThrow(/\[Bincount\] x/);
    }));
});
