'use strict';

const fs = require('node:fs');
const path = require('node:path');
const {
  tf,
  makeFolder,
  bytesOf,
  weight,
  writeGraphModel,
  loadWeights,
  identityGraph,
} = require('./support');

const STREAM = { streamWeights: true };

/** Values that differ everywhere, so that a shifted byte shows. */
function ramp(count, offset = 0) {
  return Float32Array.from({ length: count }, (_, i) => i + offset + 0.25);
}

/** A string weight as tfjs-core stores it. */
function stringWeight(name, strings) {
  const records = strings.map((string) => {
    const bytes = Buffer.from(string, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  return { name, shape: [strings.length], dtype: 'string', bytes: Buffer.concat(records) };
}

function quantized(name, dtype, array, quantization, extra = {}) {
  const spec = { name, shape: [array.length], dtype, quantization, bytes: bytesOf(array) };
  return { ...spec, ...extra };
}

/** IEEE 754 binary16, from the definition. */
function float16Value(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

describe.each([
  ['at once', {}],
  ['as a stream', STREAM],
])('%s', (_, options) => {
  test.each([
    ['in one file', []],
    ['in two shards, the second longer', [4]],
    ['in shards that cut through elements', [3, 5, 6, 101, 250]],
    ['in shards of one byte', Array.from({ length: 59 }, (_, i) => i + 1)],
    ['in shards of which some are empty', [0, 0, 40, 40, 40, 41]],
  ])('weights %s', async (_, cuts) => {
    const groups = [
      [weight('a', ramp(7)), weight('b', Int32Array.of(-1, 2 ** 31 - 1, -(2 ** 31)))],
      [weight('c', Uint8Array.of(1, 0, 1)), weight('d', ramp(60, 1000))],
      [weight('e', ramp(1, 5000))],
    ];
    const file = writeGraphModel(makeFolder(), groups, { cuts });
    const loaded = await loadWeights(`file://${file}`, options);
    expect(loaded).toEqual({
      a: { values: ramp(7), dtype: 'float32', shape: [7] },
      b: { values: Int32Array.of(-1, 2 ** 31 - 1, -(2 ** 31)), dtype: 'int32', shape: [3] },
      c: { values: Uint8Array.of(1, 0, 1), dtype: 'bool', shape: [3] },
      d: { values: ramp(60, 1000), dtype: 'float32', shape: [60] },
      e: { values: ramp(1, 5000), dtype: 'float32', shape: [1] },
    });
  });

  test('scalars, empty weights, an empty group', async () => {
    const groups = [
      [weight('scalar', Float32Array.of(2.5), { shape: [] })],
      [],
      [weight('empty', new Float32Array(0), { shape: [0, 3] }), weight('last', ramp(2))],
    ];
    const loaded = await loadWeights(`file://${writeGraphModel(makeFolder(), groups)}`, options);
    expect(loaded.scalar).toEqual({ values: Float32Array.of(2.5), dtype: 'float32', shape: [] });
    expect(loaded.empty).toEqual({ values: new Float32Array(0), dtype: 'float32', shape: [0, 3] });
    expect(loaded.last.values).toEqual(ramp(2));
  });

  test('only empty weights, and none', async () => {
    const empty = weight('empty', new Float32Array(0), { shape: [3, 0] });
    const file = writeGraphModel(makeFolder(), [[empty]]);
    expect((await loadWeights(`file://${file}`, options)).empty.shape).toEqual([3, 0]);
    const none = writeGraphModel(makeFolder(), []);
    expect(await loadWeights(`file://${none}`, options)).toEqual({});
  });

  test('every float16 value', async () => {
    const bits = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
    const groups = [[quantized('half', 'float32', bits, { dtype: 'float16' })]];
    const file = writeGraphModel(makeFolder(), groups, { cuts: [12345] });
    const { half } = await loadWeights(`file://${file}`, options);
    expect(half.dtype).toBe('float32');
    expect(half.values).toEqual(Float32Array.from(bits, float16Value));
    expect(Object.is(half.values[0x8000], -0)).toBe(true);
  });

  test('every uint8 and uint16 value, to float32 and int32', async () => {
    const bytes = Uint8Array.from({ length: 2 ** 8 }, (_, i) => i);
    const words = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
    const scale = 0.00392;
    const min = -1.37;
    const groups = [
      [
        // An odd number of bytes first: the following weights are not aligned in the file.
        quantized('odd', 'float32', Uint8Array.of(255), { dtype: 'uint8', scale, min }),
        quantized('f8', 'float32', bytes, { dtype: 'uint8', scale, min }),
        quantized('f16', 'float32', words, { dtype: 'uint16', scale, min }),
        quantized('i8', 'int32', bytes, { dtype: 'uint8', scale: 3.5, min: -100 }),
        quantized('i16', 'int32', words, { dtype: 'uint16', scale: 1, min: -7 }),
        weight('plain', ramp(3)),
      ],
    ];
    const file = writeGraphModel(makeFolder(), groups, { cuts: [200, 70001] });
    const loaded = await loadWeights(`file://${file}`, options);
    expect(loaded.odd.values).toEqual(Float32Array.of(255 * scale + min));
    expect(loaded.f8.values).toEqual(Float32Array.from(bytes, (v) => v * scale + min));
    expect(loaded.f16.values).toEqual(Float32Array.from(words, (v) => v * scale + min));
    expect(loaded.i8.values).toEqual(Int32Array.from(bytes, (v) => Math.round(v * 3.5 - 100)));
    expect(loaded.i16.values).toEqual(Int32Array.from(words, (v) => v - 7));
    expect(loaded.i8.dtype).toBe('int32');
    expect(loaded.plain.values).toEqual(ramp(3));
  });

  test('a quantization of null is none', async () => {
    const groups = [[weight('a', ramp(3), { quantization: null })]];
    const file = writeGraphModel(makeFolder(), groups);
    expect((await loadWeights(`file://${file}`, options)).a.values).toEqual(ramp(3));
  });

  test('strings, also across shards and larger than the read window', async () => {
    const words = ['', 'é', 'x'.repeat(300), 'モデル', '\u0000'];
    const long = Array.from({ length: 200 }, (_, i) => `${i}-`.repeat(1 + ((i * 37) % 500)));
    const groups = [
      [weight('a', ramp(3)), stringWeight('words', words), weight('b', ramp(2))],
      [stringWeight('long', long), stringWeight('none', []), weight('c', Uint8Array.of(1))],
    ];
    const file = writeGraphModel(makeFolder(), groups, { cuts: [13, 14, 20, 70000] });
    const loaded = await loadWeights(`file://${file}`, options);
    expect(loaded.words).toEqual({ values: words, dtype: 'string', shape: [5] });
    expect(loaded.long.values).toEqual(long);
    expect(loaded.none.shape).toEqual([0]);
    expect(loaded.b.values).toEqual(ramp(2));
    expect(loaded.c.values).toEqual(Uint8Array.of(1));
  });

  test('complex64', async () => {
    const interleaved = { ...weight('z', ramp(6)), shape: [3], dtype: 'complex64' };
    const file = writeGraphModel(makeFolder(), [[interleaved, weight('a', ramp(1))]]);
    const model = await tf.loadGraphModel(`file://${file}`, options);
    const [z] = model.weights.z;
    expect(z.dtype).toBe('complex64');
    expect(await tf.real(z).data()).toEqual(Float32Array.of(0.25, 2.25, 4.25));
    expect(await tf.imag(z).data()).toEqual(Float32Array.of(1.25, 3.25, 5.25));
    model.dispose();
  });

  test('weights in a folder below, with names to decode', async () => {
    const folder = makeFolder();
    const file = writeGraphModel(folder, [[weight('a', ramp(3)), weight('b', ramp(3, 10))]], {
      cuts: [12],
    });
    fs.mkdirSync(path.join(folder, 'w é'));
    fs.renameSync(path.join(folder, 'group1-shard1of2.bin'), path.join(folder, 'w é', 'one 1.bin'));
    fs.renameSync(path.join(folder, 'group1-shard2of2.bin'), path.join(folder, '50%.bin'));
    for (const first of ['w é/one 1.bin', 'w%20%C3%A9/one%201.bin', './w é/../w é/one 1.bin']) {
      const json = JSON.parse(fs.readFileSync(file));
      json.weightsManifest[0].paths = [first, './50%.bin'];
      fs.writeFileSync(file, JSON.stringify(json));
      const { a, b } = await loadWeights(`file://${file}`, options);
      expect([a.values, b.values]).toEqual([ramp(3), ramp(3, 10)]);
    }
  });

  test('onProgress rises to 1', async () => {
    const file = writeGraphModel(makeFolder(), [[weight('a', ramp(50))], [weight('b', ramp(7))]], {
      cuts: [10, 20, 30],
    });
    const fractions = [];
    const onProgress = (fraction) => fractions.push(fraction);
    await loadWeights(`file://${file}`, { ...options, onProgress });
    expect(fractions.length).toBeGreaterThan(1);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
  });

  test('metadata arrives, unknown fields do not', async () => {
    const metadata = {
      generatedBy: 'someone',
      convertedBy: 'something',
      signature: { inputs: {}, outputs: { y: { name: 'out/a', dtype: 'DT_FLOAT' } } },
      userDefinedMetadata: { labels: ['cat', 'dog'] },
      trainingConfig: { loss: 'meanSquaredError' },
      modelInitializer: { node: [] },
      initializerSignature: { inputs: {}, outputs: {} },
    };
    // Named like fields of the artifacts that are not in files.
    const strangers = { getWeightStream: 'x', weightData: 'y', weightSpecs: 'z' };
    const extra = { ...metadata, ...strangers };
    const file = writeGraphModel(makeFolder(), [[weight('a', ramp(2))]], { extra });
    const [handler] = tf.io.getLoadHandlers(`file://${file}`, options);
    const artifacts = await handler.load();
    expect(artifacts).toMatchObject(metadata);
    expect(artifacts.format).toBe('graph-model');
    expect(artifacts.modelTopology.node).toHaveLength(2);
    expect(artifacts.weightSpecs).toEqual([{ name: 'a', shape: [2], dtype: 'float32' }]);
    expect(artifacts.weightsManifest).toBeUndefined();
    expect(typeof artifacts.getWeightStream).toBe(options.streamWeights ? 'function' : 'undefined');
    expect(artifacts.weightData === undefined).toBe(options.streamWeights === true);
  });

  test('an initializer fills its hash table', async () => {
    const specs = [
      stringWeight('keys', ['a', 'b']),
      weight('values', Float32Array.of(10, 20)),
      stringWeight('query', ['b']),
      weight('default', Float32Array.of(-1), { shape: [] }),
    ];
    const graph = identityGraph(specs);
    const table = {
      name: 'table',
      op: 'HashTableV2',
      attr: { key_dtype: { type: 'DT_STRING' }, value_dtype: { type: 'DT_FLOAT' } },
    };
    graph.node.push(table, {
      name: 'found',
      op: 'LookupTableFindV2',
      input: ['table', 'query', 'default'],
      attr: { Tin: { type: 'DT_STRING' }, Tout: { type: 'DT_FLOAT' } },
    });
    const initializer = identityGraph(specs.slice(0, 2));
    initializer.node.push(table, {
      name: 'fill',
      op: 'LookupTableImportV2',
      input: ['table', 'keys', 'values'],
      attr: { Tin: { type: 'DT_STRING' }, Tout: { type: 'DT_FLOAT' } },
    });
    const extra = { modelTopology: graph, modelInitializer: initializer };
    const file = writeGraphModel(makeFolder(), [specs], { extra });
    const model = await tf.loadGraphModel(`file://${file}`, options);
    const found = await model.executeAsync({}, 'found');
    expect(await found.data()).toEqual(Float32Array.of(20));
    model.dispose();
  });
});

describe('streaming', () => {
  test('gives one chunk for each weight that is not empty, again and again', async () => {
    const groups = [
      [weight('a', ramp(7)), weight('none', ramp(0))],
      [weight('b', Uint8Array.of(1)), stringWeight('c', ['xyz'])],
    ];
    const file = writeGraphModel(makeFolder(), groups, { cuts: [3] });
    const { getWeightStream } = await tf.io.fileSystem(file).loadStream();
    for (let round = 0; round < 2; round++) {
      const chunks = [];
      for await (const chunk of getWeightStream()) chunks.push(chunk);
      expect(chunks.every((chunk) => chunk instanceof ArrayBuffer)).toBe(true);
      expect(chunks.map((chunk) => chunk.byteLength)).toEqual([28, 1, 7]);
    }
  });

  test('reads nothing before it is asked, and closes its file with the last weight', async () => {
    const open = jest.spyOn(fs.promises, 'open');
    try {
      const file = writeGraphModel(makeFolder(), [[weight('a', ramp(7)), weight('b', ramp(2))]]);
      const { getWeightStream } = await tf.io.fileSystem(file).loadStream();
      const reader = getWeightStream().getReader();
      expect(open).not.toHaveBeenCalled();
      await reader.read();
      const handle = await open.mock.results[0].value;
      expect(handle.fd).toBeGreaterThan(0);
      await reader.read();
      await reader.closed;
      expect(open).toHaveBeenCalledTimes(1);
      expect(handle.fd).toBe(-1);
    } finally {
      open.mockRestore();
    }
  });

  test('closes its file when it is cancelled', async () => {
    const open = jest.spyOn(fs.promises, 'open');
    try {
      const file = writeGraphModel(makeFolder(), [[weight('a', ramp(7)), weight('b', ramp(2))]]);
      const { getWeightStream } = await tf.io.fileSystem(file).loadStream();
      const reader = getWeightStream().getReader();
      await reader.read();
      await reader.cancel();
      expect((await open.mock.results[0].value).fd).toBe(-1);
    } finally {
      open.mockRestore();
    }
  });

  test('a layers model is loaded at once: it could not take a stream', async () => {
    const folder = makeFolder();
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    await model.save(`file://${folder}`);
    const loaded = await tf.loadLayersModel(`file://${folder}`, STREAM);
    const weights = (m) => Promise.all(m.getWeights().map((tensor) => tensor.data()));
    expect(await weights(loaded)).toEqual(await weights(model));
  });
});

describe('other places for the weights', () => {
  test('weightPathPrefix', async () => {
    const folder = makeFolder();
    const file = writeGraphModel(path.join(folder, 'a b'), [[weight('a', ramp(3))]]);
    fs.mkdirSync(path.join(folder, 'model'));
    fs.renameSync(file, path.join(folder, 'model', 'model.json'));
    const url = `file://${folder}/model`;
    for (const weightPathPrefix of [`file://${folder}/a%20b/`, path.join(folder, 'a b')]) {
      const { a } = await loadWeights(url, { weightPathPrefix });
      expect(a.values).toEqual(ramp(3));
    }
    await expect(loadWeights(url)).rejects.toThrow(/does not exist/);
  });

  test('weightUrlConverter', async () => {
    const folder = makeFolder();
    const file = writeGraphModel(path.join(folder, 'model'), [[weight('a', ramp(3))]]);
    const elsewhere = path.join(folder, 'x.bin');
    fs.renameSync(path.join(folder, 'model', 'group1-shard1of1.bin'), elsewhere);
    for (const answer of [elsewhere, `file://${elsewhere}`]) {
      const weightUrlConverter = jest.fn(async () => answer);
      const { a } = await loadWeights(`file://${file}`, { weightUrlConverter });
      expect(a.values).toEqual(ramp(3));
      expect(weightUrlConverter).toHaveBeenCalledWith('group1-shard1of1.bin');
    }
    for (const answer of ['https://m/x.bin', undefined]) {
      const weightUrlConverter = async () => answer;
      await expect(loadWeights(`file://${file}`, { weightUrlConverter })).rejects.toMatchObject({
        code: 'BAD_ATTR',
        message: expect.stringContaining('weightUrlConverter'),
      });
    }
    const weightUrlConverter = async () => `${elsewhere}.gone`;
    await expect(loadWeights(`file://${file}`, { weightUrlConverter })).rejects.toThrow(
      `Weight file ${elsewhere}.gone does not exist`,
    );
  });
});

test('a model.json that starts with a byte order mark', async () => {
  const file = writeGraphModel(makeFolder(), [[weight('a', ramp(3))]]);
  fs.writeFileSync(file, `\ufeff${fs.readFileSync(file, 'utf8')}`);
  expect((await loadWeights(`file://${file}`)).a.values).toEqual(ramp(3));
});

test('a topology without weights', async () => {
  const folder = makeFolder();
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
  const topology = { modelTopology: model.toJSON(null, false), format: 'layers-model' };
  fs.writeFileSync(path.join(folder, 'model.json'), JSON.stringify(topology));
  const loaded = await tf.loadLayersModel(`file://${folder}`);
  expect(loaded.outputs[0].shape).toEqual([null, 2]);
});

test('weights that one buffer cannot hold come in buffers of one size', async () => {
  const { readWeights } = require('../../lib/io/weight-reader');
  const { fileIdentity } = require('../../lib/io/files');
  const folder = makeFolder();
  const bytes = Buffer.from(Array.from({ length: 103 }, (_, i) => i));
  const files = [];
  for (const [start, end] of [
    [0, 3],
    [3, 3],
    [3, 61],
    [61, 103],
  ]) {
    // prettier-ignore
    const file = path.join(folder, `${start}-${end}`);
    fs.writeFileSync(file, bytes.subarray(start, end));
    const identity = fileIdentity(fs.statSync(file, { bigint: true }));
    files.push({ name: file, file, sizeBytes: end - start, identity });
  }
  for (const bufferBytes of [10, 50, 103, 102]) {
    const buffers = [await readWeights(files, undefined, bufferBytes)].flat();
    expect(buffers.slice(0, -1).every(({ byteLength }) => byteLength === bufferBytes)).toBe(true);
    expect(Buffer.concat(buffers.map((buffer) => new Uint8Array(buffer)))).toEqual(bytes);
    // And tfjs-core reads them right.
    const whole = new Uint8Array(new tf.io.CompositeArrayBuffer(buffers).slice(2, 101));
    expect(Buffer.from(whole)).toEqual(bytes.subarray(2, 101));
  }
});
