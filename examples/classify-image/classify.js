'use strict';

// usage: node examples/classify-image/classify.js FILE...

const fs = require('node:fs/promises');
const path = require('node:path');
const tf = require('tfjs-native');

/** @typedef {import('tfjs-native').GraphModel} GraphModel */
/** @typedef {import('tfjs-native').Tensor} Tensor */

const MODEL = path.join(__dirname, '..', 'classify-shapes', 'model', 'model.json');
/** How many classes to tell of. */
const TOP = 3;

/**
 * Decodes an image beside JavaScript's thread, and makes it what the model was trained with.
 * @param {Uint8Array} contents Of a JPEG, PNG, GIF, BMP or WebP.
 * @param {GraphModel} model
 * @returns {Promise<Tensor>} [1, height, width, 3], from 0 to 1.
 */
async function toInput(contents, model) {
  const [, height, width] = /** @type {number[]} */ (model.inputs[0].shape);
  // Photos lie as the camera was held, and say so.
  const options = { channels: 3, expandAnimations: false, orientation: true };
  const image = await tf.node.decodeImageAsync(contents, options);
  try {
    return tf.tidy(() =>
      tf.image
        .resizeBilinear(/** @type {any} */ (image), [height, width], false, true)
        .div(255)
        .expandDims(0),
    );
  } finally {
    image.dispose();
  }
}

/**
 * @param {GraphModel} model @param {string} file
 * @returns {Promise<{label: string, score: number}[]>} The likeliest first.
 */
async function classify(model, file) {
  const { labels } = /** @type {{labels: string[]}} */ (/** @type {unknown} */ (model.metadata));
  const input = await toInput(await fs.readFile(file), model);
  const output = await tf.native.run(model, input);
  const scores = await output.data();
  tf.dispose([input, output]);
  return labels.map((label, i) => ({ label, score: scores[i] })).sort((a, b) => b.score - a.score);
}

/** @param {string[]} files */
async function main(files) {
  const model = await tf.loadGraphModel(`file://${MODEL}`);
  // Files are decoded at the same time, as many as there are threads for.
  const results = await Promise.allSettled(files.map((file) => classify(model, file)));
  results.forEach((result, i) => {
    if (result.status === 'rejected') {
      console.error(`${files[i]}: ${result.reason.message}`);
      process.exitCode = 1;
      return;
    }
    const texts = result.value
      .slice(0, TOP)
      .map(({ label, score }) => `${label} ${(100 * score).toFixed(1)}%`);
    console.log(`${files[i]}: ${texts.join(', ')}`);
  });
  model.dispose();
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
