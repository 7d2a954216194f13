'use strict';

const path = require('node:path');
const tf = require('tfjs-native');

/** @typedef {import('tfjs-native').Tensor} Tensor */

const MODEL = path.join(__dirname, '..', 'classify-shapes', 'model', 'model.json');

/** A small file may hold a large image: what it may take when it is decoded. */
const MAX_BYTES = 2 ** 28;

/**
 * @typedef {object} Classifier
 * @property {(contents: Uint8Array, signal?: AbortSignal) => Promise<{label: string, score: number}[]>}
 *     classify Takes the file of an image. The likeliest label comes first.
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
  await tf.native.warmup(model, [[1, height, width, channels]]);

  /** @param {Uint8Array} contents @returns {Promise<Tensor>} What the model takes. */
  async function toInput(contents) {
    // On a thread of libuv's, several at once.
    const image = await tf.node.decodeImageAsync(contents, {
      channels,
      expandAnimations: false,
      orientation: true,
      maxBytes: MAX_BYTES,
    });
    const input = tf.tidy(() =>
      tf.image
        .resizeBilinear(/** @type {any} */ (image), [height, width], false, true)
        .div(255)
        .expandDims(0),
    );
    image.dispose();
    return input;
  }

  return {
    async classify(contents, signal) {
      const input = await toInput(contents);
      try {
        const output = await tf.native.run(model, input, { signal });
        const scores = /** @type {Float32Array} */ (await output.data());
        output.dispose();
        return labels
          .map((label, i) => ({ label, score: scores[i] }))
          .sort((a, b) => b.score - a.score);
      } finally {
        input.dispose();
      }
    },
    dispose: () => model.dispose(),
  };
}

module.exports = { loadClassifier };
