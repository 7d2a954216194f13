'use strict';

// The non-maximum suppressions of tf.image.

const { isReal } = require('./arguments');

/** @typedef {import('./index').AsyncOperator} AsyncOperator */

/** @param {unknown} value @param {number} otherwise Where it is left out, or null as tfjs allows. */
const numberOr = (value, otherwise) => value ?? otherwise;

/** @param {unknown} value */
const isShare = (value) => value == null || (Number(value) >= 0 && Number(value) <= 1);

/** @param {unknown} value */
const isNumber = (value) => typeof value === 'number';

/**
 * Whether the first arguments of all three are; where not, tfjs's own code says what is wrong.
 * @param {any[]} args
 */
function areBoxes([boxes, scores, maxOutputSize, iouThreshold, scoreThreshold]) {
  return (
    isReal(boxes) &&
    isReal(scores) &&
    boxes.rank === 2 &&
    boxes.shape[1] === 4 &&
    scores.rank === 1 &&
    scores.shape[0] === boxes.shape[0] &&
    isNumber(maxOutputSize) &&
    isNumber(numberOr(iouThreshold, 0)) &&
    isShare(iouThreshold) &&
    isNumber(numberOr(scoreThreshold, 0))
  );
}

/** The numbers that all three have. @param {any[]} args */
function attrsOf([boxes, , maxOutputSize, iouThreshold, scoreThreshold]) {
  return {
    // As tfjs does, so that padding ends at the number of boxes.
    maxOutputSize: Math.min(maxOutputSize, boxes.shape[0]),
    iouThreshold: numberOr(iouThreshold, 0.5),
    scoreThreshold: numberOr(scoreThreshold, -Infinity),
  };
}

/** @type {Record<string, AsyncOperator>} */
const boxOperators = {
  nonMaxSuppressionAsync: {
    takes: (...args) => areBoxes(args),
    async compute(run, boxes, scores, ...numbers) {
      const attrs = attrsOf([boxes, scores, ...numbers]);
      return (await run('NonMaxSuppressionV3', { boxes, scores }, attrs))[0];
    },
  },
  nonMaxSuppressionPaddedAsync: {
    // Half a box of padding is tfjs's to make something of.
    takes: (...args) =>
      areBoxes(args) && (!args[5] || Number.isInteger(attrsOf(args).maxOutputSize)),
    async compute(run, boxes, scores, ...numbers) {
      const attrs = attrsOf([boxes, scores, ...numbers]);
      const padToMaxOutputSize = Boolean(numbers[3]);
      const results = await run(
        'NonMaxSuppressionV4',
        { boxes, scores },
        { ...attrs, padToMaxOutputSize },
      );
      return { selectedIndices: results[0], validOutputs: results[1] };
    },
  },
  nonMaxSuppressionWithScoreAsync: {
    takes: (...args) => areBoxes(args) && isNumber(numberOr(args[5], 0)) && isShare(args[5]),
    async compute(run, boxes, scores, ...numbers) {
      const attrs = attrsOf([boxes, scores, ...numbers]);
      const softNmsSigma = numberOr(numbers[3], 0);
      const results = await run(
        'NonMaxSuppressionV5',
        { boxes, scores },
        { ...attrs, softNmsSigma },
      );
      return { selectedIndices: results[0], selectedScores: results[1] };
    },
  },
};

module.exports = { boxOperators };
