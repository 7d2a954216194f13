'use strict';

// As tfjs-node's documentation shows the classification of images: each file is decoded, brought to
// the size that the model wants, and named.
//
// usage: node classify.js MODEL_JSON IMAGE...

const fs = require('fs');
const tf = require('@tensorflow/tfjs-node');

const [modelPath, ...images] = process.argv.slice(2);

async function main() {
  const { labels } = JSON.parse(fs.readFileSync(modelPath, 'utf8')).userDefinedMetadata;
  const model = await tf.loadGraphModel(`file://${modelPath}`);
  const [, height, width] = model.inputs[0].shape;

  const answers = images.map((file) => {
    const imageBuffer = fs.readFileSync(file);
    const decoded = tf.node.decodeImage(imageBuffer, 3);
    const best = tf.tidy(() => {
      const resized = tf.image.resizeBilinear(decoded, [height, width]);
      return model.predict(resized.div(255).expandDims(0)).argMax(-1);
    });
    const answer = {
      label: labels[best.dataSync()[0]],
      shape: tf.node.decodeJpeg(imageBuffer).shape,
      dtype: decoded.dtype,
    };
    tf.dispose([decoded, best]);
    return answer;
  });
  console.log(JSON.stringify(answers));
}

main();
