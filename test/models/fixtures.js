'use strict';

// The real models with recorded outputs in ../shared/models, beside the checkout.

const fs = require('node:fs');
const path = require('node:path');

const MODELS_DIR = path.resolve(__dirname, '../../../shared/models');

/** What is known to be there, so that nothing can go missing unseen: model -> cases. */
const KNOWN_CASES = {
  'crepe-pitch': ['seed'],
  'cvae-quickdraw': ['seed'],
  emotion: ['photo', 'seed'],
  'face-detection-short': ['photo', 'seed'],
  facemesh: ['photo', 'seed'],
  'gru-embedding': ['seed'],
  'meet-segmentation': ['photo', 'seed'],
  prefetch: ['seed'],
};

const TYPED_ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };

/**
 * @typedef {object} Fixture
 * @property {string} name
 * @property {string} modelPath the model.json
 * @property {boolean} isGraph a graph model; else a layers model
 * @property {boolean} hasFreeBatch whether the model takes any batch size
 * @property {string[]} cases
 */

/** @returns {boolean} whether the recorded models are beside this checkout */
function areFixturesThere() {
  return fs.existsSync(MODELS_DIR);
}

/** @returns {Record<string, string[]>} the models on disk that have cases -> their cases */
function casesOnDisk() {
  const entries = fs.readdirSync(MODELS_DIR).map((name) => {
    const casesDir = path.join(MODELS_DIR, name, 'cases');
    return [name, fs.existsSync(casesDir) ? fs.readdirSync(casesDir).sort() : []];
  });
  return Object.fromEntries(entries.filter(([, cases]) => cases.length > 0));
}

/**
 * @param {string} name
 * @param {string[]} cases
 * @returns {Fixture}
 */
function openFixture(name, cases) {
  const modelPath = path.join(MODELS_DIR, name, 'model.json');
  const { format, modelTopology } = JSON.parse(fs.readFileSync(modelPath, 'utf8'));
  const isGraph = format === 'graph-model';
  const hasFreeBatch = !isGraph || inputShapes(modelTopology).every(([batch]) => batch === '-1');
  return { name, modelPath, isGraph, hasFreeBatch, cases };
}

function inputShapes(graph) {
  const inputs = graph.node.filter(({ op }) => op === 'Placeholder');
  return inputs.map(({ attr }) => (attr.shape.shape.dim ?? []).map(({ size }) => size));
}

/**
 * Reads one case: which method to call, the inputs and the recorded outputs.
 *
 * @param {Fixture} fixture
 * @param {string} caseName
 * @returns {{call: 'execute' | 'predict', inputs: object[], outputs: object[]}} inputs and outputs
 *     as {name, shape, dtype, values}
 */
function readCase(fixture, caseName) {
  const dir = path.join(path.dirname(fixture.modelPath), 'cases', caseName);
  const { call, inputs, outputs } = JSON.parse(fs.readFileSync(path.join(dir, 'case.json')));
  const readValues = ({ file, ...info }) => {
    const bytes = fs.readFileSync(path.join(dir, file));
    const TypedArray = TYPED_ARRAYS[info.dtype];
    const values = new TypedArray(bytes.length / TypedArray.BYTES_PER_ELEMENT);
    new Uint8Array(values.buffer).set(bytes);
    return { ...info, values };
  };
  return { call, inputs: inputs.map(readValues), outputs: outputs.map(readValues) };
}

module.exports = { KNOWN_CASES, areFixturesThere, casesOnDisk, openFixture, readCase };
