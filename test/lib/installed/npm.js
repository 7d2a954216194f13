'use strict';

// Runs npm as a user on a machine without compilers does.

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

/** The script of the npm on the path. */
function npmScript() {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, 'npm');
    if (fs.existsSync(file)) return fs.realpathSync(file);
  }
  throw new Error('npm is not on the path');
}

/**
 * @param {string} cwd
 * @param {string[]} args
 * @param {Record<string, string>} [env] The whole environment.
 * @returns {Promise<string>} what it printed
 * @throws {Error} with what it printed, when it fails
 */
function npm(cwd, args, env = {}) {
  const all = [npmScript(), ...args, '--no-audit', '--no-fund', '--no-update-notifier'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, all, { cwd, env: { PATH: '', ...env } }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`npm ${args.join(' ')} failed:\n${stdout}\n${stderr}`));
    });
  });
}

module.exports = { npm };
