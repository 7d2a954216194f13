'use strict';

// Runs for a while what must not grow: predictions, predictions whose results are forgotten, models
// that are loaded, captured for several shapes and disposed, steps of training, and worker threads
// that are ended in the middle of their work. Prints figures, and fails where a limit is passed.
//
// usage: node test/soak/run.js [--predictions 10000] [--reloads 200] [--steps 5000] [--rounds 200]

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { parseArgs } = require('node:util');
const fixtures = require('../models/fixtures');

const MB = 1 << 20;

/** Samples that are left out at the beginning: caches and heaps find their sizes. */
const WARM_UP_SHARE = 0.25;

/** @returns {object} what a script of this folder printed */
function measure(script, ...args) {
  const file = path.join(__dirname, script);
  const { status, signal, stdout } = spawnSync(
    process.execPath,
    ['--expose-gc', file, ...args.map(String)],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (status !== 0) throw new Error(`${script} ended with ${signal ?? `code ${status}`}`);
  const figures = JSON.parse(stdout);
  const warm = figures.samples.slice(Math.floor(figures.samples.length * WARM_UP_SHARE));
  const half = Math.floor(warm.length / 2);
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  return {
    ...figures,
    growthBytes: mean(warm.slice(half)) - mean(warm.slice(0, half)),
    highestBytes: Math.max(...figures.samples),
  };
}

/** @type {{name: string, needsModels: boolean, run: () => object, limits: object}[]} */
function soaks({ predictions, reloads, steps, rounds }) {
  return [
    {
      name: `${predictions} predictions, disposed`,
      needsModels: true,
      run: () => measure('predict.js', 'dispose', predictions),
      limits: { growthBytes: 8 * MB, highestBytes: 512 * MB, liveBytes: 64 * MB },
    },
    {
      name: `${predictions} predictions, forgotten`,
      needsModels: true,
      run: () => measure('predict.js', 'forget', predictions),
      limits: { growthBytes: 32 * MB, highestBytes: 768 * MB, liveBytes: 256 * MB },
    },
    {
      name: `${reloads} times two models, captured and disposed`,
      needsModels: true,
      run: () => measure('captured.js', reloads),
      limits: { growthBytes: 16 * MB, highestBytes: 512 * MB, liveBytes: 0 },
    },
    {
      name: `${steps} steps of training`,
      needsModels: false,
      run: () => measure('train.js', steps),
      limits: { growthBytes: 8 * MB, highestBytes: 512 * MB, liveBytes: 16 * MB },
    },
    {
      name: `${rounds} workers, ended at work`,
      needsModels: false,
      run: () => measure('worker-rounds.js', rounds),
      limits: { growthBytes: 64 * MB, highestBytes: 1024 * MB, liveBytes: 0 },
    },
  ];
}

function main() {
  const { values } = parseArgs({
    options: {
      predictions: { type: 'string', default: '10000' },
      reloads: { type: 'string', default: '200' },
      steps: { type: 'string', default: '5000' },
      rounds: { type: 'string', default: '200' },
    },
  });
  const inMb = (bytes) => (bytes / MB).toFixed(1);
  let failures = 0;
  let skipped = 0;
  const all = soaks(values);
  for (const { name, needsModels, run, limits } of all) {
    if (needsModels && !fixtures.areFixturesThere()) {
      console.log(`skipped: ${name} (../shared/models is missing)`);
      ++skipped;
      continue;
    }
    const figures = run();
    console.log(`${name}: ${figures.milliseconds.toFixed(2)} ms each`);
    console.log(`  resident, MB: ${figures.samples.map(inMb).join(' ')}`);
    for (const [figure, limit] of Object.entries(limits)) {
      const isOver = figures[figure] > limit;
      failures += isOver ? 1 : 0;
      console.log(
        `  ${figure}: ${inMb(figures[figure])} MB, limit ${inMb(limit)} MB${isOver ? '  TOO MUCH' : ''}`,
      );
    }
  }
  const ran = all.length - skipped;
  console.log(`soak: ${ran} ran, ${skipped} skipped, ${failures} limits passed`);
  process.exitCode = failures > 0 ? 1 : 0;
}

main();
