'use strict';

// A process that answers each graph model sent to it with {apart, operators}: how far onnxruntime's
// outputs are from those of tfjs's cpu backend, and which operators the ONNX graph has. Not in Jest's own process: its realm has a Float32Array that
// onnxruntime does not take.

require('@tensorflow/tfjs-backend-cpu');
const tf = require('@tensorflow/tfjs-core');
const { loadGraphModel } = require('@tensorflow/tfjs-converter');
const { difference } = require('../compare');
const { filledInputs, tensorsOf } = require('../contenders');
const { createOnnxModel } = require('./session');

/** @param {any} artifacts */
async function verify(artifacts) {
  const inputs = filledInputs(artifacts);
  const onnx = await createOnnxModel(artifacts, inputs, 1);
  const actual = onnx.restore(await onnx.predict());
  const model = await loadGraphModel(tf.io.fromMemory(artifacts));
  const result = model.predict(tensorsOf(tf, inputs));
  const expected = (Array.isArray(result) ? result : [result]).map((tensor) => tensor.dataSync());
  if (expected.length === 0) throw new Error('no outputs');
  return { apart: difference(expected, actual), operators: onnx.operators };
}

tf.enableProdMode();
process.on('message', async (artifacts) => {
  try {
    process.send?.(await verify(artifacts));
  } catch (error) {
    process.send?.({ error: /** @type {Error} */ (error).message });
  }
});
