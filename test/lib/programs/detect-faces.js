'use strict';

// As in the examples of @vladmandic/face-api for Node.js.
//
// usage: node detect-faces.js BACKEND WEIGHTS_FOLDER IMAGE

const fs = require('node:fs');
const faceapi = require('@vladmandic/face-api');

const { tf } = faceapi;
const [backend, weights, file] = process.argv.slice(2);

async function main() {
  await tf.setBackend(backend);
  await tf.ready();
  await faceapi.nets.tinyFaceDetector.loadFromDisk(weights);
  await faceapi.nets.faceLandmark68TinyNet.loadFromDisk(weights);
  const decoded = tf.node.decodeImage(fs.readFileSync(file), 3);
  const image = tf.expandDims(decoded, 0);
  const options = new faceapi.TinyFaceDetectorOptions({ inputSize: 224 });
  const faces = await faceapi.detectAllFaces(image, options).withFaceLandmarks(true);
  tf.dispose([decoded, image]);
  console.log(
    JSON.stringify({
      backend: tf.getBackend(),
      imageShape: decoded.shape,
      faces: faces.map(({ detection, landmarks }) => ({
        score: detection.score,
        box: [detection.box.x, detection.box.y, detection.box.width, detection.box.height],
        landmarks: landmarks.positions.map(({ x, y }) => [x, y]),
      })),
    }),
  );
}

main();
