'use strict';

/* global afterAll */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const folders = [];
afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

/** @returns {string} a new folder; it is removed after the tests of the file */
function makeFolder() {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'tfjs-native-node-'));
  folders.push(folder);
  return folder;
}

module.exports = { makeFolder };
