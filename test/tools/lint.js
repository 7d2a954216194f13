'use strict';

// usage: node test/tools/lint.js [--js-only]
//   --js-only  eslint alone, without the include-direction check of native/

const path = require('node:path');
const { runCommand, runPackage } = require('./command');

const codes = [runPackage('eslint', ['--max-warnings=0', '.'])];
if (!process.argv.includes('--js-only')) {
  codes.push(runCommand(process.execPath, [path.join(__dirname, 'check-includes.js')]));
}
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
