'use strict';

// Runs tfjs-core's own specs, all of them, against a backend: in an environment with dataSync(), and
// all that do without it once more in one where it is an error.
//
// usage: node test/conformance/run.js [--backend onednn|cpu] [--module <path>] [--addon <path>]
//                                     [--filter <regexp>] [--out <folder>] [--verbose]
//   --backend  the backend under test; `cpu` is tfjs's plain one, the baseline
//   --module   what to load so that it registers that backend, if it is another than the two above
//   --addon    the native addon, instead of the release build's
//   --filter   only specs whose full name matches
//   --verbose  also list the specs that need kernels that are not there yet
//
// No spec is excluded. A spec may fail only because it asks for a kernel that the backend does not
// have; any other failure, a crash and a hang fail the run.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { buildBundle } = require('./bundle');
const { judge, countKernels, listFailures, unclearFailures } = require('./verdict');

const ROOT = path.resolve(__dirname, '../..');

const BACKEND_MODULES = {
  onednn: path.join(ROOT, 'lib/index.js'),
  cpu: '@tensorflow/tfjs-backend-cpu',
};

/**
 * How many specs tfjs-core has for both environments, switched-off ones included. Fewer means that
 * the bundle lost some.
 * One suite ("Switching cpu backends") exists only for a backend called cpu.
 */
const SPEC_COUNTS = { version: '4.22.0', cpu: 8068, other: 8066 };

/** No spec may run longer than jasmine's own limit of 20 s; native code that hangs never ends. */
const HANG_SECONDS = 120;

/**
 * Runs the bundle in its own process until it ends or hangs.
 *
 * @param {string[]} args of spec-process.js
 * @param {string} eventFile
 * @param {Record<string, string>} env
 * @returns {Promise<string | null>} how it ended, null when well
 */
function runSpecs(args, eventFile, env) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(__dirname, 'spec-process.js'), ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    let size = -1;
    let hung = false;
    const watchdog = setInterval(() => {
      const newSize = fs.statSync(eventFile).size;
      if (newSize === size) {
        hung = true;
        child.kill('SIGKILL');
      }
      size = newSize;
    }, HANG_SECONDS * 1000);
    child.on('error', (error) => {
      clearInterval(watchdog);
      resolve(error.message);
    });
    child.on('exit', (code, signal) => {
      clearInterval(watchdog);
      if (hung) resolve(`nothing happened for ${HANG_SECONDS} s`);
      else resolve(code === 0 ? null : (signal ?? `exit code ${code}`));
    });
  });
}

/** @returns {object[]} the events, without a last line that a crash cut off */
function readEvents(eventFile) {
  const lines = fs.readFileSync(eventFile, 'utf8').split('\n');
  lines.pop();
  return lines.map((line) => JSON.parse(line));
}

function checkSpecCount(verdict, loaded, backend) {
  if (loaded?.version !== SPEC_COUNTS.version) return;
  const expected = backend === 'cpu' ? SPEC_COUNTS.cpu : SPEC_COUNTS.other;
  if (verdict.total === expected) return;
  verdict.broken.push(`expected ${expected} specs, ${verdict.total} ran`);
}

/** Prints the verdict; the last line holds the counts. */
function report(verdict, verbose) {
  const { passed, pending, needKernels, failed, broken } = verdict;
  if (verbose && needKernels.length > 0) {
    console.log(`need kernels that are not there yet:\n${listFailures(needKernels)}`);
  }
  const unclear = unclearFailures(needKernels);
  if (unclear.length > 0) {
    console.log('asked for a missing kernel, then failed for another reason:');
    console.log(listFailures(unclear));
  }
  if (failed.length > 0) console.log(`failed:\n${listFailures(failed)}`);
  for (const problem of broken) console.log(`conformance: ${problem}`);
  const kernels = countKernels(needKernels);
  const list = kernels.map(([kernel, count]) => `${kernel}: ${count}`).join(', ');
  console.log(`switched off by tfjs-core itself: ${pending}`);
  console.log(
    `conformance: ${passed} passed, ` +
      `${needKernels.length} need kernels that are not there yet${list ? ` (${list})` : ''}, ` +
      `${failed.length + broken.length} failed`,
  );
}

async function main() {
  const { values: options } = parseArgs({
    options: {
      backend: { type: 'string', default: 'onednn' },
      module: { type: 'string' },
      addon: { type: 'string' },
      filter: { type: 'string' },
      out: { type: 'string', default: path.join(ROOT, 'build/conformance') },
      verbose: { type: 'boolean', default: false },
    },
  });
  const { backend, filter } = options;
  const backendModule = options.module ? path.resolve(options.module) : BACKEND_MODULES[backend];
  if (!backendModule) {
    throw new Error(`--backend ${backend}: expected one of ${Object.keys(BACKEND_MODULES)}`);
  }
  const outDir = path.resolve(options.out);
  const bundle = await buildBundle(backend, backendModule, outDir);

  const eventFile = path.join(outDir, `events-${backend}.jsonl`);
  fs.writeFileSync(eventFile, '');
  // Inside the bundle lib/ does not know where it lies, so it cannot find its addon by itself.
  const addon =
    options.addon ??
    process.env.TFJS_NATIVE_ADDON ??
    path.join(ROOT, 'build/release/tfjs_native.node');
  const args = [bundle, backend, eventFile, ...(filter ? [filter] : [])];
  const exit = await runSpecs(args, eventFile, { TFJS_NATIVE_ADDON: path.resolve(addon) });

  const events = readEvents(eventFile);
  const verdict = judge(events, exit);
  const loaded = events.find((event) => event.event === 'loaded');
  if (!filter && exit === null) checkSpecCount(verdict, loaded, backend);
  if (filter && verdict.total === 0) verdict.broken.push(`no spec's name matches ${filter}`);
  report(verdict, options.verbose);

  const resultFile = path.join(outDir, `results-${backend}.json`);
  fs.writeFileSync(resultFile, JSON.stringify(verdict, null, 1));
  process.exitCode = verdict.failed.length + verdict.broken.length > 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
