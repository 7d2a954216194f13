'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { ReadableStream } = require('node:stream/web');
const {
  tf,
  makeFolder,
  bytesOf,
  weight,
  specOf,
  writeGraphModel,
  loadWeights,
  identityGraph,
  failureOf,
} = require('./support');

const WRITE_ONCE = /^weights-[0-9a-f]{32}\.bin$/;

/** Artifacts with one weight of the given values, and the number as metadata. */
function artifactsOf(number, length = 4) {
  const { bytes, ...spec } = weight('w', new Float32Array(length).fill(number));
  return {
    format: 'graph-model',
    generatedBy: 'test',
    convertedBy: null,
    modelTopology: identityGraph([spec]),
    weightSpecs: [spec],
    weightData: Uint8Array.from(bytes).buffer,
    userDefinedMetadata: { number },
  };
}

function readModel(folder) {
  return JSON.parse(fs.readFileSync(path.join(folder, 'model.json'), 'utf8'));
}

async function valuesAt(folder) {
  return [...(await loadWeights(`file://${folder}`)).w.values];
}

describe('a layers model', () => {
  function makeModel() {
    return tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [8, 8, 2], activation: 'relu' }),
        tf.layers.batchNormalization(),
        tf.layers.flatten(),
        tf.layers.dense({ units: 4, activation: 'softmax' }),
      ],
    });
  }

  test('comes back the same', async () => {
    const folder = path.join(makeFolder(), 'not', 'there yet');
    const model = makeModel();
    model.setUserDefinedMetadata({ labels: ['é', 'b'] });
    const before = Date.now();
    const { modelArtifactsInfo, ...rest } = await model.save(`file://${folder}`);

    expect(rest).toEqual({});
    const json = readModel(folder);
    expect(fs.readdirSync(folder).sort()).toEqual(['model.json', 'weights.bin']);
    expect(Object.keys(json)).toEqual([
      'modelTopology',
      'weightsManifest',
      'format',
      'generatedBy',
      'convertedBy',
      'userDefinedMetadata',
    ]);
    expect(json.weightsManifest).toHaveLength(1);
    expect(json.weightsManifest[0].paths).toEqual(['weights.bin']);
    expect(json).toMatchObject({ format: 'layers-model', convertedBy: null });
    expect(json.generatedBy).toMatch(/^TensorFlow\.js tfjs-layers v/);
    const sizeBytes = fs.statSync(path.join(folder, 'weights.bin')).size;
    expect(modelArtifactsInfo).toEqual({
      dateSaved: expect.any(Date),
      modelTopologyType: 'JSON',
      modelTopologyBytes: Buffer.byteLength(JSON.stringify(json.modelTopology)),
      weightSpecsBytes: Buffer.byteLength(JSON.stringify(json.weightsManifest[0].weights)),
      weightDataBytes: sizeBytes,
    });
    expect(modelArtifactsInfo.dateSaved.getTime()).toBeGreaterThanOrEqual(before);

    const loaded = await tf.loadLayersModel(`file://${folder}/model.json`);
    expect(loaded.getUserDefinedMetadata()).toEqual({ labels: ['é', 'b'] });
    const x = tf.randomNormal([2, 8, 8, 2], 0, 1, 'float32', 7);
    expect(await loaded.predict(x).data()).toEqual(await model.predict(x).data());
  });

  test('with its optimizer goes on training where it stopped', async () => {
    const folder = makeFolder();
    const model = makeModel();
    model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy' });
    const x = tf.randomNormal([8, 8, 8, 2], 0, 1, 'float32', 1);
    const y = tf.oneHot(tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], 'int32'), 4);
    const step = (m) => m.fit(x, y, { epochs: 1, batchSize: 8, shuffle: false, verbose: 0 });
    await step(model);
    await model.save(tf.io.fileSystem(folder), { includeOptimizer: true });
    const { trainingConfig, weightsManifest } = readModel(folder);
    expect(trainingConfig.optimizer_config.class_name).toBe('Adam');
    expect(weightsManifest[0].weights.some(({ group }) => group === 'optimizer')).toBe(true);

    const loaded = await tf.loadLayersModel(`file://${folder}`);
    const [a, b] = [(await step(model)).history.loss, (await step(loaded)).history.loss];
    expect(b).toEqual(a);
    expect(await loaded.predict(x).data()).toEqual(await model.predict(x).data());
  });
});

describe('a graph model', () => {
  const quantization = { dtype: 'uint8', scale: 0.5, min: -3 };
  const groups = [
    [weight('a', Float32Array.of(1, 2, 3))],
    [
      { ...weight('q', Uint8Array.of(0, 100, 255)), dtype: 'float32', quantization },
      { name: 's', shape: [1], dtype: 'string', bytes: Buffer.from('\u0002\0\0\0hi') },
    ],
  ];
  const extra = {
    signature: { inputs: {}, outputs: { y: { name: 'out/a' } } },
    modelInitializer: { node: [], versions: {} },
    initializerSignature: { inputs: {}, outputs: {} },
    userDefinedMetadata: { structuredOutputKeys: ['y'] },
  };

  test.each([
    ['loaded at once', {}],
    ['loaded as a stream', { streamWeights: true }],
  ])('%s comes back with its quantized weights and all its fields', async (_, options) => {
    const file = writeGraphModel(makeFolder(), groups, { cuts: [2], extra });
    const folder = makeFolder();
    const model = await tf.loadGraphModel(`file://${file}`, options);
    const { modelArtifactsInfo } = await model.save(`file://${folder}`);
    expect(modelArtifactsInfo.weightDataBytes).toBe(12 + 3 + 6);
    expect(fs.readFileSync(path.join(folder, 'weights.bin'))).toEqual(
      Buffer.concat(groups.flat().map(({ bytes }) => bytes)),
    );
    const { weightsManifest, ...json } = readModel(folder);
    const { weightsManifest: source, ...sourceJson } = JSON.parse(fs.readFileSync(file));
    expect(json).toEqual(sourceJson);
    expect(weightsManifest[0].weights).toEqual(source.flatMap((group) => group.weights));
    expect(await loadWeights(`file://${folder}`)).toEqual(await loadWeights(`file://${file}`));
  });

  test('loaded as a stream can be saved over itself', async () => {
    const file = writeGraphModel(makeFolder(), groups, { extra });
    const folder = path.dirname(file);
    const before = await loadWeights(`file://${file}`);
    const model = await tf.loadGraphModel(`file://${file}`, { streamWeights: true });
    await model.save(`file://${folder}`);
    expect(await loadWeights(`file://${file}`)).toEqual(before);
  });
});

describe('artifacts', () => {
  test.each([
    ['an ArrayBuffer', (data) => data],
    ['several ArrayBuffers', (data) => [data.slice(0, 3), new ArrayBuffer(0), data.slice(3)]],
    ['a view of a larger buffer', (data) => viewInside(data)],
    ['several views', (data) => [viewInside(data.slice(0, 5)), viewInside(data.slice(5))]],
  ])('with the weights in %s', async (_, convert) => {
    const folder = makeFolder();
    const artifacts = artifactsOf(7);
    artifacts.weightData = convert(artifacts.weightData);
    const { modelArtifactsInfo } = await tf.io.fileSystem(folder).save(artifacts);
    expect(modelArtifactsInfo.weightDataBytes).toBe(16);
    expect(await valuesAt(folder)).toEqual([7, 7, 7, 7]);
  });

  function viewInside(data) {
    const larger = new Uint8Array(data.byteLength + 9).fill(255);
    larger.set(new Uint8Array(data), 4);
    return larger.subarray(4, 4 + data.byteLength);
  }

  test('of a topology only', async () => {
    const folder = makeFolder();
    const { modelTopology } = artifactsOf(1);
    const { modelArtifactsInfo } = await tf.io.fileSystem(folder).save({ modelTopology });
    expect(modelArtifactsInfo.weightDataBytes).toBe(0);
    expect(fs.readdirSync(folder)).toEqual(['model.json']);
    expect(await tf.io.fileSystem(folder).load()).toEqual({ modelTopology });
  });

  const data = new ArrayBuffer(16);
  const stream = (error) => () =>
    new ReadableStream({
      pull: (controller) => (error ? controller.error(error) : controller.close()),
    });
  test.each([
    [{ modelTopology: data }, 'BAD_ATTR', /modelTopology: .* binary ones cannot be saved/],
    [{ modelTopology: undefined }, 'BAD_ATTR', /modelTopology: expected a JSON object, got undef/],
    [{ weightData: undefined }, 'BAD_ATTR', /weightData: expected along with weightSpecs/],
    [{ weightSpecs: undefined }, 'BAD_ATTR', /weightSpecs: expected along with weightData/],
    [{ weightData: 'x' }, 'BAD_ATTR', /weightData: expected an ArrayBuffer .*got "x"/],
    [{ weightData: [data, 7] }, 'BAD_ATTR', /weightData: expected an ArrayBuffer .*got 7/],
    [{ weightData: new ArrayBuffer(15) }, 'BAD_MODEL', /expected 16 bytes .*, got 15 bytes/],
    [{ weightData: [data, data] }, 'BAD_MODEL', /expected 16 bytes .*, got 32 bytes/],
    [{ weightSpecs: [{ name: 'w', shape: [-1] }] }, 'BAD_MODEL', /weightSpecs\[0\] \("w"\): dtype/],
    [
      { weightData: undefined, getWeightStream: stream() },
      'BAD_MODEL',
      /expected 16 bytes for 1 weights, got 0 bytes/,
    ],
    [
      { weightData: undefined, getWeightStream: stream(new Error('line is down')) },
      'BAD_MODEL',
      /the model cannot be saved \(line is down\)/,
    ],
    [{ userDefinedMetadata: { number: 1n } }, 'BAD_MODEL', /the model cannot be saved .*BigInt/],
  ])('that do not fit are refused: %#', async (change, code, message) => {
    const folder = makeFolder();
    await tf.io.fileSystem(folder).save(artifactsOf(3));
    const error = await failureOf(tf.io.fileSystem(folder).save({ ...artifactsOf(4), ...change }));
    expect(error).toMatchObject({ code, op: 'saveModel' });
    expect(error.message).toMatch(message);
    // What was there is still there, and nothing else.
    expect(fs.readdirSync(folder).sort()).toEqual(['model.json', 'weights.bin']);
    expect(await valuesAt(folder)).toEqual([3, 3, 3, 3]);

    const fresh = path.join(makeFolder(), 'new');
    await failureOf(tf.io.fileSystem(fresh).save({ ...artifactsOf(4), ...change }));
    expect(fs.existsSync(fresh) ? fs.readdirSync(fresh) : []).toEqual([]);
  });
});

describe('saving over a model', () => {
  test('uses a new name for the weights and removes the old ones, not the files of others', async () => {
    const folder = makeFolder();
    const others = ['group1-shard1of1.bin', `weights-${'0'.repeat(32)}.bin`, 'notes.txt'];
    for (const name of others) fs.writeFileSync(path.join(folder, name), 'x');
    const seen = new Set();
    for (let number = 1; number <= 4; number++) {
      await tf.io.fileSystem(folder).save(artifactsOf(number));
      const [name] = readModel(folder).weightsManifest[0].paths;
      if (number === 1) expect(name).toBe('weights.bin');
      else expect(name).toMatch(WRITE_ONCE);
      seen.add(name);
      expect(fs.readdirSync(folder).sort()).toEqual(['model.json', name, ...others].sort());
      expect(await valuesAt(folder)).toEqual(Array(4).fill(number));
    }
    expect(seen.size).toBe(4);
  });

  test('the same model twice does not lose its weights', async () => {
    const folder = makeFolder();
    for (let i = 0; i < 3; i++) await tf.io.fileSystem(folder).save(artifactsOf(5));
    expect(await valuesAt(folder)).toEqual([5, 5, 5, 5]);
  });

  test('weights.bin without a model.json is not touched', async () => {
    const folder = makeFolder();
    fs.writeFileSync(path.join(folder, 'weights.bin'), 'precious');
    await tf.io.fileSystem(folder).save(artifactsOf(5));
    expect(fs.readFileSync(path.join(folder, 'weights.bin'), 'utf8')).toBe('precious');
    expect(await valuesAt(folder)).toEqual([5, 5, 5, 5]);
  });

  test('where links are unknown, the weights of a first save get a name drawn at random', async () => {
    const folder = makeFolder();
    const refused = Object.assign(new Error('EPERM: not permitted, link'), { code: 'EPERM' });
    const link = jest.spyOn(fs.promises, 'link').mockRejectedValue(refused);
    try {
      await tf.io.fileSystem(folder).save(artifactsOf(5));
    } finally {
      link.mockRestore();
    }
    expect(readModel(folder).weightsManifest[0].paths[0]).toMatch(WRITE_ONCE);
    expect(fs.readdirSync(folder)).toHaveLength(2);
    expect(await valuesAt(folder)).toEqual([5, 5, 5, 5]);
  });

  test('a model.json that nobody can read is replaced', async () => {
    const folder = makeFolder();
    fs.writeFileSync(path.join(folder, 'model.json'), '{"weightsManifest": ');
    await tf.io.fileSystem(folder).save(artifactsOf(5));
    expect(await valuesAt(folder)).toEqual([5, 5, 5, 5]);
  });

  test('removes nothing outside of the folder, whatever the old manifest says', async () => {
    const root = makeFolder();
    const folder = path.join(root, 'model');
    const outside = path.join(root, 'weights.bin');
    fs.mkdirSync(folder);
    fs.writeFileSync(outside, 'x');
    const weightsManifest = [{ paths: ['../weights.bin', outside, null], weights: [] }];
    fs.writeFileSync(path.join(folder, 'model.json'), JSON.stringify({ weightsManifest }));
    await tf.io.fileSystem(folder).save(artifactsOf(5));
    expect(fs.existsSync(outside)).toBe(true);
  });
});

describe('a save that fails on the way', () => {
  /** The calls of a save over a model, in their order; `nth` fails of each. */
  const calls = [
    ['mkdir', 1],
    ['open', 1],
    ['rename', 1],
    ['open', 2],
    ['open', 3],
    ['rename', 2],
  ];
  test.each(calls)('in %s, call %i', async (name, nth) => {
    const folder = makeFolder();
    await tf.io.fileSystem(folder).save(artifactsOf(1));
    const real = fs.promises[name];
    let count = 0;
    const spy = jest.spyOn(fs.promises, name).mockImplementation((...args) => {
      if (++count !== nth) return real(...args);
      return Promise.reject(Object.assign(new Error('ENOSPC: disk full'), { code: 'ENOSPC' }));
    });
    let error;
    try {
      error = await failureOf(tf.io.fileSystem(folder).save(artifactsOf(2)));
    } finally {
      spy.mockRestore();
    }
    expect(count).toBeGreaterThanOrEqual(nth);
    expect(error).toMatchObject({ code: 'BAD_MODEL', op: 'saveModel' });
    expect(error.message).toContain(`${folder}: the model cannot be saved (ENOSPC: disk full)`);
    expect(error.cause.code).toBe('ENOSPC');
    expect(fs.readdirSync(folder).sort()).toEqual(['model.json', 'weights.bin']);
    expect(await valuesAt(folder)).toEqual([1, 1, 1, 1]);
  });

  test('as the disk fills up while the weights are written', async () => {
    const folder = makeFolder();
    await tf.io.fileSystem(folder).save(artifactsOf(1));
    const real = fs.promises.open;
    const spy = jest.spyOn(fs.promises, 'open').mockImplementation(async (...args) => {
      const handle = await real(...args);
      handle.write = () => Promise.reject(new Error('ENOSPC: disk full'));
      return handle;
    });
    const error = await failureOf(tf.io.fileSystem(folder).save(artifactsOf(2)));
    const handles = await Promise.all(spy.mock.results.map(({ value }) => value));
    spy.mockRestore();
    expect(error.message).toMatch(/disk full/);
    expect(handles.map(({ fd }) => fd)).toEqual([-1]);
    expect(fs.readdirSync(folder).sort()).toEqual(['model.json', 'weights.bin']);
    expect(await valuesAt(folder)).toEqual([1, 1, 1, 1]);
  });

  test('because a file lies where the folder should be', async () => {
    const file = path.join(makeFolder(), 'file');
    fs.writeFileSync(file, 'x');
    for (const [target, problem] of [
      [file, 'exists as a file; expected a directory, or nothing'],
      [path.join(file, 'below'), 'expected a path of directories, but a file is in the way'],
    ]) {
      const error = await failureOf(tf.io.fileSystem(target).save(artifactsOf(1)));
      expect(error).toMatchObject({ code: 'BAD_MODEL', op: 'saveModel' });
      expect(error.message).toContain(`${target}: ${problem}`);
    }
    expect(fs.readFileSync(file, 'utf8')).toBe('x');
  });

  const linuxTest = process.platform === 'linux' ? test : test.skip;
  linuxTest('because no folder can be made there', async () => {
    const error = await failureOf(tf.io.fileSystem('/proc/no-such/model').save(artifactsOf(1)));
    expect(error).toMatchObject({ code: 'BAD_MODEL', op: 'saveModel' });
    expect(error.message).toContain('/proc/no-such/model: the model cannot be saved (ENOENT');
  });

  const posixTest = process.platform === 'win32' ? test.skip : test;
  posixTest('because the folder is a link to nowhere', async () => {
    const link = path.join(makeFolder(), 'link');
    fs.symlinkSync(path.join(link, '..', 'nowhere', 'x'), link);
    for (const target of [link, path.join(link, 'below')]) {
      const error = await failureOf(tf.io.fileSystem(target).save(artifactsOf(1)));
      expect(error).toMatchObject({ code: 'BAD_MODEL', op: 'saveModel' });
      expect(error.message).toContain(`${target}: `);
    }
  });

  test('because model.json is a folder', async () => {
    const folder = makeFolder();
    fs.mkdirSync(path.join(folder, 'model.json', 'x'), { recursive: true });
    const error = await failureOf(tf.io.fileSystem(folder).save(artifactsOf(1)));
    expect(error.message).toContain('the model cannot be saved');
    expect(fs.readdirSync(folder)).toEqual(['model.json']);
  });
});

test('every file is on the disk before the rename that makes it the model', async () => {
  const folder = makeFolder();
  await tf.io.fileSystem(folder).save(artifactsOf(1));
  const events = [];
  const { open, rename } = fs.promises;
  const openSpy = jest.spyOn(fs.promises, 'open').mockImplementation(async (file, ...args) => {
    const handle = await open(file, ...args);
    const sync = handle.sync.bind(handle);
    handle.sync = () => {
      const name = path.relative(folder, file).replace(/[0-9a-f]{32}/, 'ID') || 'folder';
      events.push(`sync ${name}`);
      return sync();
    };
    return handle;
  });
  const renameSpy = jest.spyOn(fs.promises, 'rename').mockImplementation((from, to) => {
    events.push(`rename ${path.basename(to).replace(/[0-9a-f]{32}/, 'ID')}`);
    return rename(from, to);
  });
  try {
    await tf.io.fileSystem(folder).save(artifactsOf(2));
  } finally {
    openSpy.mockRestore();
    renameSpy.mockRestore();
  }
  const folderSync = process.platform === 'win32' ? [] : ['sync folder'];
  expect(events).toEqual([
    'sync .weights-ID.tmp',
    'rename weights-ID.bin',
    ...folderSync,
    'sync .model-ID.tmp',
    'rename model.json',
    ...folderSync,
  ]);
});

test('bytes are written as they are', async () => {
  const folder = makeFolder();
  const values = Float32Array.from({ length: 3_000_000 }, (_, i) => i * 0.5);
  const spec = specOf(weight('w', values));
  const artifacts = { ...artifactsOf(0), weightSpecs: [spec], weightData: values.buffer };
  await tf.io.fileSystem(folder).save(artifacts);
  const written = fs.readFileSync(path.join(folder, 'weights.bin'));
  expect(written.equals(bytesOf(values))).toBe(true);
});
