'use strict';

// Runs clang-tidy (see .clang-tidy) over the rooms of native/, by the compile commands of the release
// build. The backends are left out: their sources are compiled once for each instruction set or by
// nvcc, which clang-tidy does not follow.
//
// usage: node test/tools/tidy.js [file...]

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { ROOT, listFiles } = require('./files');

const BUILD_DIR = path.join(ROOT, 'build/release');
const ROOMS = ['base', 'tensor', 'device', 'ops', 'runtime', 'graph', 'codecs', 'binding'];

/** @param {string} file @returns {Promise<boolean>} true when clang-tidy has nothing to say */
function isTidy(file) {
  return new Promise((resolve, reject) => {
    const child = spawn('clang-tidy', ['-p', BUILD_DIR, '--quiet', file], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    child.on('error', (error) => reject(new Error(`clang-tidy: ${error.message}`)));
    child.on('close', (code) => {
      if (code !== 0) console.error(output || `${file}: clang-tidy ended with ${code}`);
      resolve(code === 0);
    });
  });
}

async function main(files) {
  if (!fs.existsSync(path.join(BUILD_DIR, 'compile_commands.json'))) {
    throw new Error('no compile commands: run `npm run build` first');
  }
  const waiting =
    files.length > 0 ? files : ROOMS.flatMap((r) => listFiles(`native/${r}`, /\.cc$/));
  const total = waiting.length;
  let failed = 0;
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      if (!(await isTidy(file))) failed++;
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
  console.log(`clang-tidy: ${total - failed} files passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
