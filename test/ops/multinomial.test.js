'use strict';

const { tf, expectSameAsCpu, values } = require('./oracle');

const SEEDS = [
  1, 2, 42, -1, 0.5, 3.25, 0.1, 1e21, 123456789012345680000, 1e-6, 1.5e-7, 5e-324, 1.7976931348623157e308,
  -1e-10, 1e100, 0.30000000000000004, 4294967296, Infinity, -Infinity, Math.PI, 1 / 3, 2 ** 53 + 2,
]; // prettier-ignore

/** @param {any} logits @param {number} numSamples @param {number} seed @param {boolean} normalized */
const sample = (logits, numSamples, seed, normalized) =>
  tf.engine().runKernel('Multinomial', { logits }, { numSamples, seed, normalized });

describe('multinomial', () => {
  test.each(SEEDS)('the samples of tfjs for the seed %p', (seed) =>
    expectSameAsCpu((tf) => [
      tf.multinomial(tf.tensor2d([0.1, 0.2, 0.3, 0.4], [1, 4]), 200, seed, true),
      tf.multinomial(tf.tensor2d(values(3 * 17, -3, 3), [3, 17]), 200, seed),
    ]),
  );

  test('many seeds', () =>
    expectSameAsCpu((tf) =>
      Array.from({ length: 300 }, (_, i) =>
        tf.multinomial(tf.tensor1d(values(9)), 5, (i * 0.618034) % 1 || 1),
      ),
    ));

  test('many samples, outcomes and rows', () =>
    expectSameAsCpu((tf) => [
      tf.multinomial(tf.tensor2d(values(2 * 5000, -4, 4), [2, 5000]), 500, 7),
      tf.multinomial(tf.tensor2d(values(3000 * 2, -1, 1), [3000, 2]), 3, 8),
      tf.multinomial(tf.tensor1d([0.25, 0.25, 0.5]), 30000, 9, true),
    ]));

  test.each([
    ['a certain outcome', [0, 1, 0], true],
    ['less than 1 altogether', [0.1, 0.1, 0.1], true],
    ['more than 1', [0.9, 0.9, 0.9], true],
    ['negative ones', [0.5, -0.4, 0.8], true],
    ['NaN first', [NaN, 0.5, 0.5], true],
    ['NaN between', [0.2, NaN, 0.5], true],
    ['NaN among logits', [0.2, NaN, 0.5], false],
    ['an impossible outcome', [-Infinity, 0, -Infinity], false],
    ['impossible ones only', [-Infinity, -Infinity, -Infinity], false],
    ['an infinite logit', [0, Infinity, 1], false],
    ['large logits', [1000, 999, 1001], false],
  ])('%s', (_, numbers, isNormalized) =>
    expectSameAsCpu((tf) => tf.multinomial(tf.tensor1d(numbers), 300, 5, isNormalized)),
  );

  test('whole numbers', () =>
    expectSameAsCpu((tf) => [
      tf.multinomial(tf.tensor1d([1, 2, 3], 'int32'), 50, 3),
      tf.multinomial(tf.tensor1d([0, 1, 0], 'int32'), 50, 3, true),
    ]));

  describe('on the native backend', () => {
    beforeEach(() => tf.setBackend('onednn'));

    test('no rows, no samples, one outcome', () => {
      expect(sample(tf.zeros([0, 3]), 4, 1, true).shape).toEqual([0, 4]);
      expect(sample(tf.zeros([2, 3]), 0, 1, true).shape).toEqual([2, 0]);
      expect(Array.from(sample(tf.zeros([2, 1]), 2, 1, false).dataSync())).toEqual([0, 0, 0, 0]);
    });

    test('is not replayed', async () => {
      const fn = (logits) => tf.multinomial(logits, 3, 7);
      await expect(tf.native.compile(fn, { inputs: [{ shape: [4] }] })).rejects.toThrow(
        /Multinomial draws random numbers/,
      );
    });

    test('rejects what it cannot compute', () => {
      const probabilities = tf.zeros([2, 3]);
      expect(() => sample(tf.zeros([3]), 1, 1, true)).toThrow(
        /\[Multinomial\] logits: expected \[rows, outcomes\], got \[3\]/,
      );
      expect(() => sample(tf.zeros([3, 0]), 1, 1, true)).toThrow(/expected \[rows, outcomes\]/);
      expect(() => sample(tf.zeros([1, 3], 'bool'), 1, 1, true)).toThrow(/got bool/);
      expect(() => sample(probabilities, -1, 1, true)).toThrow(/numSamples: expected no negative/);
      expect(() => sample(probabilities, 1.5, 1, true)).toThrow(/numSamples: expected a whole/);
      const text = /** @type {any} */ ('1');
      expect(() => sample(probabilities, 1, text, true)).toThrow(
        /seed: expected a number, got '1'/,
      );
    });
  });
});
