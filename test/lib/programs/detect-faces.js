'use strict';

// As in the examples of @vladmandic/face-api for Node.js, with an image that is decoded already.
//
// usage: node detect-faces.js BACKEND WEIGHTS_FOLDER PIXELS WIDTH HEIGHT

const fs = require('node:fs');
const faceapi = require('@vladmandic/face-api');

const { tf } = faceapi;
const [backend, weights, pixels, width, height] = process.argv.slice(2);

async function main() {
  await tf.setBackend(backend);
  await tf.ready();
  await faceapi.nets.tinyFaceDetector.loadFromDisk(weights);
  await faceapi.nets.faceLandmark68TinyNet.loadFromDisk(weights);
  const shape = [1, Number(height), Number(width), 3];
  const image = tf.tensor4d(new Uint8Array(fs.readFileSync(pixels)), shape, 'float32');
  const options = new faceapi.TinyFaceDetectorOptions({ inputSize: 224 });
  const faces = await faceapi.detectAllFaces(image, options).withFaceLandmarks(true);
  image.dispose();
  console.log(
    JSON.stringify({
      backend: tf.getBackend(),
      faces: faces.map(({ detection, landmarks }) => ({
        score: detection.score,
        box: [detection.box.x, detection.box.y, detection.box.width, detection.box.height],
        landmarks: landmarks.positions.map(({ x, y }) => [x, y]),
      })),
    }),
  );
}

main();
