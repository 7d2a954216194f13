'use strict';

// Predicts one of the bench's networks on the machine that the environment describes, and compares
// with tfjs's cpu backend. Exits with 1, and a last line that says what differs.
//
// usage: node test/machines/predict.js <network> [size] [--oracle-only]

const { parseArgs } = require('node:util');
const tf = require('../../lib');
const { difference } = require('../bench/compare');
const { networks } = require('../bench/networks');
const { predictionOf, loadPredict, expectedOutputs } = require('./oracle');

/** Of the spread of an output's values. */
const TOLERANCE = 1e-4;
/** The first prediction packs the weights that the others use. */
const PREDICTIONS = 3;

async function main() {
  const { values: options, positionals } = parseArgs({
    options: { 'oracle-only': { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [network, size] = positionals;
  if (!Object.hasOwn(networks, network ?? '')) {
    throw new Error(`no network ${network}: expected ${Object.keys(networks).join(', ')}`);
  }
  tf.enableProdMode();
  const prediction = predictionOf(network, size === undefined ? undefined : Number(size));
  const expected = await expectedOutputs(tf, prediction);
  if (options['oracle-only']) return;
  await tf.setBackend('onednn');
  const predict = await loadPredict(tf, prediction);
  let most = 0;
  for (let i = 0; i < PREDICTIONS; i++) {
    const outputs = [];
    for (const tensor of predict()) {
      outputs.push(i === 0 ? tensor.dataSync() : await tensor.data());
      tensor.dispose();
    }
    const apart = difference(expected, outputs);
    most = Math.max(most, apart);
    if (apart <= TOLERANCE) continue;
    throw new Error(`prediction ${i + 1} differs by ${apart} of the spread (limit ${TOLERANCE})`);
  }
  console.log(`${network}: within ${most.toExponential(1)} of the spread`);
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
