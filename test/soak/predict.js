'use strict';

// Predicts with a real model again and again and prints what memory that took.
//
// usage: node --expose-gc predict.js dispose|forget count

const tf = require('../../lib');
const fixtures = require('../models/fixtures');
const { loadModel } = require('../models/package-under-test');

const MODEL = 'emotion';
const SAMPLES = 20;

/** Resident bytes, without what a collection would free where the script asks for one. */
function rss(collects) {
  if (collects) global.gc();
  return process.memoryUsage().rss;
}

async function main([habit, countText]) {
  const count = Number(countText);
  const forgets = habit === 'forget';
  await tf.setBackend('onednn');
  const fixture = fixtures.openFixture(MODEL, fixtures.KNOWN_CASES[MODEL]);
  const model = await loadModel(fixture);
  const { inputs, outputs } = fixtures.readCase(fixture, fixture.cases[0]);
  const makeFeeds = () =>
    Object.fromEntries(
      inputs.map(({ name, values, shape, dtype }) => [name, tf.tensor(values, shape, dtype)]),
    );
  const names = outputs.map(({ name }) => name);

  const samples = [];
  const start = performance.now();
  for (let i = 1; i <= count; ++i) {
    const feeds = makeFeeds();
    const results = [model.execute(feeds, names)].flat();
    const values = i % 2 === 0 ? results[0].dataSync() : await results[0].data();
    if (Number.isNaN(values[0])) throw new Error(`prediction ${i} is wrong`);
    if (!forgets) tf.dispose([feeds, results]);
    if (i % Math.ceil(count / SAMPLES) === 0) samples.push(rss(!forgets));
  }
  console.log(
    JSON.stringify({
      samples,
      milliseconds: (performance.now() - start) / count,
      ...tf.native.memory(),
      numTensors: tf.memory().numTensors,
    }),
  );
}

main(process.argv.slice(2));
