'use strict';

// Programs that use packages which were made for older TensorFlow.js, as their users write them.
// Runs one on both backends: node programs.cjs <name> <paths as JSON>. Prints what they give.

const fs = require('node:fs');
const tf = require('tfjs-native');

/**
 * @typedef {object} Paths
 * @property {string} models Folder of real models.
 * @property {string} mobilenet, nsfw Made up ones.
 */

/** A photo of a face, 128 x 128, with colours from 0 to 255. @param {Paths} paths */
function photo({ models }) {
  const bytes = fs.readFileSync(`${models}/face-detection-short/cases/photo/input0.bin`);
  const values = new Float32Array(new Uint8Array(bytes).buffer);
  return tf.tensor3d(values, [128, 128, 3]).add(1).mul(127.5);
}

/** Colours that change from pixel to pixel. @param {number} size */
function pattern(size) {
  const values = Float32Array.from({ length: size * size * 3 }, (_, i) => (i * 37) % 256);
  return tf.tensor3d(values, [size, size, 3]);
}

/** @type {Record<string, (paths: Paths) => Promise<any>>} */
const programs = {
  async 'knn-classifier'() {
    const classifier = require('@tensorflow-models/knn-classifier').create();
    for (const [values, label] of [
      [[1, 0, 0], 'a'],
      [[0, 1, 0], 'b'],
      [[0.9, 0.1, 0], 'a'],
      [[0.6, 0.6, 0.1], 'b'],
    ]) {
      classifier.addExample(tf.tensor1d(values), label);
    }
    return classifier.predictClass(tf.tensor1d([0.7, 0.5, 0.1]), 3);
  },

  async mobilenet(paths) {
    const options = { version: 1, alpha: 1, modelUrl: `file://${paths.mobilenet}/model.json` };
    const model = await require('@tensorflow-models/mobilenet').load(options);
    return model.classify(pattern(224), 3);
  },

  async nsfwjs(paths) {
    const load = require('nsfwjs').load;
    const model = await load(`file://${paths.nsfw}/`, { size: 224, type: 'graph' });
    return model.classify(pattern(224));
  },

  async blazeface(paths) {
    const modelUrl = `file://${paths.models}/face-detection-short/model.json`;
    const model = await require('@tensorflow-models/blazeface').load({ modelUrl });
    return model.estimateFaces(tf.image.resizeBilinear(photo(paths), [256, 256]), false);
  },

  async 'face-api'(paths) {
    const api = require('@vladmandic/face-api');
    await api.nets.tinyFaceDetector.loadFromDisk(`${paths.models}/face-api`);
    await api.nets.faceLandmark68TinyNet.loadFromDisk(`${paths.models}/face-api`);
    const options = new api.TinyFaceDetectorOptions({ inputSize: 128, scoreThreshold: 0.2 });
    const faces = await api.detectAllFaces(photo(paths), options).withFaceLandmarks(true);
    return faces.map(({ detection, landmarks }) => ({
      score: detection.score,
      box: [detection.box.x, detection.box.y, detection.box.width, detection.box.height],
      points: landmarks.positions.map(({ x, y }) => [x, y]),
    }));
  },
};

async function main(name, paths) {
  // The cpu backend advises to install another; the output is to be the results alone.
  console.warn = () => {};
  const results = {};
  for (const backend of ['onednn', 'cpu']) {
    await tf.setBackend(backend);
    results[backend] = await programs[name](paths);
  }
  process.stdout.write(`\n${JSON.stringify(results)}`);
}

main(process.argv[2], JSON.parse(process.argv[3]));
