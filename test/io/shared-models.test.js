'use strict';

// The real models of ../shared, through our handler on TensorFlow.js's own cpu backend: whatever
// is wrong here is wrong with the loading. (The outputs on our backends: test/models.)

const fs = require('node:fs');
const path = require('node:path');
const fixtures = require('../models/fixtures');
const { tf, bytesOf, makeFolder } = require('./support');

const FACE_API = path.resolve(__dirname, '../../../shared/models/face-api');
const FACE_API_MANIFESTS = [
  'tiny_face_detector_model-weights_manifest.json',
  'face_landmark_68_tiny_model-weights_manifest.json',
];

const isThere = fixtures.areFixturesThere();
const models = isThere ? fixtures.casesOnDisk() : fixtures.KNOWN_CASES;
const describeModels = isThere ? describe : describe.skip;
if (!isThere) {
  const count = Object.keys(models).length + FACE_API_MANIFESTS.length;
  console.warn(`../shared/models is missing: the loading of ${count} real models is not tested`);
}

function load({ isGraph }, folder, options) {
  const url = `file://${folder}`;
  return isGraph ? tf.loadGraphModel(url, options) : tf.loadLayersModel(url, options);
}

/** @returns {Promise<Map<string, Buffer>>} the bytes of all weights: Jest is slow on large arrays */
async function readWeights(model, isGraph) {
  const tensors = isGraph
    ? Object.entries(model.weights).map(([name, [tensor]]) => [name, tensor])
    : model.weights.map((variable, i) => [`${i}`, variable.read()]);
  const values = new Map();
  for (const [name, tensor] of tensors) values.set(name, bytesOf(await tensor.data()));
  return values;
}

function expectSameWeights(actual, expected) {
  expect(actual.size).toBeGreaterThan(0);
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  expect([...actual.keys()].filter((name) => !actual.get(name).equals(expected.get(name)))).toEqual(
    [],
  );
}

function expectRecorded(outputs, recorded) {
  outputs.forEach((output, i) => {
    const { values, shape } = recorded[i];
    expect(output.shape).toEqual(shape);
    const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    // Written so that a NaN is wrong.
    const isWrong = (value, j) => !(Math.abs(value - values[j]) <= 1e-4 * largest);
    expect(output.dataSync().findIndex(isWrong)).toBe(-1);
  });
}

describeModels('recorded models', () => {
  test.each(Object.keys(models))('%s gives the recorded outputs', async (name) => {
    const fixture = fixtures.openFixture(name, models[name]);
    const model = await load(fixture, path.dirname(fixture.modelPath));
    const { call, inputs, outputs } = fixtures.readCase(fixture, models[name][0]);
    const tensors = inputs.map(({ values, shape, dtype }) => tf.tensor(values, shape, dtype));
    const results =
      call === 'predict'
        ? model.predict(tensors)
        : model.execute(
            Object.fromEntries(inputs.map((input, i) => [input.name, tensors[i]])),
            outputs.map((output) => output.name),
          );
    expectRecorded([results].flat(), outputs);
    tf.dispose([tensors, results]);
    model.dispose();
  });

  test.each(Object.keys(models))(
    '%s: streamed, and saved, it has the same weights',
    async (name) => {
      const fixture = fixtures.openFixture(name, models[name]);
      const source = path.dirname(fixture.modelPath);
      const model = await load(fixture, source);
      const expected = await readWeights(model, fixture.isGraph);
      const folder = makeFolder();
      await model.save(`file://${folder}`);
      for (const place of [source, folder]) {
        const loaded = await load(fixture, place, { streamWeights: true });
        expectSameWeights(await readWeights(loaded, fixture.isGraph), expected);
        loaded.dispose();
      }
      model.dispose();
    },
  );

  test.each(FACE_API_MANIFESTS)('the weights of %s', async (name) => {
    const manifest = path.join(FACE_API, name);
    const topology = path.join(makeFolder(), 'topology.json');
    fs.writeFileSync(topology, '{}');
    const handler = tf.io.fileSystem([topology, manifest]);
    const { weightSpecs, weightData } = await handler.load();
    const [{ paths, weights }] = JSON.parse(fs.readFileSync(manifest, 'utf8'));
    expect(weightSpecs).toEqual(weights);
    const bytes = fs.readFileSync(path.join(FACE_API, paths[0]));
    expect(Buffer.from(weightData).equals(bytes)).toBe(true);

    const tensors = tf.io.decodeWeights(weightData, weightSpecs);
    let offset = 0;
    for (const { name: weightName, quantization } of weights) {
      const { scale, min } = quantization;
      const values = tensors[weightName].dataSync();
      const stored = bytes.subarray(offset, offset + values.length);
      const expected = Float32Array.from(stored, (v) => v * scale + min);
      expect(bytesOf(values).equals(bytesOf(expected))).toBe(true);
      offset += values.length;
    }
    tf.dispose(tensors);
  });
});
