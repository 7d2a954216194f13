'use strict';

// `node test/bench/shapes.js [--cases "product;addition"] [--shapes 1000] [--rounds 3]
//      [--with ../other-checkout]`
//
// What shapes that are seen for the first time cost, in time and in memory, and whether those seen
// again are spared it. Each case has processes of its own; where another checkout is named, both
// take turns. Prints markdown: medians over the rounds.

const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { cases } = require('./shapes-process');
const { median, markdownTable } = require('./statistics');

const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: cases.join(';') },
    with: { type: 'string' },
    shapes: { type: 'string', default: 'Infinity' },
    rounds: { type: 'string', default: '3' },
  },
});

const here = path.join(__dirname, '..', '..');
const checkouts = options.with === undefined ? [here] : [path.resolve(options.with), here];

/** @param {string} checkout @param {string} name */
function measure(checkout, name) {
  const script = path.join(__dirname, 'shapes-process.js');
  const folder = path.join(checkout, 'lib');
  return JSON.parse(
    execFileSync(process.execPath, [script, folder, name, options.shapes], { encoding: 'utf8' }),
  );
}

const rows = [];
for (const name of options.cases.split(';')) {
  if (!cases.includes(name))
    throw new Error(`no such case: ${name}; there are ${cases.join('; ')}`);
  /** @type {any[][]} */
  const results = checkouts.map(() => []);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [i, checkout] of checkouts.entries()) results[i].push(measure(checkout, name));
  }
  for (const [i, checkout] of checkouts.entries()) {
    const figure = (what) => median(results[i].map((result) => result[what])).toFixed(0);
    rows.push([
      checkouts.length > 1 ? `${name}, ${path.basename(checkout)}` : name,
      figure('shapes'),
      figure('grown'),
      ...['first', 'repeated', 'cycled'].map(figure),
    ]);
  }
}
console.log(
  markdownTable(
    ['', 'shapes', 'MiB more', 'first call, µs', 'on the same shape, µs', '200 in turns, µs'],
    rows,
  ),
);
