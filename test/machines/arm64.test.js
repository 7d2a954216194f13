'use strict';

const { spawnSync } = require('node:child_process');
const path = require('node:path');

test('a processor that is not known is named, with those that are', () => {
  const script = path.join(__dirname, 'arm64.js');
  const { status, stderr } = spawnSync(process.execPath, [script, '--processor', 'neon,abacus'], {
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toBe('arm64: --processor abacus: expected some of neon,sve_128,sve_256,sve_512\n');
});
