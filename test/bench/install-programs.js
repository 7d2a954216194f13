'use strict';

// The first prediction of a process that has just been started: `<name>` predicts once with the model
// beside it and prints {ms, cpuMs, values}. `ms` counts from the start of
// the process; `cpuMs` is the time of all its threads, which a busy machine changes less.

/** @param {string} code that gives `values` */
const program = (code) => `
  const fs = require('node:fs');
  const path = require('node:path');
  const here = (file) => path.join(__dirname, file);
  async function main() {
    const bytes = fs.readFileSync(here('input.bin'));
    const input = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    ${code}
    const ms = performance.now();
    const { user, system } = process.cpuUsage();
    const cpuMs = (user + system) / 1000;
    console.log(JSON.stringify({ ms, cpuMs, values: Array.from(values) }));
  }
  main();
`;

/** By the contender's package. The input is in the layout that each takes. */
const programs = {
  'tfjs-native': program(`
    const tf = require('tfjs-native');
    const model = await tf.loadGraphModel('file://' + here('model.json'));
    const values = await model.predict(tf.tensor(input, [1, 224, 224, 3])).data();
  `),
  'onnxruntime-node': program(`
    const ort = require('onnxruntime-node');
    const session = await ort.InferenceSession.create(here('model.onnx'));
    const tensor = new ort.Tensor('float32', input, [1, 3, 224, 224]);
    const results = await session.run({ [session.inputNames[0]]: tensor });
    const values = results[session.outputNames[0]].data;
  `),
};

module.exports = { programs };
