'use strict';

// The examples run, without network, and do what their documents say.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const tf = require('../../lib');
const { readSummaries } = require('../node/event-reader');
const { makeFolder } = require('../node/folders');

const EXAMPLES_DIR = path.resolve(__dirname, '../../examples');

/** @returns {string} what it prints */
function run(example, ...args) {
  const file = path.join(EXAMPLES_DIR, example);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/** The first number of a text. @param {RegExp} pattern */
const numberIn = (text, pattern) => Number(pattern.exec(text)?.[1]);

test('each example says what it is', () => {
  const folders = fs.readdirSync(EXAMPLES_DIR);
  expect(folders.length).toBeGreaterThanOrEqual(3);
  for (const folder of folders) {
    const text = fs.readFileSync(path.join(EXAMPLES_DIR, folder, 'README.md'), 'utf8');
    expect(text.startsWith(`# ${folder}\n`)).toBe(true);
  }
});

test('train-and-save trains, logs and saves', async () => {
  const out = makeFolder();
  const text = run('train-and-save/train.js', '--out', out);
  expect(numberIn(text, /validation accuracy ([\d.]+)%/)).toBeGreaterThan(90);
  expect(text).toContain('the loaded model says the same');

  const model = await tf.loadLayersModel(`file://${out}/model/model.json`);
  expect(model.predict(tf.zeros([5, 2])).shape).toEqual([5, 3]);
  const accuracies = readSummaries(path.join(out, 'logs/val')).filter(
    ({ tag }) => tag === 'epoch_acc',
  );
  expect(accuracies.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  const training = readSummaries(path.join(out, 'logs/train'));
  expect(training.filter(({ buckets }) => buckets !== undefined)).toHaveLength(12);
});

test('transfer-learning teaches most letters', () => {
  const text = run('transfer-learning/teach.js');
  expect(text).toContain('L, T, U, V, Z');
  // By chance it would be 20.
  expect(numberIn(text, /^(\d+) of 100 /)).toBeGreaterThan(70);
});
