'use strict';

// Weights that come in pieces of any length, wherever they come from: in memory, over HTTP, through
// any handler, also for packages that use tfjs's parts themselves.

const http = require('node:http');
const tf = require('../../lib');
const core = require('@tensorflow/tfjs-core');
const converter = require('@tensorflow/tfjs-converter');
const layers = require('@tensorflow/tfjs-layers');
const { identityGraph } = require('./support');

beforeAll(() => tf.setBackend('onednn'));

const weights = {
  a: Float32Array.from({ length: 250 }, (_, i) => i - 0.5),
  b: Int32Array.from({ length: 2000 }, (_, i) => i * i),
  c: Uint8Array.from({ length: 77 }, (_, i) => i & 1),
  d: Float32Array.from({ length: 91 }, (_, i) => 1 / (i + 1)),
};
const dtypes = { a: 'float32', b: 'int32', c: 'bool', d: 'float32' };
const specs = Object.entries(weights).map(([name, values]) => ({
  name,
  shape: [values.length],
  dtype: dtypes[name],
}));
const bytes = Buffer.concat(Object.values(weights).map((values) => Buffer.from(values.buffer)));

/** The bytes in pieces that end at the given places. @returns {ArrayBuffer[]} */
function cut(cuts, whole = bytes) {
  const ends = [...cuts, whole.length];
  return ends.map((end, i) => Uint8Array.from(whole.subarray(ends[i - 1] ?? 0, end)).buffer);
}

const LENGTHS = [
  ['one piece', []],
  ['a short piece and a long one', [1001]],
  ['a long piece and a short one', [9000]],
  ['equal pieces and a longer one', [100, 200, 300]],
  ['equal pieces and a shorter one', [3000, 6000, 9000]],
  ['nothing first', [0]],
  ['nothing in between', [10, 10, 10, 5000]],
  ['nothing last', [5000, bytes.length]],
  ['single bytes', Array.from({ length: 1500 }, (_, i) => i + 1)],
  ['no two alike', [1, 3, 6, 1002, 1003, 4005, 9005, 9076]],
];

/** @param {Record<string, any>} tensors */
function expectWeights(tensors) {
  for (const [name, values] of Object.entries(weights)) {
    expect([name, Array.from(tensors[name].dataSync())]).toEqual([name, Array.from(values)]);
  }
  tf.dispose(tensors);
}

const topology = identityGraph(specs);

/** @param {any} model A graph model of these weights. */
function expectModel(model) {
  const names = Object.keys(weights);
  const outputs = model.execute(
    {},
    names.map((name) => `out/${name}`),
  );
  expectWeights(Object.fromEntries(names.map((name, i) => [name, outputs[i].clone()])));
  tf.dispose(outputs);
  model.dispose();
}

const artifactsOf = (weightData) => ({
  modelTopology: topology,
  format: 'graph-model',
  weightSpecs: specs,
  weightData,
});

describe.each(LENGTHS)('%s', (_, cuts) => {
  const pieces = cut(cuts);

  test('tf.io.decodeWeights', () => {
    expectWeights(tf.io.decodeWeights(pieces, specs));
    expectWeights(core.io.decodeWeights(pieces, specs));
  });

  test('tf.io.CompositeArrayBuffer', () => {
    for (const { CompositeArrayBuffer, concatenateArrayBuffers } of [tf.io, core.io]) {
      expect(Buffer.from(CompositeArrayBuffer.join(pieces)).equals(bytes)).toBe(true);
      expect(Buffer.from(concatenateArrayBuffers(pieces)).equals(bytes)).toBe(true);
      const composite = new CompositeArrayBuffer(pieces);
      expect(composite.byteLength).toBe(bytes.length);
      // Backwards, so that no piece is found because it was the last one.
      for (const start of [9000, 1001, 1000, 0]) {
        const slice = Buffer.from(composite.slice(start, start + 60));
        expect(slice.equals(bytes.subarray(start, start + 60))).toBe(true);
      }
      expect(composite.slice(bytes.length).byteLength).toBe(0);
    }
  });

  test('graph models in memory', async () => {
    const artifacts = artifactsOf(pieces);
    expectModel(await tf.loadGraphModel(tf.io.fromMemory(artifacts)));
    expectModel(await converter.loadGraphModel(core.io.fromMemory(artifacts)));
    expectModel(await tf.loadGraphModel({ load: async () => artifacts }));
    expectModel(tf.loadGraphModelSync(tf.io.fromMemorySync(artifacts)));
    expectModel(tf.loadGraphModelSync(artifacts));
  });

  test('tf.io.weightsLoaderFactory', async () => {
    const load = tf.io.weightsLoaderFactory(async () => pieces);
    expectWeights(await load([{ paths: pieces.map((_piece, i) => `${i}`), weights: specs }], '/'));
  });
});

describe('over HTTP', () => {
  const cuts = [1001, 1001, 1003, 6000];
  const files = new Map();
  let server;
  let origin;

  beforeAll(async () => {
    server = http.createServer((request, response) => {
      const body = files.get(request.url);
      response.statusCode = body === undefined ? 404 : 200;
      response.end(body);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${server.address().port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  /** Under Jest, what Node.js parses is of another realm, in which tfjs-layers sees no arrays. */
  async function fetchFunc(url, init) {
    const response = await fetch(url, init);
    response.json = async () => JSON.parse(await response.text());
    return response;
  }

  /** @returns {string} The URL of a model whose weights are cut. */
  function serve(folder, { modelTopology, format, weightSpecs, data }, at) {
    const pieces = cut(at, data);
    const paths = pieces.map((_piece, i) => `shard${i}.bin`);
    const json = { modelTopology, format, weightsManifest: [{ paths, weights: weightSpecs }] };
    files.set(`/${folder}/model.json`, JSON.stringify(json));
    pieces.forEach((piece, i) => files.set(`/${folder}/${paths[i]}`, Buffer.from(piece)));
    return `${origin}/${folder}/model.json`;
  }

  test.each([{}, { streamWeights: true }])('graph models with %j', async (options) => {
    const url = serve('graph', { ...artifactsOf(), data: bytes }, cuts);
    expectModel(await tf.loadGraphModel(url, options));
    expectModel(await converter.loadGraphModel(url, options));
    expectModel(await tf.loadGraphModel(tf.io.http(url, options)));
    expectModel(await tf.loadGraphModel(tf.io.browserHTTPRequest(url, options)));
  });

  test('tf.io.loadWeights', async () => {
    const url = serve('weights', { ...artifactsOf(), data: bytes }, [1001]);
    const paths = ['shard0.bin', 'shard1.bin'];
    expectWeights(await tf.io.loadWeights([{ paths, weights: specs }], url.replace(/[^/]*$/, '')));
  });

  test.each([{}, { streamWeights: true }])('layers models with %j', async (given) => {
    const options = { ...given, fetchFunc };
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 5, inputShape: [3], activation: 'relu' }),
        tf.layers.dense({ units: 2, biasInitializer: 'randomNormal' }),
      ],
    });
    let saved;
    const handler = tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: {} };
    });
    await model.save(handler);
    const url = serve('layers', { ...saved, data: Buffer.from(saved.weightData) }, [10, 10, 37]);
    const expected = model.getWeights().map((weight) => Array.from(weight.dataSync()));
    const memory = await tf.loadLayersModel(
      tf.io.fromMemory({ ...saved, weightData: cut([9], Buffer.from(saved.weightData)) }),
    );
    const remote = await tf.loadLayersModel(url, options);
    const other = await layers.loadLayersModel(core.io.http(url, options));
    for (const loaded of [memory, remote, other]) {
      expect(loaded.getWeights().map((weight) => Array.from(weight.dataSync()))).toEqual(expected);
      loaded.dispose();
    }
    model.dispose();
  });
});
