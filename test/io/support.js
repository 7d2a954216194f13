'use strict';

/* global afterAll */

// What the tests of lib/io share: plain TensorFlow.js with our handler, and models in temporary
// folders whose bytes the tests choose themselves.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const core = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
const converter = require('@tensorflow/tfjs-converter');
const layers = require('@tensorflow/tfjs-layers');
const { registerIo } = require('../../lib/io');

const tf = { ...core, ...layers, ...converter };
tf.io = { ...core.io, ...registerIo(core.io) };

// Else the cpu backend recommends another package on the console, once in every file.
core.env().set('IS_NODE', false);

const folders = [];
afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

/** @returns {string} a new folder; it is removed after the tests of the file */
function makeFolder() {
  // Without symbolic links in it, so that paths in errors can be compared.
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'tfjs-native-io-'));
  folders.push(folder);
  return folder;
}

/**
 * The topology of a graph model that yields each of its weights: `out/<weight>` is the weight.
 *
 * @param {object[]} specs manifest entries
 */
function identityGraph(specs) {
  const types = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL', string: 'DT_STRING' };
  const node = specs.flatMap(({ name, dtype, shape }) => {
    const type = types[dtype] ?? 'DT_COMPLEX64';
    const dim = shape.map((size) => ({ size: String(size) }));
    return [
      {
        name,
        op: 'Const',
        attr: { dtype: { type }, value: { tensor: { dtype: type, tensorShape: { dim } } } },
      },
      { name: `out/${name}`, op: 'Identity', input: [name], attr: { T: { type } } },
    ];
  });
  return { node, library: {}, versions: { producer: 1, minConsumer: 0 } };
}

/** @returns {Buffer} the little-endian bytes of a typed array */
function bytesOf(array) {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

/** @returns {object} a weight of the given values, as `writeGraphModel` takes it */
function weight(name, array, extra = {}) {
  const dtypes = { Float32Array: 'float32', Int32Array: 'int32', Uint8Array: 'bool' };
  const dtype = dtypes[array.constructor.name];
  return { name, shape: [array.length], dtype, bytes: bytesOf(array), ...extra };
}

/** @returns {object} the manifest entry of a weight */
function specOf(oneWeight) {
  const spec = { ...oneWeight };
  delete spec.bytes;
  return spec;
}

/**
 * Writes a graph model whose outputs are its weights.
 *
 * @param {string} folder
 * @param {object[][]} groups the weights, by group of the manifest
 * @param {object} [options]
 * @param {number[]} [options.cuts] where the bytes of every group are cut into shards
 * @param {object} [options.extra] further fields of the model.json, or other values for its fields
 * @returns {string} the path of the model.json
 */
function writeGraphModel(folder, groups, { cuts = [], extra = {} } = {}) {
  fs.mkdirSync(folder, { recursive: true });
  const weightsManifest = groups.map((weights, g) => {
    const data = Buffer.concat(weights.map(({ bytes }) => bytes));
    const ends = [...cuts.filter((cut) => cut < data.length), data.length];
    const paths = ends.map((_, i) => `group${g + 1}-shard${i + 1}of${ends.length}.bin`);
    let start = 0;
    ends.forEach((end, i) => {
      fs.writeFileSync(path.join(folder, paths[i]), data.subarray(start, end));
      start = end;
    });
    return { paths, weights: weights.map(specOf) };
  });
  const json = {
    format: 'graph-model',
    generatedBy: 'test',
    convertedBy: null,
    modelTopology: identityGraph(groups.flat()),
    weightsManifest,
    ...extra,
  };
  const file = path.join(folder, 'model.json');
  fs.writeFileSync(file, JSON.stringify(json));
  return file;
}

/** Changes the model.json of a model in place. */
function editModel(file, edit) {
  const json = JSON.parse(fs.readFileSync(file, 'utf8'));
  edit(json);
  fs.writeFileSync(file, JSON.stringify(json));
}

/**
 * Loads a graph model from `writeGraphModel`.
 *
 * @returns {Promise<Record<string, {values: any, dtype: string, shape: number[]}>>} by weight
 */
async function loadWeights(source, options) {
  const model = await tf.loadGraphModel(source, options);
  const result = {};
  for (const [name, [tensor]] of Object.entries(model.weights)) {
    const output = model.execute({}, `out/${name}`);
    result[name] = { values: await output.data(), dtype: tensor.dtype, shape: output.shape };
    output.dispose();
  }
  model.dispose();
  return result;
}

/** @returns {Promise<any>} what the promise is rejected with */
function failureOf(promise) {
  return promise.then(
    (value) => {
      throw new Error(`expected a rejection, got ${typeof value}`);
    },
    (error) => error,
  );
}

module.exports = {
  tf,
  makeFolder,
  identityGraph,
  bytesOf,
  weight,
  specOf,
  writeGraphModel,
  editModel,
  loadWeights,
  failureOf,
};
