'use strict';

// tfjs-backend-wasm starts its threads from Blob URLs, which Node's Worker does not take. This
// gives it files instead, in the main thread and, as a prelude of the worker's own script, there.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

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
    const file = `${folder}/${process.pid}-${Math.random().toString(36).slice(2)}.js`;
    const prelude = globalThis.blobPrelude ?? '';
    files.writeFileSync(file, `${prelude}\n${/** @type {any} */ (blob).text}`);
    return file;
  };
}

/** Must run before the wasm backend starts. */
function enableWasmThreads() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wasm-threads-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  const install = `(${installBlobFiles})(${JSON.stringify(folder)});`;
  /** @type {any} */ (globalThis).blobPrelude = install;
  installBlobFiles(folder);
}

module.exports = { enableWasmThreads };
