'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {
  tf,
  makeFolder,
  weight,
  writeGraphModel,
  editModel,
  loadWeights,
  failureOf,
} = require('./support');
const { NativeError } = require('../../lib/native-error');

const SHARD = 'group1-shard1of2.bin';
const MODES = [{}, { streamWeights: true }];

/** Two weights of 40 and 3 bytes in shards of 30 and 13 bytes. */
function makeModel() {
  const weights = [weight('w', new Float32Array(10)), weight('b', Uint8Array.of(1, 0, 1))];
  return writeGraphModel(makeFolder(), [weights], { cuts: [30] });
}

/** Loads at once and as a stream: both must refuse, in the same words. */
async function refusal(file) {
  const errors = [];
  for (const options of MODES) errors.push(await failureOf(loadWeights(`file://${file}`, options)));
  for (const error of errors) {
    expect(error).toBeInstanceOf(NativeError);
    expect(error).toMatchObject({ code: 'BAD_MODEL', op: 'loadModel' });
    expect(error.message).toBe(errors[0].message);
  }
  expect(errors[0].message).toMatch(/^\[loadModel\] /);
  expect(errors[0].message).toContain(file);
  return errors[0].message;
}

describe('the model.json', () => {
  test.each([
    ['is empty', () => '', /not valid JSON .*expected the model.json of a TensorFlow.js model/],
    ['is cut off', (text) => text.slice(0, -20), /not valid JSON/],
    ['is binary', () => Buffer.of(0xff, 0, 1), /not valid JSON/],
    ['is an array', () => '[]', /expected an object, got an array of 0/],
    ['is a string', () => '"x"', /expected an object, got "x"/],
    ['is null', () => 'null', /expected an object, got null/],
  ])('%s', async (_, change, message) => {
    const file = makeModel();
    fs.writeFileSync(file, change(fs.readFileSync(file, 'utf8')));
    expect(await refusal(file)).toMatch(message);
  });

  test('is not there', async () => {
    const folder = makeFolder();
    const message = /model\.json: does not exist, loading failed; expected the model\.json of a/;
    expect(await refusal(path.join(folder, 'model.json'))).toMatch(message);
    expect(await refusal(path.join(folder, 'no', 'such', 'model.json'))).toMatch(message);
    const error = await failureOf(tf.loadLayersModel(`file://${folder}`));
    expect(error.message).toContain(`${folder}/model.json: does not exist`);
  });

  const posixTest = process.platform === 'win32' ? test.skip : test;
  posixTest('is not a regular file: a pipe would block for ever', async () => {
    const file = path.join(makeFolder(), 'model.json');
    execFileSync('mkfifo', [file]);
    expect(await refusal(file)).toMatch(/not a regular file/);
  });

  test.each([
    ['modelTopology', undefined, /modelTopology: expected an object, got undefined/],
    ['modelTopology', null, /modelTopology: expected an object, got null/],
    ['modelTopology', 'x', /modelTopology: expected an object, got "x"/],
    ['modelTopology', [], /modelTopology: expected an object, got an array of 0/],
    ['modelTopology', {}, /modelTopology\.node: expected an array of graph nodes, got undefined/],
    ['modelTopology', { node: {} }, /modelTopology\.node: .*got a value of type object/],
    ['modelTopology', { node: [] }, /modelTopology\.versions: expected an object/],
    ['modelTopology', { node: [null] }, /node\[0\]: expected a node with a name .*got null/],
    [
      'modelTopology',
      { node: [{ op: 'Add' }] },
      /node\[0\]: expected a node with a name and an op/,
    ],
    ['modelTopology', { node: [{ name: 'a', op: 7 }] }, /node\[0\]: expected a node with a name/],
    [
      'modelTopology',
      { node: [{ name: 'a', op: 'Add', input: 'b' }] },
      /node\[0\] \("a"\): input: expected an array, got "b"/,
    ],
    [
      'modelTopology',
      { node: [{ name: 'a', op: 'Abs', input: ['^b:1'] }] },
      /node\[0\] \("a"\): input: expected the name of a node, got "\^b:1"/,
    ],
    ['weightsManifest', undefined, /weightsManifest: expected an array of groups, got undefined/],
    [
      'weightsManifest',
      {},
      /weightsManifest: expected an array of groups, got a value of type obj/,
    ],
    ['weightsManifest', 'x', /weightsManifest: expected an array of groups, got "x"/],
    ['weightsManifest', [null], /weightsManifest\[0\]: expected an object, got null/],
    ['weightsManifest', [[]], /weightsManifest\[0\]: expected an object, got an array/],
    ['weightsManifest', [{ weights: [] }], /weightsManifest\[0\]\.paths: expected an array/],
    ['weightsManifest', [{ paths: [] }], /weightsManifest\[0\]\.weights: expected an array/],
    ['weightsManifest', [{ paths: [7], weights: [] }], /paths\[0\]: expected a file name, got 7/],
    ['weightsManifest', [{ paths: [''], weights: [] }], /paths\[0\]: expected a file name, got ""/],
  ])('has the %s %j', async (key, value, message) => {
    const file = makeModel();
    editModel(file, (json) => {
      json[key] = value;
    });
    expect(await refusal(file)).toMatch(message);
  });

  test('is a layers model without a configuration', async () => {
    const file = makeModel();
    editModel(file, (json) => {
      json.format = 'layers-model';
    });
    const error = await failureOf(tf.loadLayersModel(`file://${file}`));
    expect(error.message).toMatch(/modelTopology: expected a model_config or a class_name/);
  });
});

describe('an entry of the manifest', () => {
  const huge = 2 ** 53;
  test.each([
    [null, /weights\[0\]: expected an object with a name, got null/],
    [{ name: undefined }, /weights\[0\]: expected an object with a name/],
    [
      { dtype: 'float64' },
      /weights\[0\] \("w"\): dtype: expected one of float32, .* got "float64"/,
    ],
    [{ dtype: undefined }, /dtype: expected one of .* got undefined/],
    [{ dtype: 'constructor' }, /dtype: expected one of .* got "constructor"/],
    [{ shape: undefined }, /shape: expected an array, got undefined/],
    [{ shape: 10 }, /shape: expected an array, got 10/],
    [{ shape: [-10] }, /shape: expected non-negative integers, got -10/],
    [{ shape: [-5, -2] }, /shape: expected non-negative integers, got -5/],
    [{ shape: [2.5, 4] }, /shape: expected non-negative integers, got 2.5/],
    [{ shape: ['10'] }, /shape: expected non-negative integers, got "10"/],
    [{ shape: [null] }, /shape: expected non-negative integers, got null/],
    [{ shape: [huge] }, /shape: expected non-negative integers, got 9007199254740992/],
    [{ shape: [2 ** 30, 2 ** 30] }, /shape: \[1073741824,1073741824\] is too large/],
    [{ shape: Array(200).fill(2 ** 40) }, /is too large for any weight file/],
    [{ shape: [2 ** 20, 2 ** 20] }, /expected 4398046511107 bytes for 2 weights, got 43 bytes/],
    [{ shape: [11] }, /expected 47 bytes for 2 weights, got 43 bytes/],
    [{ shape: [9] }, /expected 39 bytes for 2 weights, got 43 bytes/],
    [{ shape: [0, huge - 1] }, /expected 3 bytes for 2 weights, got 43 bytes/],
    [{ dtype: 'complex64' }, /expected 83 bytes/],
    [{ dtype: 'string', shape: [9] }, /expected 39 bytes for 2 weights, got 43 bytes/],
    [{ dtype: 'string', shape: [11] }, /the strings of weight "w" .* pass the end/],
    [{ dtype: 'string', shape: [2 ** 40] }, /the strings of weight "w" .* pass the end/],
    [{ quantization: {} }, /quantization\.dtype: expected one of uint8, uint16, float16; got/],
    [{ quantization: 7 }, /quantization\.dtype: .*got 7/],
    [{ quantization: { dtype: 'int8' } }, /quantization\.dtype: .* got "int8"/],
    [{ quantization: { dtype: 'uint8', min: 0 } }, /quantization\.scale: expected a finite number/],
    [
      { quantization: { dtype: 'uint16', scale: 1 } },
      /quantization\.min: expected a finite number/,
    ],
    [{ quantization: { dtype: 'uint8', scale: '1', min: 0 } }, /quantization\.scale: .* got "1"/],
    [{ quantization: { dtype: 'uint8', scale: 1, min: 0 } }, /expected 13 bytes/],
    [{ quantization: { dtype: 'uint16', scale: 1, min: 0 } }, /expected 23 bytes/],
    [{ quantization: { dtype: 'float16' } }, /expected 23 bytes/],
    [
      { quantization: { dtype: 'float16' }, dtype: 'int32' },
      /float16 data decodes to float32; got/,
    ],
    [
      { quantization: { dtype: 'uint8', scale: 1, min: 0 }, dtype: 'bool' },
      /float32 or int32; got/,
    ],
  ])('%j', async (change, message) => {
    const file = makeModel();
    editModel(file, (json) => {
      const entries = json.weightsManifest[0].weights;
      entries[0] = change && { ...entries[0], ...change };
      if (change && change.name === undefined && 'name' in change) delete entries[0].name;
    });
    expect(await refusal(file)).toMatch(message);
  });

  test('a string that is longer than the file', async () => {
    const length = Buffer.from(Uint32Array.of(2 ** 32 - 1).buffer);
    const bytes = Buffer.concat([length, Buffer.from('abc')]);
    const weights = [{ name: 's', dtype: 'string', shape: [1], bytes }];
    const message = await refusal(writeGraphModel(makeFolder(), [weights]));
    expect(message).toMatch(/the strings of weight "s" \(shape \[1\]\) pass the end .* 7 bytes/);
  });
});

describe('the weight files', () => {
  test.each([
    ['is too short', (data) => data.subarray(1), /expected 43 bytes for 2 weights, got 42 bytes/],
    ['is too long', (data) => Buffer.concat([data, data]), /expected 43 bytes .* got 73 bytes/],
    ['is empty', () => Buffer.alloc(0), /expected 43 bytes for 2 weights, got 13 bytes/],
  ])('one %s', async (_, change, message) => {
    const file = makeModel();
    const shard = path.join(path.dirname(file), SHARD);
    fs.writeFileSync(shard, change(fs.readFileSync(shard)));
    const text = await refusal(file);
    expect(text).toMatch(message);
    expect(text).toContain(`weightsManifest[0] (${SHARD}, group1-shard2of2.bin)`);
  });

  test('one group may not borrow from another', async () => {
    const file = writeGraphModel(makeFolder(), [
      [weight('a', new Float32Array(3))],
      [weight('b', new Float32Array(5))],
    ]);
    editModel(file, (json) => {
      json.weightsManifest[0].weights[0].shape = [5];
      json.weightsManifest[1].weights[0].shape = [3];
    });
    expect(await refusal(file)).toMatch(/weightsManifest\[0\].*expected 20 bytes.*got 12 bytes/);
  });

  test('one is missing', async () => {
    const file = makeModel();
    fs.rmSync(path.join(path.dirname(file), SHARD));
    const shard = path.join(path.dirname(file), SHARD);
    expect(await refusal(file)).toContain(
      `weightsManifest[0].paths[0]: Weight file ${shard} does not exist, loading failed`,
    );
  });

  test('one is a folder', async () => {
    const file = makeModel();
    editModel(file, (json) => {
      json.weightsManifest[0].paths[0] = '.';
    });
    expect(await refusal(file)).toMatch(/weight path "\." is not a regular file/);
  });

  test('a group has weights but no files', async () => {
    const file = makeModel();
    editModel(file, (json) => {
      json.weightsManifest[0].paths = [];
    });
    expect(await refusal(file)).toMatch(/expected 43 bytes for 2 weights, got 0 bytes/);
  });

  test('one is replaced between loading and streaming', async () => {
    const file = makeModel();
    const { getWeightStream } = await tf.io.fileSystem(file).loadStream();
    const shard = path.join(path.dirname(file), SHARD);
    fs.copyFileSync(shard, `${shard}.new`);
    fs.renameSync(`${shard}.new`, shard);
    const replaced = await failureOf(getWeightStream().getReader().read());
    expect(replaced).toMatchObject({ code: 'BAD_MODEL' });
    expect(replaced.message).toMatch(new RegExp(`${SHARD}: was replaced while .* load it again`));
    fs.rmSync(shard);
    const removed = await failureOf(getWeightStream().getReader().read());
    expect(removed.message).toMatch(new RegExp(`${SHARD}: was removed while the model was loaded`));
  });

  test('memory for them cannot be had', async () => {
    const weights = [weight('w', new Float32Array(10))];
    const file = writeGraphModel(makeFolder(), [weights]);
    const RealArrayBuffer = global.ArrayBuffer;
    global.ArrayBuffer = class extends RealArrayBuffer {
      constructor(size) {
        if (size === 40) throw new RangeError('Array buffer allocation failed');
        super(size);
      }
    };
    try {
      const error = await failureOf(tf.io.fileSystem(file).load());
      expect(error).toMatchObject({ code: 'OUT_OF_MEMORY', op: 'loadModel' });
      expect(error.message).toContain('cannot allocate 40 bytes');
    } finally {
      global.ArrayBuffer = RealArrayBuffer;
    }
  });
});

describe('a weight path that leaves the folder', () => {
  const escapes = [
    '../secret.bin',
    './../secret.bin',
    'sub/../../secret.bin',
    'sub/../../model/../secret.bin',
    '..',
    '%2e%2e/secret.bin',
    '%2E%2E%2Fsecret.bin',
    'sub%2f..%2f..%2fsecret.bin',
    '..\\secret.bin',
    '..%5csecret.bin',
    'sub\\weights.bin',
    '\\\\server\\share\\secret.bin',
    'C:\\secret.bin',
    'C:/secret.bin',
    'c:secret.bin',
    'c%3asecret.bin',
    '/secret.bin',
    '%2fsecret.bin',
    '//secret.bin',
    'file:///secret.bin',
    'FILE://secret.bin',
    'http://127.0.0.1/secret.bin',
    'weights.bin\0.png',
    'weights.bin%00.png',
  ];

  /** Around the model lies what a manifest must not reach, with a size that would fit. */
  function makeBaitedModel(name) {
    const root = makeFolder();
    const file = writeGraphModel(path.join(root, 'model'), [[weight('w', new Float32Array(2))]]);
    fs.mkdirSync(path.join(root, 'model', 'sub'));
    fs.writeFileSync(path.join(root, 'secret.bin'), '12345678');
    editModel(file, (json) => {
      json.weightsManifest[0].paths = [name];
    });
    return { root, file };
  }

  test.each(escapes)('%j', async (name) => {
    const { file } = makeBaitedModel(name);
    const message = await refusal(file);
    expect(message).toContain(`weightsManifest[0].paths[0]: weight path ${JSON.stringify(name)} `);
    expect(message).toMatch(/expected a file in the model's folder/);
    const asked = jest.fn(async () => '/x');
    await expect(loadWeights(`file://${file}`, { weightUrlConverter: asked })).rejects.toThrow(
      message,
    );
    expect(asked).not.toHaveBeenCalled();
  });

  test('by its absolute path', async () => {
    const { root, file } = makeBaitedModel('');
    editModel(file, (json) => {
      json.weightsManifest[0].paths = [path.join(root, 'secret.bin')];
    });
    expect(await refusal(file)).toMatch(/is absolute/);
  });

  test('even where a file of that very name is in the folder', async () => {
    const { file } = makeBaitedModel('..%2fsecret.bin');
    fs.writeFileSync(path.join(path.dirname(file), '..%2fsecret.bin'), '12345678');
    expect(await refusal(file)).toMatch(/leaves the model's folder/);
  });

  test('by a symbolic link, to a file or through a folder', async () => {
    const { root, file } = makeBaitedModel('link.bin');
    fs.symlinkSync('../secret.bin', path.join(root, 'model', 'link.bin'));
    expect(await refusal(file)).toMatch(
      /weight path "link\.bin" is a symbolic link out of the model's folder/,
    );
    fs.symlinkSync('..', path.join(root, 'model', 'up'));
    editModel(file, (json) => {
      json.weightsManifest[0].paths = ['up/secret.bin'];
    });
    expect(await refusal(file)).toMatch(/weight path "up\/secret\.bin" is a symbolic link out/);
  });

  test('to a folder whose name only begins like the model’s', async () => {
    const { root, file } = makeBaitedModel('link.bin');
    fs.mkdirSync(path.join(root, 'model-other'));
    fs.writeFileSync(path.join(root, 'model-other', 'w.bin'), '12345678');
    fs.symlinkSync('../model-other/w.bin', path.join(root, 'model', 'link.bin'));
    expect(await refusal(file)).toMatch(/is a symbolic link out/);
  });

  test('links inside the folder, and to the folder itself, are fine', async () => {
    const { root, file } = makeBaitedModel('link.bin');
    fs.renameSync(path.join(root, 'model/group1-shard1of1.bin'), path.join(root, 'model/sub/w'));
    fs.symlinkSync('sub/w', path.join(root, 'model', 'link.bin'));
    fs.symlinkSync('model', path.join(root, 'alias'));
    fs.writeFileSync(path.join(root, 'model', '..w'), '12345678');
    const alias = path.join(root, 'alias', 'model.json');
    expect((await loadWeights(`file://${alias}`)).w.values).toEqual(new Float32Array(2));
    for (const name of ['sub/../link.bin', '..w', 'sub/../..w']) {
      editModel(file, (json) => {
        json.weightsManifest[0].paths = [name];
      });
      expect((await loadWeights(`file://${alias}`)).w.shape).toEqual([2]);
    }
  });
});
