'use strict';

const { tf, expectSameAsCpu, values } = require('./oracle');
const { failing, onNative } = require('./array-support');

/** Boxes of some size, corners in any order. @param {any} t @param {number} count */
function boxes(t, count, spread = 10, seed = 1) {
  const draws = values(4 * count, -1, 1, seed);
  const places = values(2 * count, 0, spread, seed + 1);
  return t.tensor2d(
    draws.map((draw, i) => draw + places[2 * Math.floor(i / 4) + (i % 2)]),
    [count, 4],
  );
}

/** @param {any} t @param {number} count */
const scores = (t, count, seed = 7) => t.tensor1d(values(count, -1, 1, seed));

/** Every version with these arguments. */
function allVersions(t, box, score, most, iou, threshold, sigma) {
  const { image } = t;
  const run = (name, ...more) =>
    Object.values(image[name](box, score, most, iou, threshold, ...more));
  return [
    image.nonMaxSuppression(box, score, most, iou, threshold),
    ...run('nonMaxSuppressionPadded', false),
    ...run('nonMaxSuppressionPadded', true),
    ...run('nonMaxSuppressionWithScore', sigma),
  ];
}

describe('NonMaxSuppression', () => {
  test.each([
    [0, 0],
    [0, 5],
    [1, 1],
    [7, 3],
    [33, 33],
    [100, 1000],
    [2000, 100],
    [500, 500],
  ])('%i boxes, at most %i', async (count, most) => {
    for (const [spread, iou, threshold, sigma] of [
      [10, 0.5, -Infinity, 0],
      [10, 0.3, 0.2, 0.5],
      [3, 0, 0, 0.1],
      [100, 1, -0.5, 1],
    ]) {
      await expectSameAsCpu((t) =>
        allVersions(t, boxes(t, count, spread), scores(t, count), most, iou, threshold, sigma),
      );
    }
  });

  test('nothing above the threshold', () =>
    expectSameAsCpu((t) => allVersions(t, boxes(t, 20), scores(t, 20), 20, 0.5, 1, 0)));

  test('equal scores and equal boxes', () =>
    expectSameAsCpu((t) => {
      const some = boxes(t, 9, 2);
      return allVersions(t, t.concat([some, some, some]), t.ones([27]), 20, 0.4, 0, 0.3);
    }));

  test('an overlap of exactly the threshold', () =>
    expectSameAsCpu((t) => {
      const box = t.tensor2d([0, 0, 1, 2, 0, 1, 1, 3, 0, 0, 2, 2, 0, 1, 2, 2], [4, 4]);
      const score = t.tensor1d([4, 3, 2, 1]);
      return [1 / 3, 0.5, 1, 0].flatMap((iou) => allVersions(t, box, score, 4, iou, 0, 0));
    }));

  test('NaN, infinities and boxes without area', () =>
    expectSameAsCpu((t) => {
      const odd = [NaN, Infinity, -Infinity, 0, -0, 1, 2, 3e38];
      const corner = Array.from({ length: 400 }, (_, i) => odd[(i * i + (i >> 3)) % odd.length]);
      const score = Array.from({ length: 100 }, (_, i) => [...odd, 0.5, 0.25, -3][(i * 7) % 11]);
      const box = t.tensor2d(corner, [100, 4]);
      return [-Infinity, 0, NaN].flatMap((threshold) =>
        allVersions(t, box, t.tensor1d(score), 100, 0.5, threshold, 0.5),
      );
    }));

  test('whole numbers', () =>
    expectSameAsCpu((t) => {
      const box = t.tensor2d([0, 0, 10, 10, 1, 1, 10, 10, 20, 20, 10, 15], [3, 4], 'int32');
      return [
        ...Object.values(
          t.image.nonMaxSuppressionPadded(box, t.tensor1d([1, 2, 2], 'int32'), 3, 0.5, 0, true),
        ),
        ...Object.values(
          t.image.nonMaxSuppressionWithScore(box, t.tensor1d([1, 0, 1], 'bool'), 3, 0.5, -1, 0.5),
        ),
      ];
    }));

  test.each([2.5, -1, NaN, Infinity, -Infinity, 4294967296, 1e300])(
    'a size of %d as tfjs has it',
    (maxOutputSize) =>
      expectSameAsCpu((t) => {
        const inputs = { boxes: boxes(t, 9), scores: scores(t, 9) };
        const attrs = { maxOutputSize, iouThreshold: 0.5, scoreThreshold: -Infinity };
        const run = (version, more) =>
          t.engine().runKernel(`NonMaxSuppressionV${version}`, inputs, { ...attrs, ...more });
        return [
          run(3, {}),
          ...run(4, { padToMaxOutputSize: false }),
          ...run(5, { softNmsSigma: 0 }),
        ];
      }),
  );

  test('what comes out of other calls, and goes into others', () =>
    expectSameAsCpu((t) =>
      t.tidy(() => {
        const box = boxes(t, 50).mul(2).sub(1);
        const score = t.sigmoid(scores(t, 50).mul(3));
        const selected = t.image.nonMaxSuppression(box, score, 50, 0.3, 0.4);
        return [t.gather(box, selected), t.gather(score, selected).sum(), selected.add(1)];
      }),
    ));

  test('nothing is left behind in a tidy', () =>
    onNative(() => {
      const before = tf.memory().numTensors;
      const left = tf.tidy(() => {
        allVersions(tf, boxes(tf, 9), scores(tf, 9), 9, 0.5, 0, 0.5);
        return tf.image.nonMaxSuppression(boxes(tf, 9), scores(tf, 9), 0);
      });
      expect(left.shape).toEqual([0]);
      expect(Array.from(left.dataSync())).toEqual([]);
      expect(tf.memory().numTensors).toBe(before + 1);
    }));

  test('refuses what it cannot compute', () =>
    onNative(() => {
      const inputs = { boxes: boxes(tf, 3), scores: scores(tf, 3) };
      const run = (attrs, more) => () =>
        tf.engine().runKernel(
          'NonMaxSuppressionV4',
          { ...inputs, ...more },
          {
            maxOutputSize: 3,
            iouThreshold: 0.5,
            scoreThreshold: 0,
            padToMaxOutputSize: true,
            ...attrs,
          },
        );
      expect(run({ maxOutputSize: 4294967296 })).toThrow(
        /\[NonMaxSuppressionV4\] maxOutputSize: expected a whole number, at most that of boxes \(3\)/,
      );
      expect(run({ maxOutputSize: 1.5 })).toThrow(/maxOutputSize: expected a whole number/);
      expect(run({ iouThreshold: NaN })).toThrow(/iouThreshold: expected a number from 0 to 1/);
      expect(run({}, { boxes: tf.zeros([3, 5]) })).toThrow(/boxes: expected shape \[count, 4\]/);
      expect(run({}, { scores: tf.zeros([2]) })).toThrow(/scores: expected shape \[3\], got \[2\]/);
    }));

  test('an input that failed', () =>
    onNative(() => {
      const failed = failing(tf);
      const run = () => tf.image.nonMaxSuppression(boxes(tf, 3), failed, 3).dataSync();
      expect(run).toThrow('[Bincount] x: expected no negative value, got -1');
    }));
});
