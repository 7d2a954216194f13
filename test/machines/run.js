'use strict';

// Runs tests on machines that are not ours (machines.js): every set of cache facts with every
// instruction set that the processor at hand has.
//
// usage: node test/machines/run.js [--machine none/sse41,byte/] [--part cases,networks] [--quick]
//                                  [--seed n] [--calls n] [--out file]
//   --machine  only machines whose name contains one of the texts
//   --part     only these parts (parts.js)
//   --quick    what `npm test` runs: three sets of facts, the lowest and the highest instruction set
//   --seed, --calls  of the fuzz: the first call, and how many for each operator
//   --out      a JSON file with {passed, failed, skipped}
//
// The last line is `N passed, N failed`, with `, N skipped` when some were.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { totals } = require('../tools/test-counts');
const { CACHE_FACTS, INSTRUCTION_SETS, machineOf, instructionSetsAtHand } = require('./machines');
const { PARTS, QUICK_PARTS, missingParts } = require('./parts');

/** Machines at a time: most of what runs has moments on one thread. */
const AT_ONCE = 2;
/** Failures of a machine and part that are printed; all are counted. */
const MOST_PRINTED = 5;
/** Sets of facts that are enough for a quick look: the wrong ones and true ones. */
const QUICK_FACTS = ['none', 'byte', 'small'];

/** @typedef {import('./parts').Outcome} Outcome */

function parseOptions() {
  const { values } = parseArgs({
    options: {
      machine: { type: 'string' },
      part: { type: 'string' },
      quick: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
      calls: { type: 'string', default: '15' },
      out: { type: 'string' },
    },
  });
  const known = values.quick ? QUICK_PARTS : PARTS;
  const names = values.part?.split(',') ?? Object.keys(known);
  const unknown = names.filter((name) => !Object.hasOwn(known, name));
  if (unknown.length > 0) {
    throw new Error(`--part ${unknown}: expected some of ${Object.keys(known)}`);
  }
  return {
    parts: new Map(names.map((name) => [name, known[name]])),
    isQuick: values.quick,
    wanted: values.machine?.split(',') ?? [''],
    seed: Number(values.seed),
    calls: Number(values.calls),
    out: values.out,
  };
}

/** The machines to run on, and how many the processor lacks an instruction set for. */
function chooseMachines({ isQuick, wanted }) {
  const atHand = instructionSetsAtHand();
  if (atHand.length === 0) {
    console.log(`no instruction set of ${INSTRUCTION_SETS} can be chosen on this processor`);
    atHand.push(INSTRUCTION_SETS[0]);
  }
  const facts = isQuick ? QUICK_FACTS : Object.keys(CACHE_FACTS);
  const sets = isQuick ? [INSTRUCTION_SETS[0], atHand[atHand.length - 1]] : INSTRUCTION_SETS;
  const all = facts.flatMap((fact) => [...new Set(sets)].map((set) => ({ fact, set })));
  const chosen = all.filter(({ fact, set }) =>
    wanted.some((text) => machineOf(fact, set).name.includes(text)),
  );
  const lacking = chosen.filter(({ set }) => !atHand.includes(set));
  if (lacking.length > 0) {
    const names = lacking.map(({ fact, set }) => `${fact}/${set}`).join(', ');
    console.log(`skipped: ${lacking.length} machines whose instructions are not there: ${names}`);
  }
  const machines = chosen
    .filter(({ set }) => atHand.includes(set))
    .map(({ fact, set }) => machineOf(fact, set));
  if (machines.length === 0) throw new Error(`--machine ${wanted}: no such machine here`);
  return { machines, lacking: lacking.length };
}

/** Computes what predictions are compared with, before several processes need it at once. */
function prepareOracles(parts) {
  for (const { networks = [] } of parts.values()) {
    for (const { name, size } of networks) {
      const args = [path.join(__dirname, 'predict.js'), name, '--oracle-only'];
      if (size !== undefined) args.push(String(size));
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${name} on tfjs's cpu backend: ${stderr}`);
    }
  }
}

/** @param {string} machine @param {string} part @param {Outcome} outcome @param {number} seconds */
function report(machine, part, { passed, skipped, failures }, seconds) {
  const more = skipped > 0 ? `, ${skipped} skipped` : '';
  console.log(
    `${machine} ${part}: ${passed} passed, ${failures.length} failed${more}, ${seconds.toFixed(0)} s`,
  );
  for (const { name, problem, again } of failures.slice(0, MOST_PRINTED)) {
    console.log(
      `\nFAILED [${machine}] ${name}\n  ${problem.split('\n').join('\n  ').slice(0, 2000)}`,
    );
    console.log(`  again: ${again}\n`);
  }
  if (failures.length > MOST_PRINTED) {
    console.log(`${machine} ${part}: ${failures.length} failures, ${MOST_PRINTED} printed`);
  }
}

/** "12", "12 + 3 failed" @param {Outcome | undefined} outcome */
function cellOf(outcome) {
  if (outcome === undefined) return '-';
  const { passed, failures } = outcome;
  return failures.length > 0 ? `${passed} + ${failures.length} failed` : String(passed);
}

/** @param {Map<string, Map<string, Outcome>>} results @param {string[]} parts */
function tableOf(results, parts) {
  const rows = [['machine', ...parts]];
  for (const [machine, outcomes] of results) {
    rows.push([machine, ...parts.map((part) => cellOf(outcomes.get(part)))]);
  }
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  '),
    )
    .join('\n');
}

async function main() {
  const options = parseOptions();
  const { machines, lacking } = chooseMachines(options);
  const { parts, seed, calls } = options;
  let skipped = lacking;
  for (const [part, reason] of Object.entries(missingParts())) {
    if (!parts.delete(part)) continue;
    console.log(`skipped: the part ${part} on ${machines.length} machines: ${reason}`);
    skipped += machines.length;
  }
  prepareOracles(parts);
  const fuzz = parts.has('fuzz') ? `, fuzz seed ${seed}` : '';
  console.log(`${machines.length} machines: ${[...parts.keys()].join(', ')}${fuzz}`);

  const results = new Map(machines.map(({ name }) => [name, new Map()]));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'machines-'));
  const queue = machines.slice();
  const worker = async (/** @type {string} */ own) => {
    fs.mkdirSync(own);
    for (let machine = queue.shift(); machine !== undefined; machine = queue.shift()) {
      for (const [name, part] of parts) {
        const start = Date.now();
        fs.rmSync(own, { recursive: true });
        fs.mkdirSync(own);
        const outcome = await part.run(machine, { folder: own, seed, calls });
        results.get(machine.name)?.set(name, outcome);
        report(machine.name, name, outcome, (Date.now() - start) / 1000);
      }
    }
  };
  try {
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) => worker(path.join(folder, String(i)))),
    );
  } finally {
    fs.rmSync(folder, { recursive: true });
  }

  const outcomes = [...results.values()].flatMap((byPart) => [...byPart.values()]);
  const counts = outcomes.map(({ passed, skipped, failures }) => ({
    passed,
    skipped,
    failed: failures.length,
  }));
  counts.push({ passed: 0, failed: 0, skipped });
  console.log(`\n${tableOf(results, [...parts.keys()])}\n`);
  if (options.out !== undefined) {
    const sum = (/** @type {'passed' | 'failed' | 'skipped'} */ key) =>
      counts.reduce((total, count) => total + count[key], 0);
    const sums = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
    fs.writeFileSync(options.out, JSON.stringify(sums));
  }
  console.log(totals(counts));
  process.exitCode = counts.some(({ failed }) => failed > 0) ? 1 : 0;
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
