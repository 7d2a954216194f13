'use strict';

// `npm run bench -- [--models a,b] [--threads 1,2] [--seconds 4] [--contenders native,wasm]`
//
// Times whole predictions (input given, values read back, batch 1, float32, eager) of each model.
// Every contender has a process of its own; they take turns in short rounds, so that all of them
// see the same machine, and the medians are compared. Prints markdown.

const { fork } = require('node:child_process');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { listModels } = require('./models');
const { median, markdownTable } = require('./statistics');
const { callOverhead } = require('./call-overhead');
const { eventLoop } = require('./event-loop');

const { values: options } = parseArgs({
  options: {
    models: { type: 'string' },
    threads: { type: 'string', default: `1,${Math.min(2, os.availableParallelism())}` },
    seconds: { type: 'string', default: '4' },
    contenders: { type: 'string', default: 'native,onnxruntime,wasm,cpu' },
  },
});

const titles = {
  native: 'tfjs-native',
  onnxruntime: 'onnxruntime',
  wasm: 'tfjs wasm',
  cpu: 'tfjs cpu',
};

class Contender {
  /** @param {string} kind @param {string} model @param {number} threads */
  constructor(kind, model, threads) {
    this.kind = kind;
    /** @type {number[]} */
    this.times = [];
    this.child = fork(path.join(__dirname, 'contender.js'), [kind, model, String(threads)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, TFJS_NATIVE_THREADS: String(threads) },
    });
  }

  /** @returns {Promise<any>} The next message, or a refusal when the process ends without one. */
  answer() {
    return new Promise((resolve) => {
      const ended = (code, signal) => resolve({ refused: `ended with ${signal ?? code}` });
      this.child.once('exit', ended);
      this.child.once('message', (message) => {
        this.child.off('exit', ended);
        resolve(message);
      });
    });
  }

  /** @param {number} rounds */
  async take(rounds) {
    this.child.send({ rounds });
    const { times, refused } = await this.answer();
    if (refused) throw new Error(`${this.kind}: ${refused}`);
    this.times.push(...times);
    return times;
  }
}

/** Largest difference relative to the largest magnitude; outputs may come in another order. */
function difference(a, b) {
  const ordered = (outputs) => [...outputs].sort((x, y) => x.length - y.length).flat();
  const [mine, theirs] = [ordered(a), ordered(b)];
  const largest = Math.max(...theirs.map(Math.abs), 1e-30);
  return Math.max(...mine.map((value, i) => Math.abs(value - theirs[i]))) / largest;
}

/** @param {string} model @param {number} threads */
async function race(model, threads) {
  const contenders = [];
  const outputs = {};
  for (const kind of options.contenders.split(',')) {
    // The plain JavaScript backend has one thread; it is timed once.
    if (kind === 'cpu' && threads > 1) continue;
    const contender = new Contender(kind, model, threads);
    const first = await contender.answer();
    if (first.refused) {
      console.error(`${model}: ${titles[kind]} left out: ${first.refused}`);
      continue;
    }
    outputs[kind] = first.output;
    contenders.push(contender);
  }
  for (const contender of contenders) {
    // Outputs may come in another order or count (ONNX names every unread node).
    const same = outputs[contender.kind].length === outputs.native?.length;
    if (contender.kind !== 'native' && same) {
      const apart = difference(outputs.native, outputs[contender.kind]);
      if (!(apart < 1e-3)) {
        console.error(`${model}: outputs of ${titles[contender.kind]} differ by ${apart}`);
      }
    }
  }
  const warm = await Promise.resolve(
    contenders.reduce(async (all, contender) => {
      const done = await all;
      const [once] = await contender
        .take(contender.kind === 'cpu' ? 1 : 5)
        .then((t) => [median(t)]);
      contender.times = [];
      return [...done, once];
    }, Promise.resolve([])),
  );
  const rounds = 8;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < contenders.length; i++) {
      const slice = (Number(options.seconds) * 1000) / rounds;
      const count = Math.max(1, Math.min(200, Math.round(slice / warm[i])));
      if (contenders[i].kind === 'cpu' && round >= 2) continue;
      await contenders[i].take(count);
    }
  }
  for (const contender of contenders) contender.child.kill();
  return Object.fromEntries(contenders.map(({ kind, times }) => [kind, median(times)]));
}

async function main() {
  const { names, missing } = listModels();
  if (missing.length > 0) console.error(`left out, files missing: ${missing.join(', ')}`);
  const chosen = options.models?.split(',') ?? names;
  const kinds = options.contenders.split(',');
  const others = kinds.filter((kind) => kind !== 'native');
  console.log(
    `\nNode ${process.version}, ${os.cpus()[0].model}, ${os.availableParallelism()} cores\n`,
  );
  for (const threads of options.threads.split(',').map(Number)) {
    const rows = [];
    for (const model of chosen) {
      const result = await race(model, threads);
      const ms = (kind) => (result[kind] === undefined ? '-' : result[kind].toFixed(2));
      const ratio = (kind) =>
        result[kind] === undefined || result.native === undefined
          ? '-'
          : `${(result[kind] / result.native).toFixed(2)}x`;
      rows.push([model, ...kinds.map(ms), ...others.map(ratio)]);
    }
    console.log(`${threads} thread${threads > 1 ? 's' : ''}, median ms a prediction:\n`);
    const header = [
      'model',
      ...kinds.map((kind) => titles[kind]),
      ...others.map((kind) => `faster than ${titles[kind]}`),
    ];
    console.log(`${markdownTable(header, rows)}\n`);
  }
  console.log(`${await callOverhead()}\n`);
  console.log(`${await eventLoop()}\n`);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
