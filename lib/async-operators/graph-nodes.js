'use strict';

// tfjs-converter brings its own copies of tfjs-core's operators. Where its graphs have nodes of
// asynchronous ones, these executors call those of the tfjs-core that everybody else has. And they
// bring the nodes that tfjs-converter 4.22 has an executor for, but does not find it, or its inputs.

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {{inputs: any[], attrs: Record<string, any>}} Node What an executor is called with. */

/** The values of scalars. @param {Tensor[]} tensors @returns {Promise<number[]>} */
async function numbersOf(tensors) {
  const values = await Promise.all(tensors.map((tensor) => tensor.data()));
  return values.map(([value]) => value);
}

/**
 * @param {typeof import('@tensorflow/tfjs-core')} tfc
 * @returns {Record<string, (node: Node) => Tensor[] | Promise<Tensor[]>>} By TensorFlow's names.
 */
function makeExecutors(tfc) {
  const { image } = tfc;
  /** @param {Node} node */
  const suppress = async ({ inputs: [boxes, scores, maxOutputSize, iouThreshold, ...more] }) => {
    const [most, iou, least] = await numbersOf([maxOutputSize, iouThreshold, ...more.slice(0, 1)]);
    return [await image.nonMaxSuppressionAsync(boxes, scores, most, iou, least)];
  };
  return {
    async Where({ inputs: [condition] }) {
      const truth = tfc.cast(condition, 'bool');
      try {
        return [await tfc.whereAsync(truth)];
      } finally {
        truth.dispose();
      }
    },
    ListDiff: ({ inputs: [x, y] }) => tfc.setdiff1dAsync(x, y),
    BitwiseAnd: ({ inputs: [x, y] }) => [tfc.bitwiseAnd(x, y)],
    RaggedGather({ inputs, attrs }) {
      const [values, indices] = inputs.slice(-2);
      const splits = inputs.slice(0, -2);
      const ragged = tfc.raggedGather(splits, values, indices, attrs.OUTPUT_RAGGED_RANK);
      return [...ragged.outputNestedSplits, ragged.outputDenseValues];
    },
    RaggedRange({ inputs: [starts, limits, deltas] }) {
      const ragged = tfc.raggedRange(starts, limits, deltas);
      return [ragged.rtNestedSplits, ragged.rtDenseValues];
    },
    RaggedTensorToTensor({ inputs: [shape, values, defaultValue, ...rows], attrs }) {
      // tfjs-converter makes all texts of attributes lower case.
      const types = attrs.row_partition_types.map((/** @type {string} */ name) =>
        name.toUpperCase(),
      );
      return [tfc.raggedTensorToTensor(shape, values, defaultValue, rows, types)];
    },
    NonMaxSuppressionV2: ({ inputs }) => suppress({ inputs: inputs.slice(0, 4), attrs: {} }),
    NonMaxSuppressionV3: suppress,
    async NonMaxSuppressionV4({ inputs: [boxes, scores, ...scalars], attrs }) {
      const [most, iou, least] = await numbersOf(scalars.slice(0, 3));
      const result = await image.nonMaxSuppressionPaddedAsync(
        boxes,
        scores,
        most,
        iou,
        least,
        attrs.pad_to_max_output_size,
      );
      return [result.selectedIndices, result.validOutputs];
    },
    async NonMaxSuppressionV5({ inputs: [boxes, scores, ...scalars] }) {
      const [most, iou, least, sigma] = await numbersOf(scalars.slice(0, 4));
      const result = await image.nonMaxSuppressionWithScoreAsync(
        boxes,
        scores,
        most,
        iou,
        least,
        sigma,
      );
      return [result.selectedIndices, result.selectedScores];
    },
  };
}

/**
 * Registers them for models that are loaded from now on.
 * @param {typeof import('@tensorflow/tfjs-converter')} converter
 * @param {typeof import('@tensorflow/tfjs-core')} tfc
 */
function registerGraphNodes(converter, tfc) {
  for (const [op, execute] of Object.entries(makeExecutors(tfc))) {
    converter.registerOp(op, /** @type {any} */ (execute));
  }
}

module.exports = { registerGraphNodes };
