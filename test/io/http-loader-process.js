'use strict';

// Loads a model over HTTP and reports how much memory that took at its peak beyond what the process
// had before. Arguments: the URL of a small model, that of the model, how to load it (`load` or
// `stream`). Prints JSON.

const fs = require('node:fs');
const tf = require('../../lib');

/** @returns {number} bytes, the most there ever was */
function peakBytes() {
  const status = fs.readFileSync('/proc/self/status', 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)[1]) * 1024;
}

async function load(url, how) {
  if (how === 'stream') return tf.loadGraphModel(url, { streamWeights: true });
  const { weightData } = await tf.io.http(url).load();
  return { weightData, dispose() {} };
}

async function main([smallUrl, url, how]) {
  await tf.setBackend('onednn');
  // What is needed once, code above all, is not what this is about.
  (await load(smallUrl, how)).dispose();
  globalThis.gc();
  const before = process.memoryUsage().rss;
  const loaded = await load(url, how);
  console.log(JSON.stringify({ peakBytes: peakBytes() - before, holds: loaded !== undefined }));
}

main(process.argv.slice(2));
