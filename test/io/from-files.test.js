'use strict';

// Models that only the program can read, given file by file.

const fs = require('node:fs');
const path = require('node:path');
const stream = require('node:stream');
const tf = require('../../lib');
const { makeFolder, weight, writeGraphModel, editModel, failureOf } = require('./support');

beforeAll(() => tf.setBackend('onednn'));

const MODES = [{}, { streamWeights: true }];
const values = Float32Array.from({ length: 5000 }, (_, i) => i / 3);

/** @returns {string} the folder of a model in three shards, one of them in a folder below */
function makeModel() {
  const folder = makeFolder();
  const weights = [weight('w', values), weight('b', Uint8Array.of(1, 0, 1))];
  const file = writeGraphModel(folder, [weights], { cuts: [10, 15_000] });
  fs.mkdirSync(path.join(folder, 'below'));
  fs.renameSync(
    path.join(folder, 'group1-shard2of3.bin'),
    path.join(folder, 'below/group1-shard2of3.bin'),
  );
  editModel(file, (json) => {
    json.weightsManifest[0].paths[1] = 'below/group1-shard2of3.bin';
  });
  return folder;
}

async function expectModel(handler) {
  const before = tf.memory().numTensors;
  const model = await tf.loadGraphModel(handler);
  const [w, b] = model.execute({}, ['out/w', 'out/b']);
  expect(w.dataSync()).toEqual(values);
  expect(Array.from(b.dataSync())).toEqual([1, 0, 1]);
  tf.dispose([w, b]);
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
}

const read = (folder, name) => fs.readFileSync(path.join(folder, name));

/** Pieces of no even length. */
async function* piecesOf(bytes) {
  for (let at = 0; at < bytes.length; at += 777) yield bytes.subarray(at, at + 777);
}

const FORMS = {
  Buffer: (bytes) => bytes,
  Uint8Array: (bytes) => Uint8Array.from(bytes),
  ArrayBuffer: (bytes) => Uint8Array.from(bytes).buffer,
  'a part of larger memory': (bytes) => Buffer.concat([Buffer.of(7), bytes]).subarray(1),
  'promise of bytes': async (bytes) => bytes,
  Blob: (bytes) => new Blob([bytes]),
  'stream of the Web': (bytes) => new Blob([bytes]).stream(),
  'stream of Node.js': (bytes) => stream.Readable.from(piecesOf(bytes)),
  'async iterable': (bytes) => piecesOf(bytes),
  'promise of a stream': async (bytes) => stream.Readable.from(piecesOf(bytes)),
  'body of a response': async (bytes) => new Response(bytes).body,
};

describe.each(MODES)('%j', (mode) => {
  test.each(Object.entries(FORMS))('weights as %s', async (_, form) => {
    const folder = makeModel();
    const names = [];
    const files = (name) => {
      names.push(name);
      return form(read(folder, name));
    };
    const model = JSON.parse(read(folder, 'model.json'));
    const handler = tf.io.fromFiles({ model, files }, mode);
    await expectModel(handler);
    expect(names).toEqual(model.weightsManifest[0].paths);
    // What is given anew each time can be loaded again.
    await expectModel(handler);
  });

  test.each([
    ['text', (bytes) => bytes.toString()],
    ['text with a byte order mark', (bytes) => `\ufeff${bytes}`],
    ['bytes', (bytes) => bytes],
    ['a stream', (bytes) => () => stream.Readable.from(piecesOf(bytes))],
    ['a promise', (bytes) => Promise.resolve(JSON.parse(bytes))],
    ['a function', (bytes) => async () => JSON.parse(bytes)],
  ])('the model.json as %s', async (_, form) => {
    const folder = makeModel();
    const model = form(read(folder, 'model.json'));
    await expectModel(tf.io.fromFiles({ model, files: (name) => read(folder, name) }, mode));
  });

  test('progress', async () => {
    const folder = makeModel();
    const fractions = [];
    const options = { ...mode, onProgress: (fraction) => fractions.push(fraction) };
    const model = read(folder, 'model.json');
    await expectModel(tf.io.fromFiles({ model, files: (name) => read(folder, name) }, options));
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
  });

  test.each([
    ['BAD_ATTR', () => undefined, /files: expected bytes or a stream for weight .*, got undefined/],
    ['BAD_ATTR', () => 'text', /files: expected bytes or a stream for weight file .*, got "text"/],
    [
      'BAD_ATTR',
      () => stream.Readable.from(['text']),
      /the stream for weight file "group1-shard1of3.bin" must yield bytes, got "text"/,
    ],
    [
      'BAD_MODEL',
      () => {
        throw new Error('no key');
      },
      /paths\[\d\]: weight file ".*" cannot be had: no key/,
    ],
    ['BAD_MODEL', async () => Promise.reject(new Error('no key')), /cannot be had: no key/],
    [
      'BAD_MODEL',
      () =>
        stream.Readable.from(
          (async function* () {
            yield Buffer.of(1);
            throw new Error('bad block');
          })(),
        ),
      /weight file ".*": the stream broke: bad block/,
    ],
    ['BAD_MODEL', () => Buffer.alloc(0), /expected 20003 bytes for 2 weights, got 0 bytes/],
    ['BAD_MODEL', () => Buffer.alloc(50_000), /expected 20003 bytes for 2 weights, got /],
  ])('%s: files that give what is no file', async (code, files, message) => {
    const model = read(makeModel(), 'model.json');
    const before = tf.memory().numTensors;
    const error = await failureOf(tf.loadGraphModel(tf.io.fromFiles({ model, files }, mode)));
    expect(error).toMatchObject({ code, op: 'loadModel' });
    expect(error.message).toMatch(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('names that lead out are not asked for', async () => {
    const model = JSON.parse(read(makeModel(), 'model.json'));
    model.weightsManifest[0].paths[2] = '../secret.bin';
    const files = jest.fn();
    const error = await failureOf(tf.loadGraphModel(tf.io.fromFiles({ model, files }, mode)));
    expect(error.message).toMatch(/paths\[2\]: weight path "\.\.\/secret\.bin" leaves/);
    expect(files).not.toHaveBeenCalled();
  });
});

test('streams that nobody reads to the end are let go', async () => {
  const folder = makeModel();
  const opened = [];
  const files = (name) => {
    if (name.includes('2of3')) throw new Error('no key');
    opened.push(stream.Readable.from(piecesOf(read(folder, name))));
    return opened.at(-1);
  };
  const handler = tf.io.fromFiles({ model: read(folder, 'model.json'), files });
  await failureOf(handler.load());
  await new Promise((resolve) => setImmediate(resolve));
  expect(opened.length).toBeGreaterThan(0);
  expect(opened.every(({ destroyed }) => destroyed)).toBe(true);
});

test('layers models', async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
  const folder = makeFolder();
  await model.save(`file://${folder}`);
  const loaded = await tf.loadLayersModel(
    tf.io.fromFiles({
      model: read(folder, 'model.json'),
      files: (name) => fs.createReadStream(path.join(folder, name)),
    }),
  );
  expect(loaded.getWeights()[0].arraySync()).toEqual(model.getWeights()[0].arraySync());
  model.dispose();
  loaded.dispose();
});

test('a model without weights', async () => {
  const model = { modelTopology: { class_name: 'Test', config: {} }, format: 'layers-model' };
  const artifacts = await tf.io.fromFiles({ model }).load();
  expect(artifacts.modelTopology).toEqual(model.modelTopology);
  expect(artifacts.weightData).toBeUndefined();
});

test.each([
  [undefined, /model: expected a model\.json or a function, got undefined/],
  [{}, /model: expected a model\.json or a function/],
  [{ model: {}, files: 7 }, /files: expected a function of file names, got 7/],
])('fromFiles(%j) is refused', (source, message) => {
  expect(() => tf.io.fromFiles(source)).toThrow(
    expect.objectContaining({ code: 'BAD_ATTR', message: expect.stringMatching(message) }),
  );
});
