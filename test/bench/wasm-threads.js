'use strict';

// tfjs's wasm backend on a given number of threads. It is not made for that in Node:
//
// - it says that Node has no threads (WASM_HAS_MULTITHREAD_SUPPORT);
// - it starts its workers from Blob URLs, which Node's Worker does not take. Here a Blob becomes a
//   file, in the main thread and, by a prelude of the worker's own script, there;
// - it caps the threads asked for at half the cores that os.cpus() lists, so that on two cores
//   setThreadsCount(2) gives one thread, and says nothing. Here os.cpus() lists enough of them while
//   the backend starts.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** The workers that the backend makes; more threads than that have none. */
const maxThreads = 8;

/** @param {string} folder For the scripts. */
function installBlobFiles(folder) {
  const files = require('node:fs');
  // Names that the bundler gave to modules which the thread's part of the backend uses.
  /** @type {any} */ (globalThis).commonjsGlobal = globalThis;
  const modules = { $0: 'fs', $1: 'path', $3: 'perf_hooks', $4: 'os' };
  for (const [suffix, name] of Object.entries(modules)) {
    /** @type {any} */ (globalThis)[`require$${suffix}`] = require(name);
  }
  globalThis.Blob = /** @type {any} */ (
    class {
      constructor(parts) {
        this.text = parts.join('');
      }
    }
  );
  URL.createObjectURL = (blob) => {
    const file = `${folder}/${Math.random().toString(36).slice(2)}.js`;
    const prelude = globalThis.blobPrelude ?? '';
    files.writeFileSync(file, `${prelude}\n${/** @type {any} */ (blob).text}`);
    return file;
  };
}

/** Calls `start` while os.cpus() lists at least that many. */
async function withCores(count, start) {
  const cpus = os.cpus;
  os.cpus = () => {
    const listed = cpus();
    return [...listed, ...Array(Math.max(0, count - listed.length)).fill(listed[0])];
  };
  try {
    await start();
  } finally {
    os.cpus = cpus;
  }
}

/**
 * Makes wasm the backend, on so many threads; throws where it comes up with another number.
 * @param {any} tf @param {number} threads
 * @returns {Promise<string[]>} The ids of the threads that it made, where the system shows them.
 */
async function startWasm(tf, threads) {
  const backend = require('@tensorflow/tfjs-backend-wasm');
  if (threads > maxThreads) throw new Error(`tfjs wasm has at most ${maxThreads} threads`);
  backend.setWasmPaths(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + path.sep);
  tf.env().set('WASM_HAS_SIMD_SUPPORT', true);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', threads > 1);
  backend.setThreadsCount(threads);
  const before = [...threadTimes().keys()];
  if (threads > 1) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wasm-threads-'));
    const install = `(${installBlobFiles})(${JSON.stringify(folder)});`;
    /** @type {any} */ (globalThis).blobPrelude = install;
    installBlobFiles(folder);
    try {
      await withCores(2 * threads, () => tf.setBackend('wasm'));
    } finally {
      // All workers have read their scripts: the backend waits for them.
      fs.rmSync(folder, { recursive: true, force: true });
    }
  } else {
    await tf.setBackend('wasm');
  }
  if (tf.getBackend() !== 'wasm') throw new Error('the wasm backend did not start');
  const actual = backend.getThreadsCount();
  if (actual !== threads) throw new Error(`tfjs wasm started ${actual} threads, not ${threads}`);
  return [...threadTimes().keys()].filter((id) => !before.includes(id));
}

/** CPU time in clock ticks of this process's threads, by id. Empty where the system has no /proc. */
function threadTimes() {
  const folder = '/proc/self/task';
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const id of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
    try {
      const stat = fs.readFileSync(`${folder}/${id}/stat`, 'utf8');
      // proc(5): utime and stime are the 12th and 13th fields after the name in parentheses.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      times.set(id, Number(fields[11]) + Number(fields[12]));
    } catch {
      // A thread that has ended since.
    }
  }
  return times;
}

/**
 * How many threads compute while predicting: the main thread and those of `pool` that use at least a
 * quarter of its CPU time.
 * @param {string[]} pool @param {() => Promise<unknown>} predict
 * @returns {Promise<number | undefined>} Undefined where the system does not tell.
 */
async function countBusyThreads(pool, predict) {
  if (pool.length === 0) return undefined;
  await predict();
  const mainId = String(process.pid);
  const ticks = 30;
  const before = threadTimes();
  let after = before;
  const used = (id) => (after.get(id) ?? 0) - (before.get(id) ?? 0);
  while (used(mainId) < ticks) {
    await predict();
    after = threadTimes();
  }
  return 1 + pool.filter((id) => used(id) >= used(mainId) / 4).length;
}

module.exports = { startWasm, countBusyThreads };
