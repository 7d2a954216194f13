'use strict';

// Weights of every kind are the same, whether they are streamed, are loaded at once, or lie in memory.

const fs = require('node:fs');
const path = require('node:path');
const tf = require('../../lib');
const { makeFolder, weight, writeGraphModel } = require('./support');

const bytes = (count) => Buffer.from(Array.from({ length: count }, (_, i) => (i * 37) % 251));
const linear = (dtype) => ({ dtype, scale: 0.25, min: -3 });

const weights = [
  weight(
    'f',
    Float32Array.from({ length: 700 }, (_, i) => i / 3),
  ),
  { name: 'scalar', shape: [], dtype: 'int32', bytes: Buffer.of(7, 0, 0, 0) },
  { name: 'none', shape: [0, 5], dtype: 'float32', bytes: Buffer.alloc(0) },
  { name: 'matrix', shape: [4, 5, 1], dtype: 'int32', bytes: bytes(80) },
  { name: 'flags', shape: [3], dtype: 'bool', bytes: Buffer.of(1, 0, 1) },
  { name: 'u8', shape: [9], dtype: 'float32', quantization: linear('uint8'), bytes: bytes(9) },
  { name: 'u16', shape: [5], dtype: 'int32', quantization: linear('uint16'), bytes: bytes(10) },
  {
    name: 'half',
    shape: [4],
    dtype: 'float32',
    quantization: { dtype: 'float16' },
    bytes: Buffer.of(0, 0x3c, 0, 0xc0, 0x55, 0x35, 0, 0),
  },
  {
    name: 'words',
    shape: [2],
    dtype: 'string',
    bytes: Buffer.concat([Buffer.of(3, 0, 0, 0), Buffer.from('aé'), Buffer.alloc(4)]),
  },
  weight('last', Float32Array.of(-1)),
];

const folder = makeFolder();
writeGraphModel(folder, [weights], { cuts: [1, 1500, 2901] });
const model = fs.readFileSync(path.join(folder, 'model.json'), 'utf8');
const files = (name) => fs.readFileSync(path.join(folder, name));

/** A stream of another's, in pieces of a length. */
async function cutInto(length) {
  const artifacts = await tf.io.fromFiles({ model, files }).load();
  const whole = new Uint8Array(artifacts.weightData);
  let position = 0;
  const pull = (controller) => {
    const end = Math.min(position + length, whole.length);
    controller.enqueue(length % 2 ? whole.slice(position, end) : whole.slice(position, end).buffer);
    position = end;
    if (position === whole.length) controller.close();
  };
  const getWeightStream = () => new ReadableStream({ pull });
  return { load: async () => ({ ...artifacts, weightData: undefined, getWeightStream }) };
}

const SOURCES = {
  'files of a program': () => tf.io.fromFiles({ model, files }, { streamWeights: true }),
  'files of a folder': () => ({ load: () => tf.io.fileSystem(folder).loadStream() }),
  'pieces of 1 byte': () => cutInto(1),
  'pieces of 28 bytes': () => cutInto(28),
  'pieces of 2800 bytes, as the first weight': () => cutInto(2800),
  'one piece': () => cutInto(1e6),
};

async function read(handler) {
  const loaded = await tf.loadGraphModel(handler);
  const result = {};
  for (const [name, [tensor]] of Object.entries(loaded.weights)) {
    const values = Array.from(tensor.dataSync());
    result[name] = { values, dtype: tensor.dtype, shape: tensor.shape };
  }
  loaded.dispose();
  return result;
}

/** Weights that tfjs-core decodes, as the model's weights. */
function decodedByTfjs({ weightData, weightSpecs }) {
  const tensors = tf.io.decodeWeights(weightData, weightSpecs);
  const entries = Object.entries(tensors).map(([name, tensor]) => {
    const values = Array.from(tensor.dataSync());
    return [name, { values, dtype: tensor.dtype, shape: tensor.shape }];
  });
  tf.dispose(tensors);
  return Object.fromEntries(entries);
}

describe.each(['onednn', 'cpu'])('%s', (backend) => {
  beforeAll(() => tf.setBackend(backend));

  test.each(Object.entries(SOURCES))('%s', async (_, makeHandler) => {
    const expected = await read(tf.io.fromFiles({ model, files }));
    expect(expected.scalar).toEqual({ values: [7], dtype: 'int32', shape: [] });
    expect(expected.half.values).toEqual([1, -2, expect.closeTo(0.3333, 3), 0]);
    const before = tf.memory().numTensors;
    expect(await read(await makeHandler())).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before);
  });

  describe('in memory', () => {
    // Without strings, whose length only tfjs knows: behind the flags all lies at odd places.
    const known = { weights: weights.filter(({ dtype }) => dtype !== 'string') };
    const artifactsOf = async (list) => {
      const inner = makeFolder();
      writeGraphModel(inner, [list]);
      const json = fs.readFileSync(path.join(inner, 'model.json'), 'utf8');
      const handler = tf.io.fromFiles({
        model: json,
        files: (name) => fs.readFileSync(path.join(inner, name)),
      });
      return handler.load();
    };

    test.each([
      ['of known length', known.weights],
      ['with strings', weights],
    ])('%s', async (_, list) => {
      const artifacts = await artifactsOf(list);
      const before = tf.memory().numTensors;
      const expected = decodedByTfjs(artifacts);
      expect(await read(tf.io.fromMemory(artifacts))).toEqual(expected);
      expect(tf.memory().numTensors).toBe(before);
    });

    test('data that ends too early is an error, and leaves nothing behind', async () => {
      const artifacts = await artifactsOf(known.weights);
      const before = tf.memory().numDataBuffers;
      const short = { ...artifacts, weightData: artifacts.weightData.slice(0, -3) };
      await expect(tf.loadGraphModel(tf.io.fromMemory(short))).rejects.toMatchObject({
        code: 'BAD_MODEL',
        message: expect.stringMatching(/weightData: expected \d+ bytes, got \d+/),
      });
      expect(tf.memory().numDataBuffers).toBe(before);
    });
  });
});
