'use strict';

/* global expect, afterAll */

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '../..');
const { bin } = require('../../package.json');
const BIN = path.join(ROOT, bin['tfjs-native']);
const MODEL = path.join(ROOT, 'examples/classify-shapes/model');

/**
 * Runs the command line in a process of its own.
 * @param {string[]} args @param {{cwd?: string, env?: Record<string, string>}} [options]
 * @returns {Promise<{code: number | null, out: string, err: string}>}
 */
function cli(args, { cwd = ROOT, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], { cwd, env: { ...process.env, ...env } });
    const chunks = { out: '', err: '' };
    child.stdout.on('data', (chunk) => (chunks.out += chunk));
    child.stderr.on('data', (chunk) => (chunks.err += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...chunks }));
  });
}

/** What a command prints with --json. @param {string[]} args */
async function json(...args) {
  const { code, out, err } = await cli([...args, '--json']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

/** A folder that goes when the tests of the file are done. */
function temporaryFolder() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tfjs-native-cli-'));
  afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}

module.exports = { cli, json, temporaryFolder, ROOT, BIN, MODEL };
