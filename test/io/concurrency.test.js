'use strict';

// Processes that save a model over and over, and readers that must always see weights and
// model.json of one save. The weights and the metadata of a save hold the same number.

const { fork } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { tf, makeFolder } = require('./support');

const SAVERS = 2;
const SAVES = 60;

/** @returns {Promise<number>} the exit code */
function startSaver(folder, first) {
  const child = fork(path.join(__dirname, 'saver-process.js'), [folder, first, SAVES]);
  return new Promise((resolve) => child.on('exit', resolve));
}

function checkPair({ weightData, userDefinedMetadata: { number } }) {
  const values = new Float32Array(weightData);
  expect(values).toHaveLength(number);
  expect(values.every((value) => value === number)).toBe(true);
  return number;
}

test('a reader never sees the weights of another save', async () => {
  const folder = makeFolder();
  const savers = Array.from({ length: SAVERS }, (_, i) => startSaver(folder, 1000 * (i + 1)));
  let isRunning = true;
  const exitCodes = Promise.all(savers).finally(() => {
    isRunning = false;
  });

  const seen = new Set();
  const handler = tf.io.fileSystem(folder);
  while (isRunning) {
    if (!fs.existsSync(path.join(folder, 'model.json'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      continue;
    }
    seen.add(checkPair(await handler.load()));
    // What a program that knows nothing of all this sees: the pair, or no weights.
    const json = JSON.parse(fs.readFileSync(path.join(folder, 'model.json'), 'utf8'));
    const weightsFile = path.join(folder, json.weightsManifest[0].paths[0]);
    let bytes;
    try {
      bytes = fs.readFileSync(weightsFile);
    } catch (error) {
      expect(error.code).toBe('ENOENT');
      continue;
    }
    checkPair({ ...json, weightData: Uint8Array.from(bytes).buffer });
  }

  expect(await exitCodes).toEqual(Array(SAVERS).fill(0));
  expect(seen.size).toBeGreaterThan(1);
  checkPair(await handler.load());
  expect(fs.readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('saves at once in one process leave one sound model', async () => {
  const { makeArtifacts } = require('./saver-process');
  for (let round = 0; round < 5; round++) {
    const folder = makeFolder();
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
    const save = (number) => tf.io.fileSystem(folder).save(makeArtifacts(number));
    await Promise.all(numbers.map(save));
    expect(numbers).toContain(checkPair(await tf.io.fileSystem(folder).load()));
    expect(fs.readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  }
});

describe('a model that is replaced while it is read', () => {
  const { makeArtifacts } = require('./saver-process');

  /** Runs `action` once, just before the weights are looked for. */
  function beforeWeights(action) {
    const { realpath } = fs.promises;
    const spy = jest.spyOn(fs.promises, 'realpath').mockImplementationOnce(async (...args) => {
      await action();
      return realpath(...args);
    });
    return () => spy.mockRestore();
  }

  test.each([
    ['by a save', (folder) => tf.io.fileSystem(folder).save(makeArtifacts(20))],
    [
      'by a program that overwrites both files',
      async (folder) => {
        const { weightSpecs, weightData, ...json } = makeArtifacts(20);
        json.weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
        fs.writeFileSync(path.join(folder, 'weights.bin'), new Uint8Array(weightData));
        fs.writeFileSync(path.join(folder, 'model.json'), JSON.stringify(json));
      },
    ],
  ])('%s is read again', async (_, replace) => {
    const folder = makeFolder();
    await tf.io.fileSystem(folder).save(makeArtifacts(10));
    const restore = beforeWeights(() => replace(folder));
    try {
      expect(checkPair(await tf.io.fileSystem(folder).load())).toBe(20);
    } finally {
      restore();
    }
  });

  test('of the same size is not taken for the new one', async () => {
    const folder = makeFolder();
    const replacement = makeArtifacts(10);
    new Float32Array(replacement.weightData).fill(-10);
    replacement.userDefinedMetadata.number = -10;
    await tf.io.fileSystem(folder).save(makeArtifacts(10));
    const restore = beforeWeights(() => {
      const { weightSpecs, weightData, ...json } = replacement;
      json.weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      fs.writeFileSync(path.join(folder, 'weights.bin'), new Uint8Array(weightData));
      fs.writeFileSync(path.join(folder, 'model.json'), JSON.stringify(json));
    });
    try {
      const { weightData, userDefinedMetadata } = await tf.io.fileSystem(folder).load();
      expect(userDefinedMetadata.number).toBe(-10);
      expect([...new Float32Array(weightData)]).toEqual(Array(10).fill(-10));
    } finally {
      restore();
    }
  });
});
