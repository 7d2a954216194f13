'use strict';

// Programs that were written for tfjs-node run with this package in its place: under its name, and
// with nothing changed but the name that they require.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const sharp = require('sharp');
const { readSummaries } = require('../node/event-reader');
const { Project, ROOT } = require('./consumer/project');

const PROGRAMS_DIR = path.join(__dirname, 'programs');
const SHAPES_DIR = path.join(ROOT, 'examples/classify-shapes');
const NODE_PACKAGE = '@tensorflow/tfjs-node';

/** @type {Project} */
let project;

beforeAll(() => {
  project = new Project();
  for (const name of [NODE_PACKAGE, 'tfjs-native']) project.link(name, ROOT);
});

afterAll(() => project.remove());

/**
 * @param {string} program its file
 * @param {string} name that it is to require
 * @returns {string} where it lies in the project
 */
function writeProgram(program, name) {
  const source = fs.readFileSync(path.join(PROGRAMS_DIR, program), 'utf8');
  const text = source.replace(`require('${NODE_PACKAGE}')`, `require('${name}')`);
  expect(text.includes(name)).toBe(true);
  return project.write(`${path.basename(name)}-${program}`, text);
}

/** @param {string} folder @param {string} name */
const series = (folder, name) =>
  readSummaries(folder)
    .filter(({ tag }) => tag === name)
    .map(({ value }) => value);

/** Runs a program where there is no terminal, so that no progress is shown. */
function run(program, name, ...args) {
  const all = [writeProgram(program, name), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
}

test.each([NODE_PACKAGE, 'tfjs-native'])('training, with %s', (name) => {
  const folder = path.join(project.dir, `out-${path.basename(name)}`);
  const found = run('train.js', name, folder);
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

test.each([NODE_PACKAGE, 'tfjs-native'])('images are classified, with %s', async (name) => {
  const samples = fs.readdirSync(path.join(SHAPES_DIR, 'samples'));
  const files = await Promise.all(
    samples.map(async (sample) => {
      const file = path.join(project.dir, sample.replace('.png', '.jpg'));
      const image = sharp(path.join(SHAPES_DIR, 'samples', sample)).resize(96, 96);
      await image.jpeg({ quality: 95 }).toFile(file);
      return file;
    }),
  );
  const answers = run('classify.js', name, path.join(SHAPES_DIR, 'model/model.json'), ...files);
  const label = (sample) => sample.slice(0, sample.lastIndexOf('-'));
  const expected = samples.map((sample) => ({
    label: label(sample),
    shape: [96, 96, 3],
    dtype: 'int32',
  }));
  expect(answers.length).toBeGreaterThan(10);
  expect(answers).toEqual(expected);
});

const hasScript = spawnSync('script', ['--version']).status === 0;
if (!hasScript) console.warn('the program `script` is missing: no real terminal is tried');

(hasScript ? test : test.skip)('on a real terminal there is a progress bar', () => {
  const file = writeProgram('train.js', 'tfjs-native');
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
