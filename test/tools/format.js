'use strict';

// Checks formatting: prettier for scripts and text, clang-format for C++ and CUDA.
//
// usage: node test/tools/format.js [--write]

const { runCommand, runPackage } = require('./command');
const { NATIVE_FILE, listFiles } = require('./files');

const isWrite = process.argv.includes('--write');

const codes = [runPackage('prettier', [isWrite ? '--write' : '--check', '--log-level=warn', '.'])];
const native = listFiles('native', NATIVE_FILE);
if (native.length > 0) {
  const mode = isWrite ? ['-i'] : ['--dry-run', '-Werror'];
  codes.push(runCommand('clang-format', [...mode, '--style=file', ...native]));
}
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
