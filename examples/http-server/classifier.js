'use strict';

const path = require('node:path');
const tf = require('tfjs-native');

const MODEL = path.join(__dirname, '..', 'classify-shapes', 'model', 'model.json');

/**
 * @typedef {object} Classifier
 * @property {number} size Bytes of an image: red, green and blue of each pixel, row by row.
 * @property {(bytes: Uint8Array, signal?: AbortSignal) => Promise<{label: string, score: number}[]>}
 *     classify The likeliest label first.
 * @property {() => void} dispose
 */

/**
 * Loads the model and makes it ready: no request has to wait for what is compiled.
 * @returns {Promise<Classifier>}
 */
async function loadClassifier() {
  const model = await tf.loadGraphModel(`file://${MODEL}`);
  const { labels } = /** @type {{labels: string[]}} */ (/** @type {unknown} */ (model.metadata));
  const [, height, width, channels] = /** @type {number[]} */ (model.inputs[0].shape);
  const shape = /** @type {[number, number, number, number]} */ ([1, height, width, channels]);
  await tf.native.warmup(model, [shape]);

  return {
    size: height * width * channels,
    async classify(bytes, signal) {
      const pixels = tf.tidy(() => tf.tensor4d(bytes, shape, 'float32').div(255));
      try {
        const output = await tf.native.run(model, pixels, { signal });
        const scores = /** @type {Float32Array} */ (await output.data());
        output.dispose();
        return labels
          .map((label, i) => ({ label, score: scores[i] }))
          .sort((a, b) => b.score - a.score);
      } finally {
        pixels.dispose();
      }
    },
    dispose: () => model.dispose(),
  };
}

module.exports = { loadClassifier };
