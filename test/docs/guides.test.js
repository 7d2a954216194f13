'use strict';

// What the documents for users say that can be looked up.

const fs = require('node:fs');
const path = require('node:path');
const tf = require('../../lib');
const { ROOT, NATIVE_FILE, SCRIPT_FILE, listFiles } = require('../tools/files');

const DOCS_DIR = path.join(ROOT, 'lib/docs');
const GUIDES = ['memory-and-threads.md', 'migration.md', 'troubleshooting.md'];

/** @param {string} file */
const read = (file) => fs.readFileSync(path.join(DOCS_DIR, file), 'utf8');

/** The anchors of a document's headings. @param {string} text */
function anchorsOf(text) {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** Functions that a text names. @param {string} text @returns {string[]} */
const functionsIn = (text) =>
  [...text.matchAll(/tf\.((?:native|node|io)\.\w+)/g)].map(([, name]) => name);

/** @param {string} guide what it says, but for what it says is not there */
const saidToBeThere = (guide) => read(guide).replace(/^.*\| not there.*$/gm, '');

test.each(GUIDES)('%s names functions that are there', (guide) => {
  const names = functionsIn(saidToBeThere(guide));
  expect(names.length).toBeGreaterThan(5);
  for (const name of names) expect(tf).toHaveProperty(name);
});

test('what is said not to be there is not', async () => {
  const rows = read('migration.md').match(/^.*\| not there.*$/gm) ?? [];
  expect(rows.length).toBeGreaterThan(0);
  for (const name of rows.flatMap(functionsIn)) {
    const [space, key] = name.split('.');
    const call = async () => tf[space][key]('.');
    await expect(call()).rejects.toMatchObject(
      tf[space][key] === undefined ? { name: 'TypeError' } : { code: 'UNSUPPORTED' },
    );
  }
});

test('each function of tfjs-node is spoken of', () => {
  const named = functionsIn(read('migration.md'));
  // Of its version 4.22, which gets no others.
  const images = ['Image', 'Bmp', 'Gif', 'Png', 'Jpeg'].map((kind) => `node.decode${kind}`);
  const others = [
    'node.encodeJpeg',
    'node.encodePng',
    'node.summaryFileWriter',
    'node.tensorBoard',
  ];
  const models = ['getMetaGraphsFromSavedModel', 'getNumOfSavedModels', 'loadSavedModel'];
  const io = ['io.fileSystem', 'io.nodeHTTPRequest'];
  const all = [...images, ...others, ...models.map((name) => `node.${name}`), ...io];
  expect(named).toEqual(expect.arrayContaining(all));
});

test.each(GUIDES)('the links of %s lead somewhere', (guide) => {
  for (const [, target] of read(guide).matchAll(/\]\((?!https:)([^)]+)\)/g)) {
    const [file, anchor] = target.split('#');
    const text = read(file);
    if (anchor !== undefined) expect(anchorsOf(text)).toContain(anchor);
  }
});

test('the list of environment variables is that of the code', () => {
  const files = [...listFiles('lib', SCRIPT_FILE), ...listFiles('native', NATIVE_FILE)];
  const READING = /(?:getenv\("|process\.env\.)(TFJS_NATIVE_\w+)/g;
  const used = files.flatMap((file) =>
    [...fs.readFileSync(path.join(ROOT, file), 'utf8').matchAll(READING)].map(([, name]) => name),
  );
  const listed = [...read('memory-and-threads.md').matchAll(/^\| `(TFJS_NATIVE_\w+)/gm)];
  expect(listed.map(([, name]) => name).sort()).toEqual([...new Set(used)].sort());
});

test('the figures of memory that are explained are those that there are', () => {
  const listed = [...read('memory-and-threads.md').matchAll(/^\| `(\w+)` +\| [^|]*\|$/gm)]
    .map(([, name]) => name)
    .filter((name) => /^[a-z]/.test(name));
  expect(listed.sort()).toEqual(Object.keys(tf.native.memory()).sort());
});
