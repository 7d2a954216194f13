'use strict';

// tf.io.removeModel, moveModel, copyModel and listModels for models in the file system; what
// @tensorflow/tfjs-node has in its io_utils.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { tf, makeFolder, weight, writeGraphModel, editModel, failureOf } = require('./support');
const { toArrayBuffer, toBuffer } = require('../../lib/io/io-utils');

const weights = () => [weight('w', Float32Array.of(1, 2, 3)), weight('b', Uint8Array.of(1))];

function makeModel(name = 'model', root = makeFolder()) {
  const folder = path.join(root, name);
  writeGraphModel(folder, [weights()], { cuts: [5] });
  return folder;
}

test('a model is removed with all its files and its folder', async () => {
  const folder = makeModel();
  const info = await tf.io.removeModel(`file://${folder}`);
  expect(info).toMatchObject({ modelTopologyType: 'JSON', weightDataBytes: 13 });
  expect(info.weightSpecsBytes).toBeGreaterThan(20);
  expect(fs.existsSync(folder)).toBe(false);
  const error = await failureOf(tf.io.removeModel(`file://${folder}`));
  expect(error).toMatchObject({ code: 'BAD_MODEL', op: 'removeModel' });
  expect(error.message).toContain(`${folder}: no such file`);
});

test('what else is in the folder stays', async () => {
  const folder = makeModel();
  fs.writeFileSync(path.join(folder, 'labels.txt'), 'a');
  await tf.io.removeModel(`file://${folder}/model.json`);
  expect(fs.readdirSync(folder)).toEqual(['labels.txt']);
});

test('weights that another model beside it needs stay', async () => {
  const folder = makeModel();
  fs.copyFileSync(path.join(folder, 'model.json'), path.join(folder, 'other.json'));
  editModel(path.join(folder, 'model.json'), (json) => {
    fs.writeFileSync(path.join(folder, 'own.bin'), Buffer.of(1));
    json.weightsManifest.push({
      paths: ['own.bin'],
      weights: [{ name: 'own', shape: [1], dtype: 'bool' }],
    });
  });
  await tf.io.removeModel(`file://${folder}`);
  expect(fs.readdirSync(folder).sort()).toEqual([
    'group1-shard1of2.bin',
    'group1-shard2of2.bin',
    'other.json',
  ]);
});

test('nothing outside of the folder is removed', async () => {
  const folder = makeModel();
  const outside = path.join(path.dirname(folder), 'precious.bin');
  fs.writeFileSync(outside, 'precious');
  fs.symlinkSync(path.dirname(folder), path.join(folder, 'up'));
  editModel(path.join(folder, 'model.json'), (json) => {
    json.weightsManifest[0].paths.push('up/precious.bin');
  });
  await tf.io.removeModel(`file://${folder}`);
  expect(fs.readFileSync(outside, 'utf8')).toBe('precious');
  const second = makeModel();
  editModel(path.join(second, 'model.json'), (json) => {
    json.weightsManifest[0].paths.push('../precious.bin');
  });
  expect((await failureOf(tf.io.removeModel(`file://${second}`))).message).toMatch(
    /leaves the mod/,
  );
  expect(fs.readdirSync(second)).toHaveLength(3);
});

test('a model is copied and moved', async () => {
  const root = makeFolder();
  const [first, second, third] = ['first', 'second', 'third'].map((name) => path.join(root, name));
  makeModel('first', root);
  await tf.io.copyModel(`file://${first}`, `file://${second}`);
  const info = await tf.io.moveModel(`file://${second}`, `file://${third}`);
  expect(info.weightDataBytes).toBe(13);
  expect(fs.readdirSync(root).sort()).toEqual(['first', 'third']);
  expect(fs.readdirSync(third).sort()).toEqual(['model.json', 'weights.bin']);
  // To where it is, by another name, it would be lost.
  fs.symlinkSync(third, path.join(root, 'link'));
  for (const same of [`${third}/`, path.join(root, 'link')]) {
    expect(await failureOf(tf.io.moveModel(`file://${third}`, `file://${same}`))).toMatchObject({
      code: 'BAD_ATTR',
    });
  }
  expect(fs.readdirSync(third)).toHaveLength(2);
  await failureOf(tf.io.moveModel(`file://${third}`, `file://${third}/model.json/below`));
  expect(fs.readdirSync(third)).toHaveLength(2);
});

test('models of a folder are listed', async () => {
  const root = makeFolder();
  makeModel('b c', root);
  makeModel('a', root);
  makeModel('broken', root);
  fs.writeFileSync(path.join(root, 'broken/model.json'), '{');
  fs.mkdirSync(path.join(root, 'empty'));
  fs.writeFileSync(path.join(root, 'file'), '');
  const models = await tf.io.listModels(`file://${root}`);
  expect(Object.keys(models).sort()).toEqual([`file://${root}/a`, `file://${root}/b c`]);
  for (const [url, info] of Object.entries(models)) {
    expect(info.weightDataBytes).toBe(13);
    expect(info.dateSaved).toEqual(fs.statSync(path.join(url.slice(7), 'model.json')).mtime);
    (await tf.loadGraphModel(url)).dispose();
  }
  expect(Object.keys(await tf.io.listModels(`file://${root}/a`))).toEqual([`file://${root}/a`]);
  expect(await failureOf(tf.io.listModels(`file://${root}/none`))).toMatchObject({
    code: 'BAD_MODEL',
    op: 'listModels',
  });
  expect(await failureOf(tf.io.listModels('http://a'))).toMatchObject({ code: 'BAD_ATTR' });
});

test('other storages are those of tfjs-core', async () => {
  expect(await tf.io.listModels()).toEqual({});
  expect((await failureOf(tf.io.removeModel('none://a'))).message).toMatch(/Cannot find model man/);
  expect((await failureOf(tf.io.moveModel('none://a', 'none://b'))).message).toMatch(
    /no load hand/,
  );
});

describe('io_utils', () => {
  test('are found where @tensorflow/tfjs-node has them', () => {
    const script = `console.log(Object.keys(require('tfjs-native/dist/io/io_utils')).join())`;
    const options = { cwd: path.join(__dirname, '../..'), encoding: 'utf8' };
    expect(execFileSync(process.execPath, ['-e', script], options)).toBe(
      'toBuffer,toArrayBuffer\n',
    );
  });

  test('toBuffer copies', () => {
    const source = Uint8Array.of(1, 2, 3);
    const buffer = toBuffer(source.buffer);
    source[0] = 9;
    expect(Buffer.isBuffer(buffer)).toBe(true);
    expect([...buffer]).toEqual([1, 2, 3]);
    expect(() => toBuffer(source)).toThrow(/expected an ArrayBuffer/);
  });

  test('toArrayBuffer copies parts of larger memory, one or several', () => {
    const whole = Buffer.from([0, 1, 2, 3, 4]);
    const one = toArrayBuffer(whole.subarray(1, 3));
    whole[1] = 9;
    expect([...new Uint8Array(one)]).toEqual([1, 2]);
    const several = toArrayBuffer([whole.subarray(3), Buffer.alloc(0), Buffer.from([7])]);
    expect([...new Uint8Array(several)]).toEqual([3, 4, 7]);
    expect(toArrayBuffer([]).byteLength).toBe(0);
    expect(() => toArrayBuffer('abc')).toThrow(/expected a Buffer or an array of them/);
  });
});
