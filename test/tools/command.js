'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { ROOT } = require('./files');

/** Native code that hangs cannot be interrupted from within: a step that takes so long hangs. */
const HANG_MINUTES = 60;

/**
 * Runs a command in the repository's root with this process's own output streams.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [env] added to the environment
 * @returns {number} its exit code; 127 when it cannot be started, 128 when a signal or the
 *     time limit ended it
 */
function runCommand(command, args, env = {}) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...env },
    timeout: HANG_MINUTES * 60_000,
    killSignal: 'SIGKILL',
  });
  if (error?.code === 'ETIMEDOUT') {
    console.error(`${command} was ended: it ran for more than ${HANG_MINUTES} minutes`);
    return 128;
  }
  if (error) {
    const missing = error.code === 'ENOENT';
    console.error(missing ? `${command}: not found, please install it` : `${command}: ${error}`);
    return 127;
  }
  if (signal) {
    console.error(`${command} was ended by ${signal}`);
    return 128;
  }
  return status;
}

/**
 * Runs a program that an installed npm package brings, without going through npx.
 *
 * @param {string} packageName
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {number} as runCommand's
 */
function runPackage(packageName, args, env) {
  const dir = path.join(ROOT, 'node_modules', packageName);
  const { bin } = JSON.parse(fs.readFileSync(path.join(dir, 'package.json'), 'utf8'));
  const file = typeof bin === 'string' ? bin : Object.values(bin)[0];
  return runCommand(process.execPath, [path.join(dir, file), ...args], env);
}

module.exports = { runCommand, runPackage };
