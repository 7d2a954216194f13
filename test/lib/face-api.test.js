'use strict';

// A client library whose main entry asks for @tensorflow/tfjs-node, unchanged, over this package.

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const { Project, ROOT } = require('./consumer/project');

const SHARED_DIR = path.resolve(ROOT, '../shared');
const WEIGHTS_DIR = path.join(SHARED_DIR, 'models/face-api');
const PROGRAM = path.join(__dirname, 'programs/detect-faces.js');

/** Pictures with one face each. */
const IMAGES = ['ai-face.jpg', 'ai-upper.jpg'];

const isThere = fs.existsSync(WEIGHTS_DIR);
if (!isThere) {
  console.warn(
    `../shared/models is missing: the faces of ${IMAGES.length} images are not searched`,
  );
}

/** @type {Project} */
let project;

beforeAll(() => {
  project = new Project();
  project.link('@tensorflow/tfjs-node', ROOT);
  // Copied, since Node resolves what it requires from where it really lies.
  const installed = path.join(ROOT, 'node_modules/@vladmandic/face-api');
  for (const file of ['package.json', 'dist/face-api.node.js']) {
    const text = fs.readFileSync(path.join(installed, file), 'utf8');
    project.write(path.join('node_modules/@vladmandic/face-api', file), text);
  }
  project.write('main.js', fs.readFileSync(PROGRAM, 'utf8'));
});

afterAll(() => project.remove());

/** @param {string} backend @param {string} image */
async function detect(backend, image) {
  const args = ['main.js', backend, WEIGHTS_DIR, path.join(SHARED_DIR, 'images', image)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project.dir });
  return JSON.parse(stdout);
}

(isThere ? test : test.skip).each(IMAGES)('the faces in %s are found', async (image) => {
  const { backend, faces, imageShape } = await detect('tensorflow', image);
  const [height, width] = imageShape;
  const expected = await detect('cpu', image);
  expect(backend).toBe('onednn');
  expect(expected.backend).toBe('cpu');
  expect(faces.length).toBe(expected.faces.length);
  expect(faces.length).toBe(1);
  faces.forEach((face, i) => {
    expect(face.landmarks).toHaveLength(68);
    expect(face.score).toBeCloseTo(expected.faces[i].score, 4);
    // To a hundredth of a pixel.
    const places = [...face.box, ...face.landmarks.flat()];
    const wanted = [...expected.faces[i].box, ...expected.faces[i].landmarks.flat()];
    places.forEach((place, k) => expect(Math.abs(place - wanted[k])).toBeLessThan(0.01));
    const [x, y, w, h] = face.box;
    expect(x + w / 2 > 0 && x + w / 2 < width && y + h / 2 > 0 && y + h / 2 < height).toBe(true);
  });
});
