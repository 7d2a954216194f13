'use strict';

// A program that was written for tfjs-node runs with this package in its place: under its name, and
// with nothing changed but the name that it requires.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { readSummaries } = require('../node/event-reader');
const { Project, ROOT } = require('./consumer/project');

const PROGRAM = fs.readFileSync(path.join(__dirname, 'programs/train.js'), 'utf8');
const NODE_PACKAGE = '@tensorflow/tfjs-node';

/** @type {Project} */
let project;

beforeAll(() => {
  project = new Project();
  for (const name of [NODE_PACKAGE, 'tfjs-native']) project.link(name, ROOT);
});

afterAll(() => project.remove());

/** @param {string} name that the program requires @returns {string} the program's file */
function writeProgram(name) {
  const text = PROGRAM.replace(`require('${NODE_PACKAGE}')`, `require('${name}')`);
  expect(text.includes(name)).toBe(true);
  return project.write(`${path.basename(name)}.js`, text);
}

/** @param {string} folder @param {string} name */
const series = (folder, name) =>
  readSummaries(folder)
    .filter(({ tag }) => tag === name)
    .map(({ value }) => value);

test.each([NODE_PACKAGE, 'tfjs-native'])('%s', (name) => {
  const folder = path.join(project.dir, `out-${path.basename(name)}`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [writeProgram(name), folder], {
    encoding: 'utf8',
  });
  // No terminal, so no progress.
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const found = JSON.parse(stdout);
  expect(found.version).toMatch(/^4\./);
  expect(found.after).toEqual(found.before);

  const logs = path.join(folder, 'logs');
  expect(series(path.join(logs, 'train'), 'epoch_loss')).toEqual(found.loss.map(Math.fround));
  expect(series(path.join(logs, 'train'), 'batch_MAE')).toHaveLength(9);
  const validation = found.validationLoss.map(Math.fround);
  expect(series(path.join(logs, 'val'), 'epoch_loss')).toEqual(validation);
  const sines = [0, 1, 2, 3, 4].map((step) => Math.fround(Math.sin(step)));
  expect(series(path.join(logs, 'mine'), 'sine')).toEqual(sines);
});

const hasScript = spawnSync('script', ['--version']).status === 0;
if (!hasScript) console.warn('the program `script` is missing: no real terminal is tried');

(hasScript ? test : test.skip)('on a real terminal there is a progress bar', () => {
  const file = writeProgram('tfjs-native');
  const command = `${process.execPath} ${file} ${project.dir}/out-terminal`;
  const args = ['--quiet', '--return', '--command', command, '/dev/null'];
  const { status, stdout } = spawnSync('script', args, { encoding: 'utf8' });
  expect(status).toBe(0);
  for (const epoch of [1, 2, 3]) expect(stdout).toContain(`Epoch ${epoch} / 3`);
  expect(stdout).toMatch(/\reta=\d+\.\d =*>-* MAE=\S+ loss=\S+/);
  expect(
    stdout.match(/\d+ms \d+us\/step - MAE=\S+ loss=\S+ val_MAE=\S+ val_loss=\S+/g),
  ).toHaveLength(3);
});
