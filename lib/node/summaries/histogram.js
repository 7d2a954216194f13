'use strict';

/**
 * Counts values in buckets of equal width between the least and the greatest, in double precision.
 * What is not finite is in no bucket: an edge that is not would spoil the whole chart.
 *
 * @param {ArrayLike<number>} values
 * @param {number} count how many buckets, positive
 * @returns {Float64Array} of [n, 3]: left edge, right edge, count. n is `count`; 1, a bucket of width
 *     1, where all values are the same; 0 where there is none.
 */
function histogramOf(values, count) {
  let min = Infinity;
  let max = -Infinity;
  let finite = 0;
  for (let i = 0; i < values.length; ++i) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    finite++;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (finite === 0) return new Float64Array(0);
  if (min === max) return Float64Array.of(min - 0.5, max + 0.5, finite);

  const width = (max - min) / count;
  const buckets = new Float64Array(3 * count);
  for (let i = 0; i < count; ++i) {
    buckets[3 * i] = min + i * width;
    buckets[3 * i + 1] = i + 1 < count ? min + (i + 1) * width : max;
  }
  for (let i = 0; i < values.length; ++i) {
    if (!Number.isFinite(values[i])) continue;
    const bucket = Math.min(Math.floor((values[i] - min) / width), count - 1);
    buckets[3 * bucket + 2]++;
  }
  return buckets;
}

module.exports = { histogramOf };
