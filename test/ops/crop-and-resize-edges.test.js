'use strict';

const { tf } = require('./oracle');
const { onNative } = require('./array-support');

// An image whose pixels hold their own place: a bilinear sample is where it was taken, and a nearest
// one the place rounded.

const FILL = -3.5;
const METHODS = ['bilinear', 'nearest'];

/**
 * Samples one row of `extent` pixels (and, the other way round, a column) at `count` places.
 * @param {number} extent @param {number} count @param {[number, number]} ends The box along it.
 * @param {string} method
 * @returns {number[]}
 */
function sample(extent, count, [begin, end], method) {
  return tf.tidy(() => {
    const ramp = tf.tensor(Float32Array.from({ length: extent }, (_, i) => i));
    const crop = (shape, box, size) =>
      Array.from(
        tf.image
          .cropAndResize(ramp.reshape(shape), tf.tensor2d([box]), [0], size, method, FILL)
          .dataSync(),
      );
    const row = crop([1, 1, extent, 1], [0, begin, 0, end], [1, count]);
    const column = crop([1, extent, 1, 1], [begin, 0, end, 0], [count, 1]);
    expect(column).toEqual(row);
    return row;
  });
}

/** What to expect at a place, in units of pixels. */
function valueAt(place, extent, method) {
  if (place < 0 || place > extent - 1) return FILL;
  return method === 'nearest' ? Math.round(place) : place;
}

describe.each(METHODS)('%s', (method) => {
  test.each([8, 31, 50, 96, 224])('a whole image of any extent to %i', (count) =>
    onNative(() => {
      for (let extent = 2; extent <= 400; extent++) {
        const exact = Array.from({ length: count }, (_, i) =>
          valueAt((i * (extent - 1)) / (count - 1), extent, method),
        );
        const close = (values) => values.map((value) => expect.closeTo(value, 3));
        expect([extent, sample(extent, count, [0, 1], method)]).toEqual([extent, close(exact)]);
        // A half rounds up, whichever way the box runs.
        const flipped = exact.slice().reverse();
        expect([extent, sample(extent, count, [1, 0], method)]).toEqual([extent, close(flipped)]);
      }
    }),
  );

  test('of boxes that reach out of the image only what lies outside is filled', () =>
    onNative(() => {
      for (let extent = 1; extent <= 40; extent++) {
        for (const count of [2, 3, 5, 9, 13, 25, 41]) {
          for (const [begin, end] of [
            [-0.5, 1.5],
            [1.5, -0.5],
            [-1, 1],
            [2, 0],
            [0.25, 3.25],
          ]) {
            const exact = Array.from({ length: count }, (_, i) => {
              // All of it exact: quarters times small numbers.
              const place = (begin * (count - 1 - i) + end * i) * (extent - 1);
              return valueAt(place / (count - 1), extent, method);
            });
            expect([extent, sample(extent, count, [begin, end], method)]).toEqual([
              extent,
              exact.map((value) => expect.closeTo(value, 4)),
            ]);
          }
        }
      }
    }));

  test('the smallest step over the edge is outside', () =>
    onNative(() => {
      const beyond = 1 + 2 ** -23;
      const before = 1 - 2 ** -24;
      expect(sample(100, 5, [0, beyond], method).at(-1)).toBe(FILL);
      expect(sample(100, 5, [beyond, 0], method)[0]).toBe(FILL);
      expect(sample(100, 5, [-(2 ** -149), 1], method)[0]).toBe(FILL);
      expect(sample(100, 5, [0, before], method).at(-1)).toBeCloseTo(99, 4);
    }));

  test('a crop of one value is taken at the middle', () =>
    onNative(() => {
      expect(sample(101, 1, [0, 1], method)).toEqual([50]);
      expect(sample(101, 1, [1, 1], method)).toEqual([100]);
      expect(sample(101, 1, [0, 0], method)).toEqual([0]);
      expect(sample(101, 1, [0.5, 2], method)).toEqual([FILL]);
      expect(sample(101, 1, [-1, 0.5], method)).toEqual([FILL]);
      expect(sample(1, 1, [0, 1], method)).toEqual([0]);
      expect(sample(1, 4, [0, 1], method)).toEqual([0, 0, 0, 0]);
    }));
});
