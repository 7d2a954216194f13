'use strict';

// `compare-process.js <model>`: the model on tfjs's cpu backend, natively operator by operator, and
// captured. Ends with 1 where outputs differ, tensors are left, or nothing is captured.

const tf = require('../../../lib');
const { readGraphModel } = require('../../tools/graph-model-file');
const { modelFile } = require('../../tools/npm-models');
const { inputsOf } = require('./inputs');

/** Of the largest value of an output. */
const TOLERANCE = 1e-4;
/** Masks that are sigmoids of large numbers, which blow up the rounding before them. */
const STEEP_TOLERANCE = 1e-3;
const STEEP = ['blazepose-heavy', 'blazepose-full', 'blazepose-lite'];

const RUNS = 4;
const [name] = process.argv.slice(2);

/** @param {any} artifacts */
async function run(model, artifacts, round) {
  const inputs = inputsOf(tf, name, artifacts.modelTopology, round);
  const hasLoops = artifacts.modelTopology.node.some(({ op }) =>
    ['Switch', 'Merge', 'Where', 'NonMaxSuppressionV3', 'NonMaxSuppressionV5'].includes(op),
  );
  const results = [hasLoops ? await model.executeAsync(inputs) : model.execute(inputs)].flat();
  const outputs = [];
  for (const tensor of results) {
    outputs.push({ shape: tensor.shape, dtype: tensor.dtype, values: await tensor.data() });
  }
  tf.dispose([results, inputs]);
  return outputs;
}

/** The largest difference, as a part of the largest value; Infinity where the types differ. */
function difference(expected, got) {
  let worst = 0;
  for (const [i, { shape, dtype, values }] of expected.entries()) {
    if (String(shape) !== String(got[i].shape) || dtype !== got[i].dtype) return Infinity;
    let largest = Number.MIN_VALUE;
    let apart = 0;
    for (const [j, value] of values.entries()) {
      const other = got[i].values[j];
      if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
      if (!Object.is(value, other)) apart = Math.max(apart, Math.abs(value - other) || 0);
      if (Number.isNaN(value) !== Number.isNaN(other)) return Infinity;
    }
    worst = Math.max(worst, apart / largest);
  }
  return worst;
}

async function main() {
  // Without tfjs's advice to install another backend.
  tf.enableProdMode();
  const artifacts = readGraphModel(modelFile(name));
  const load = () => tf.loadGraphModel(tf.io.fromMemory(artifacts));
  await tf.setBackend('cpu');
  const onCpu = await load();
  const expected = [];
  for (let round = 0; round < 2; round++) expected.push(await run(onCpu, artifacts, round));
  onCpu.dispose();

  await tf.setBackend('onednn');
  const model = await load();
  tf.native.setCapture(false);
  const eager = difference(expected[0], await run(model, artifacts, 0));
  tf.native.setCapture(true);
  const before = tf.memory().numTensors;
  let captured = 0;
  for (let round = 0; round < RUNS; round++) {
    const outputs = await run(model, artifacts, round % 2);
    captured = Math.max(captured, difference(expected[round % 2], outputs));
    // The second run finds what the first one had compiled.
    await new Promise((resolve) => setTimeout(resolve, round === 0 ? 2000 : 0));
  }
  const left = tf.memory().numTensors - before;
  const { replayed, refused, eager: reasons } = tf.native.captureStatistics();
  tf.native.explain(model);
  model.dispose();

  const tolerance = STEEP.includes(name) ? STEEP_TOLERANCE : TOLERANCE;
  const problems = [
    ...(eager <= tolerance ? [] : [`operator by operator it differs by ${eager}`]),
    ...(captured <= tolerance ? [] : [`captured it differs by ${captured}`]),
    ...(left === 0 ? [] : [`${left} tensors are left`]),
    ...(replayed >= RUNS - 1 ? [] : [`only ${replayed} replays: ${Object.keys(reasons)}`]),
    ...(refused === 0 ? [] : [`${refused} captures were refused: ${Object.keys(reasons)}`]),
  ];
  const figures = [eager, captured].map((value) => value.toExponential(0)).join(', ');
  console.log(
    problems.length > 0 ? `FAILED ${name}: ${problems.join('; ')}` : `${name}: ${figures}`,
  );
  if (problems.length > 0) process.exitCode = 1;
}

main();
