'use strict';

/**
 * Teaches letters to a network that was trained on other shapes, from a few pictures of each: what
 * its last convolutions make of a picture goes to a nearest-neighbour classifier. Nothing is trained.
 *
 * usage: node teach.js [--examples N] [--neighbours N]
 */

const path = require('node:path');
const { parseArgs } = require('node:util');
// It asks for @tensorflow/tfjs-core, which is the copy that this package uses.
const knnClassifier = require('@tensorflow-models/knn-classifier');
const tf = require('../../lib');
const { CHANNELS, Random, SIZE, drawOutline } = require('../classify-shapes/draw');
const { LETTERS } = require('./letters');

const MODEL = path.join(__dirname, '../classify-shapes/model/model.json');
/** The last value before the network decides which of its own shapes it sees. */
const FEATURES = 'global_average_pooling2d_GlobalAveragePooling2D1';
const TESTS_PER_LETTER = 20;
const SEED = 1;

/** @param {string} letter @param {Random} random */
function draw(letter, random) {
  const pixels = drawOutline(LETTERS[letter], random);
  return tf.tidy(() => tf.tensor4d(pixels, [1, SIZE, SIZE, CHANNELS], 'float32').div(255));
}

async function main() {
  const { values } = parseArgs({
    options: {
      examples: { type: 'string', default: '40' },
      neighbours: { type: 'string', default: '5' },
    },
  });
  const model = await tf.loadGraphModel(`file://${MODEL}`);
  const classifier = knnClassifier.create();
  const random = new Random(SEED);
  const letters = Object.keys(LETTERS);

  /** @param {string} letter @returns the features of a new picture of it */
  const lookAt = (letter) =>
    tf.tidy(() => model.execute({ input1: draw(letter, random) }, FEATURES));

  for (const letter of letters) {
    for (let i = 0; i < Number(values.examples); ++i) {
      const features = lookAt(letter);
      classifier.addExample(features, letter);
      features.dispose();
    }
  }

  let right = 0;
  for (const letter of letters) {
    for (let i = 0; i < TESTS_PER_LETTER; ++i) {
      const features = lookAt(letter);
      const { label } = await classifier.predictClass(features, Number(values.neighbours));
      features.dispose();
      if (label === letter) ++right;
    }
  }
  const count = letters.length * TESTS_PER_LETTER;
  const share = ((100 * right) / count).toFixed(0);
  console.log(`${right} of ${count} new pictures of ${letters.join(', ')} are right (${share}%)`);
  classifier.dispose();
  model.dispose();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
