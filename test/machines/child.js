'use strict';

const { spawn } = require('node:child_process');
const path = require('node:path');

const ROOT = path.join(__dirname, '../..');

/** No part takes that long; native code that hangs never ends. */
const HANG_MINUTES = 20;
/** Of its output: what is kept to be printed. */
const MOST_OUTPUT = 1 << 20;

/**
 * @typedef {object} Ending
 * @property {number | null} code
 * @property {string} output Of both streams.
 * @property {string | null} crash How the process was ended, where it did not end itself.
 */

/**
 * Runs a command in the repository's root on a machine.
 * @param {import('./machines').Machine} machine
 * @param {string} command @param {string[]} args
 * @returns {Promise<Ending>}
 */
function runOn(machine, command, args) {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...machine.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (/** @type {Buffer} */ data) => {
    output = (output + data).slice(-MOST_OUTPUT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let isHanging = false;
  const timer = setTimeout(() => {
    isHanging = true;
    child.kill('SIGKILL');
  }, HANG_MINUTES * 60_000);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const crash = isHanging ? `hangs for ${HANG_MINUTES} minutes` : signal && `dies (${signal})`;
      resolve({ code, output, crash: crash || null });
    });
  });
}

module.exports = { ROOT, runOn };
