'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { EXAMPLES, start } = require('./support');

/** @param {string} folder */
const filesIn = (folder) =>
  fs.readdirSync(path.join(EXAMPLES, folder)).map((file) => path.join(EXAMPLES, folder, file));

test('JPEGs of any size, and PNGs', async () => {
  const files = [...filesIn('classify-image/samples'), ...filesIn('classify-shapes/samples')];
  expect(files.length).toBeGreaterThan(5);
  const { code, out, err } = await start('classify-image/classify.js', ...files).ended;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const found = out.trimEnd().split('\n');
  expect(found.map((line) => line.match(/^(.*): (\w+) \d+\.\d%, /)?.slice(1))).toEqual(
    files.map((file) => [file, path.basename(file).match(/^[a-z]+/)?.[0]]),
  );
});

test('what is no image, beside one that is', async () => {
  const [jpeg] = filesIn('classify-image/samples');
  const args = [__filename, jpeg, '/no/such.jpg'];
  const { code, out, err } = await start('classify-image/classify.js', ...args).ended;
  expect(code).toBe(1);
  expect(out).toMatch(/^\S+heart\.jpg: heart /);
  expect(err).toMatch(/^\S+classify-image\.test\.js: .*image/);
  expect(err).toMatch(/^\/no\/such\.jpg: ENOENT/m);
});
