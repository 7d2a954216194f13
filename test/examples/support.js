'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const EXAMPLES = path.join(__dirname, '../../examples');

/** Pictures of the shapes, with their names. */
function samples() {
  const folder = path.join(EXAMPLES, 'classify-shapes/samples');
  const files = fs.readdirSync(folder).filter((file) => file.endsWith('.png'));
  return files.map((file) => ({
    label: file.slice(0, file.lastIndexOf('-')),
    contents: fs.readFileSync(path.join(folder, file)),
  }));
}

/**
 * Starts an example.
 * @param {string} file Below examples/. @param {string[]} args
 * @returns {{child: import('node:child_process').ChildProcess, firstLine: Promise<string>,
 *     ended: Promise<{code: number | null, signal: string | null, out: string, err: string}>}}
 */
function start(file, ...args) {
  const child = spawn(process.execPath, [path.join(EXAMPLES, file), ...args]);
  const texts = { out: '', err: '' };
  /** @type {Promise<string>} */
  const firstLine = new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      texts.out += chunk;
      if (texts.out.includes('\n')) resolve(texts.out.split('\n')[0]);
    });
    child.on('close', () => reject(new Error(`it ended: ${texts.err}`)));
  });
  firstLine.catch(() => {});
  child.stderr.on('data', (chunk) => (texts.err += chunk));
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, ...texts }));
  });
  return { child, firstLine, ended };
}

module.exports = { EXAMPLES, samples, start };
