'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { parseLocation } = require('../../lib/io/location');
const { tf, makeFolder, weight, writeGraphModel, loadWeights, failureOf } = require('./support');

/** A model that can be told from others by its number. */
function writeNumbered(folder, number) {
  return writeGraphModel(folder, [[weight('n', Float32Array.of(number))]]);
}

async function numberAt(source) {
  return (await loadWeights(source)).n.values[0];
}

describe('file:// URLs', () => {
  const start = process.cwd();
  afterEach(() => process.chdir(start));

  test('absolute and relative, model.json and folder', async () => {
    const folder = makeFolder();
    const file = writeNumbered(path.join(folder, 'model'), 7);
    expect(await numberAt(`file://${file}`)).toBe(7);
    expect(await numberAt(`file://${folder}/model`)).toBe(7);
    expect(await numberAt(`file://${folder}/model/`)).toBe(7);
    expect(await numberAt(`FILE://${file}`)).toBe(7);
    expect(await numberAt(`file:${file}`)).toBe(7);
    process.chdir(folder);
    expect(await numberAt('file://./model/model.json')).toBe(7);
    expect(await numberAt('file://model/model.json')).toBe(7);
    expect(await numberAt('file://./model')).toBe(7);
    process.chdir(path.join(folder, 'model'));
    expect(await numberAt('file://model.json')).toBe(7);
    expect(await numberAt('file://../model/model.json')).toBe(7);
  });

  test('relative paths are those of the moment the handler is made', async () => {
    const folder = makeFolder();
    writeNumbered(path.join(folder, 'model'), 3);
    process.chdir(folder);
    const handler = tf.io.fileSystem('model/model.json');
    process.chdir(start);
    expect(await numberAt(handler)).toBe(3);
  });

  test.each(['a b', 'é', 'モデル', '100%', 'a%20b', 'q?x=1#y', "it's & more"])(
    'a folder named %j, raw and encoded',
    async (name) => {
      const folder = path.join(makeFolder(), name);
      const file = writeNumbered(folder, 5);
      expect(await numberAt(`file://${file}`)).toBe(5);
      expect(await numberAt(pathToFileURL(file).href)).toBe(5);
      expect(await numberAt(tf.io.fileSystem(file))).toBe(5);
      expect(await numberAt(tf.io.fileSystem(pathToFileURL(file)))).toBe(5);
    },
  );

  test('the raw path goes before the decoded one; a plain path is never decoded', async () => {
    const folder = makeFolder();
    const raw = writeNumbered(path.join(folder, 'a%20b'), 1);
    writeNumbered(path.join(folder, 'a b'), 2);
    expect(await numberAt(`file://${raw}`)).toBe(1);
    expect(await numberAt(tf.io.fileSystem(raw))).toBe(1);
    fs.rmSync(path.dirname(raw), { recursive: true });
    expect(await numberAt(`file://${raw}`)).toBe(2);
    const error = await failureOf(loadWeights(tf.io.fileSystem(raw)));
    expect(error.message).toContain(`${raw}: does not exist, loading failed`);
  });

  test('an encoded separator does not become a separator', async () => {
    const folder = makeFolder();
    writeNumbered(path.join(folder, 'a'), 1);
    const error = await failureOf(loadWeights(`file://${folder}/a%2Fmodel.json`));
    expect(error).toMatchObject({ code: 'BAD_MODEL', op: 'loadModel' });
    expect(error.message).toContain(`${folder}/a%2Fmodel.json: does not exist, loading failed`);
  });

  test('saving follows the same rule as loading', async () => {
    const folder = makeFolder();
    const model = await tf.loadGraphModel(`file://${writeNumbered(path.join(folder, 'src'), 9)}`);
    await model.save(`file://${folder}/new%20one`);
    expect(fs.readdirSync(folder).sort()).toEqual(['new one', 'src']);
    expect(await numberAt(`file://${folder}/new%20one`)).toBe(9);
    fs.mkdirSync(path.join(folder, 'x%20y'));
    await model.save(`file://${folder}/x%20y`);
    await model.save(`file://${folder}/100% é/deep`);
    expect(fs.readdirSync(folder).sort()).toEqual(['100% é', 'new one', 'src', 'x%20y']);
    model.dispose();
  });
});

describe('on Windows', () => {
  test.each([
    ['file:///C:/models/a%20b', 'C:\\models\\a%20b', 'C:\\models\\a b'],
    ['file://C:/models/1', 'C:\\models\\1', 'C:\\models\\1'],
    ['file://C:\\models\\1', 'C:\\models\\1', 'C:\\models\\1'],
    ['C:\\models\\a%20b', 'C:\\models\\a%20b', 'C:\\models\\a%20b'],
    ['file:///C:/a%5cb', 'C:\\a%5cb', 'C:\\a%5cb'],
    ['FILE:///c:/models/../m', 'c:\\m', 'c:\\m'],
    ['file:/C:/m', 'C:\\m', 'C:\\m'],
    ['file:////server/share/a%20b', '\\\\server\\share\\a%20b', '\\\\server\\share\\a b'],
    ['\\\\server\\share\\m', '\\\\server\\share\\m', '\\\\server\\share\\m'],
    ['C:/models\\é/1', 'C:\\models\\é\\1', 'C:\\models\\é\\1'],
    ['file:///C:/%C3%A9', 'C:\\%C3%A9', 'C:\\é'],
  ])('%s', (url, raw, decoded) => {
    expect(parseLocation(url, 'loadModel', path.win32)).toEqual({ raw, decoded });
  });

  test('an encoded colon of a drive, as editors write it', () => {
    const { decoded } = parseLocation('file:///c%3A/models/1', 'loadModel', path.win32);
    expect(decoded).toBe('c:\\models\\1');
  });

  test('URL objects', () => {
    const { decoded } = parseLocation(new URL('file:///C:/a b'), 'loadModel', path.win32);
    expect(decoded).toBe('C:\\a b');
  });
});

describe('the registered routes', () => {
  test('registering again changes nothing', () => {
    const { registerFileSystem } = require('../../lib/io');
    registerFileSystem(tf.io);
    expect(tf.io.getLoadHandlers('file:///m')).toHaveLength(1);
    expect(tf.io.getSaveHandlers('file:///m')).toHaveLength(1);
  });

  test('URLs of others are left to them', () => {
    expect(tf.io.getLoadHandlers('s3://m')).toEqual([]);
    expect(tf.io.getLoadHandlers('/m/model.json')).toEqual([]);
    expect(tf.io.getLoadHandlers(['file:///m', 'http://m'])).toEqual([]);
    expect(tf.io.getLoadHandlers(['file:///m', 'file:///w'])).toHaveLength(1);
    expect(tf.io.getLoadHandlers('http://m')).toHaveLength(1);
  });
});

test.each([
  [undefined],
  [null],
  [7],
  [''],
  ['file://'],
  ['a\0b'],
  [[]],
  [['a']],
  [['a', 'b', 'c']],
])('fileSystem(%j) is refused', (argument) => {
  expect(() => tf.io.fileSystem(argument)).toThrow(
    expect.objectContaining({ code: 'BAD_ATTR', message: expect.stringMatching(/path/) }),
  );
});

test('a URL object of another scheme is refused', () => {
  expect(() => tf.io.fileSystem(new URL('http://m/model.json'))).toThrow(/expected a file: URL/);
});

describe('the pair of a topology and a manifest', () => {
  test('as JSON', async () => {
    const folder = makeFolder();
    const file = writeNumbered(folder, 11);
    const { modelTopology, weightsManifest } = JSON.parse(fs.readFileSync(file));
    fs.writeFileSync(path.join(folder, 'graph.json'), JSON.stringify(modelTopology));
    fs.writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify(weightsManifest));
    const pair = [path.join(folder, 'graph.json'), path.join(folder, 'manifest.json')];
    expect(await numberAt(tf.io.fileSystem(pair))).toBe(11);
    expect(await numberAt(pair.map((one) => `file://${one}`))).toBe(11);
    const error = await failureOf(tf.io.fileSystem(pair).save({ modelTopology }));
    expect(error).toMatchObject({ code: 'BAD_ATTR', op: 'saveModel' });
  });

  test.each([0, 1, 3])('is no list of %i', (length) => {
    const paths = Array(length).fill('model.json');
    const message = `must have a length of 2, for a topology and a weights manifest; actual length is ${length}`;
    expect(() => tf.io.fileSystem(paths)).toThrow(message);
  });

  test('either is missing', async () => {
    const folder = makeFolder();
    writeNumbered(folder, 11);
    fs.writeFileSync(path.join(folder, 'graph.pb'), Buffer.of(1, 2, 3));
    fs.writeFileSync(path.join(folder, 'manifest.json'), '[]');
    for (const missing of ['manifest.json', 'graph.pb']) {
      fs.rmSync(path.join(folder, missing));
      const pair = [path.join(folder, 'graph.pb'), path.join(folder, 'manifest.json')];
      const error = await failureOf(tf.io.fileSystem(pair).load());
      expect(error).toMatchObject({ code: 'BAD_MODEL', op: 'loadModel' });
      expect(error.message).toContain(
        `${path.join(folder, missing)}: does not exist, loading failed`,
      );
    }
  });

  test('a binary topology is passed on as bytes', async () => {
    const folder = makeFolder();
    writeNumbered(folder, 11);
    fs.writeFileSync(path.join(folder, 'graph.pb'), Buffer.of(1, 2, 3));
    fs.writeFileSync(path.join(folder, 'manifest.json'), '[]');
    const pair = [path.join(folder, 'graph.pb'), path.join(folder, 'manifest.json')];
    const { modelTopology, weightSpecs, weightData } = await tf.io.fileSystem(pair).load();
    expect(modelTopology).toBeInstanceOf(ArrayBuffer);
    expect([...new Uint8Array(modelTopology)]).toEqual([1, 2, 3]);
    expect(weightSpecs).toEqual([]);
    expect(weightData.byteLength).toBe(0);
  });
});
