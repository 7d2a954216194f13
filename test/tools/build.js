'use strict';

// Generates what lib/ takes from tfjs-core, then configures (once) and builds a CMake preset: `node test/tools/build.js [preset] [target...]`.
// The preset is release unless another is named.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');

/**
 * Builds a preset; output goes to the terminal.
 * @param {string} preset @param {string[]} targets All of them when empty.
 * @returns {boolean} True when it succeeded.
 */
function build(preset, targets = []) {
  const folder = path.join(root, 'build', preset);
  /** @param {string[]} args */
  const cmake = (args) => spawnSync('cmake', args, { cwd: root, stdio: 'inherit' }).status === 0;
  if (!fs.existsSync(path.join(folder, 'build.ninja')) && !cmake(['--preset', preset])) {
    return false;
  }
  const targetArgs = targets.length > 0 ? ['--target', ...targets] : [];
  return cmake(['--build', folder, ...targetArgs]);
}

module.exports = { build };

if (require.main === module) {
  require('./generate-tfjs-extras').generate();
  const [preset = 'release', ...targets] = process.argv.slice(2);
  process.exitCode = build(preset, targets) ? 0 : 1;
}
