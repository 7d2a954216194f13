'use strict';

// usage: node examples/worker-pool/demo.js [workers] [model.json]
//
// Classifies the pictures of ../classify-shapes/samples/ and prints a line of JSON: what they are, and
// the memory that tensors take with one worker and with all of them.

const fs = require('node:fs');
const path = require('node:path');
const tf = require('tfjs-native');
const { decodePng } = require('../classify-shapes/png');
const { WorkerPool } = require('./pool');

const SHAPES = path.join(__dirname, '..', 'classify-shapes');

/** In memory that all threads see, so that no message copies it. @param {string} file */
function readPixels(file) {
  const { pixels } = decodePng(fs.readFileSync(file));
  const shared = new Uint8Array(new SharedArrayBuffer(pixels.length));
  shared.set(pixels);
  return shared;
}

async function main() {
  const count = Number(process.argv[2] ?? 2);
  const model = process.argv[3] ?? path.join(SHAPES, 'model', 'model.json');
  const { labels } = JSON.parse(fs.readFileSync(model, 'utf8')).userDefinedMetadata;
  const folder = path.join(SHAPES, 'samples');
  const files = fs.readdirSync(folder).filter((file) => file.endsWith('.png'));

  const pool = new WorkerPool(path.join(__dirname, 'worker.js'), { model });
  await pool.grow();
  const liveBytes = [tf.native.memory().liveBytes];
  while (pool.size < count) await pool.grow();
  liveBytes.push(tf.native.memory().liveBytes);

  const scores = await Promise.all(
    files.map((file) => pool.run(readPixels(path.join(folder, file)))),
  );
  const names = scores.map((each) => labels[each.indexOf(Math.max(...each))]);
  await pool.close();
  console.log(JSON.stringify({ workers: count, liveBytes, files, names }));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
