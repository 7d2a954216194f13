'use strict';

// The module that programs for @tensorflow/tfjs-node know as dist/io/file_system.

const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { tf, makeFolder, weight, writeGraphModel, loadWeights } = require('./support');
const { NodeFileSystem, nodeFileSystemRouter } = require('../../lib/io/node-file-system');

test('is found where @tensorflow/tfjs-node has it', () => {
  const script = `console.log(Object.keys(require('tfjs-native/dist/io/file_system')).join())`;
  const options = { cwd: path.join(__dirname, '../..'), encoding: 'utf8' };
  expect(execFileSync(process.execPath, ['-e', script], options)).toBe(
    'NodeFileSystem,nodeFileSystemRouter\n',
  );
});

test('NodeFileSystem loads and saves', async () => {
  const file = writeGraphModel(makeFolder(), [[weight('n', Float32Array.of(7))]]);
  const handler = new NodeFileSystem(file);
  expect((await loadWeights(handler)).n.values).toEqual(Float32Array.of(7));

  const folder = makeFolder();
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
  await model.save(new NodeFileSystem(folder));
  const loaded = await tf.loadLayersModel(new NodeFileSystem(path.join(folder, 'model.json')));
  expect(await loaded.getWeights()[0].array()).toEqual(await model.getWeights()[0].array());
});

test('the router takes URLs of files alone, one or a pair', async () => {
  const file = writeGraphModel(makeFolder(), [[weight('n', Float32Array.of(8))]]);
  const handler = nodeFileSystemRouter(`file://${file}`);
  expect((await loadWeights(handler)).n.values).toEqual(Float32Array.of(8));
  expect(typeof nodeFileSystemRouter(['file://graph.pb', 'file://manifest.json']).load).toBe(
    'function',
  );
  for (const other of [
    'http://m/model.json',
    file,
    ['file://graph.pb', 'http://m/manifest.json'],
    [],
    undefined,
  ]) {
    expect(nodeFileSystemRouter(other)).toBeNull();
  }
});
