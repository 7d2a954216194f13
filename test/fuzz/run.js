'use strict';

// Random operator calls, and graphs of them. The differential parts compare valid calls with tfjs's
// cpu backend, also with older instruction sets, and with each set of cache facts
// (test/machines/machines.js); the hostile parts make invalid ones; the graphs parts compare captured
// graphs with eager runs; the images part decodes whole and damaged files. Each part runs in processes of its own, so that a crash or a hang is a
// failure with a seed, and the rest goes on.
//
// usage: node test/fuzz/run.js [--seed n] [--calls n] [--op Name,Name] [--part name] [--minutes n]
//                              [--out file] [part...]
//
// --op names operators, kinds of graphs (graphs/themes.js), and formats of images (images/files.js).
// --out leaves {calls, failures: [{name, problem, again}]} in a JSON file.
// Call number k of an operator in a run with seed s is its first call in a run with seed s + k.

const { fork } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { generators } = require('./generators');
const { THEMES } = require('./graphs/themes');
const { FORMATS } = require('./images/files');

const { CACHE_FACTS, inheritedVariables } = require('../machines/machines');
const { CALLS_PER_TURN, makeCounts } = require('./turn');

/** Looks at a child, a second apart, that find it at the same call. A clock would count the time
 *  that the machine sleeps. */
const HANG_LOOKS = 60;
/** Crashes and hangs of one part after which it is given up. */
const MOST_CRASHES = 20;
/** What --op may name. */
const KNOWN = [generators, THEMES, FORMATS].flatMap((kinds) => Object.keys(kinds));
/** Failures of one operator and part that are printed; all are counted. */
const MOST_PRINTED = 3;

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {'differential' | 'hostile' | 'graphs' | 'images'} part
 * @property {number} share Of the calls; also of the time, in which a part takes at most one share.
 * @property {Record<string, string>} env
 */

/** @type {Part[]} */
const PARTS = [
  { name: 'differential', part: 'differential', share: 1, env: {} },
  { name: 'hostile', part: 'hostile', share: 3, env: {} },
  { name: 'graphs', part: 'graphs', share: 4, env: {} },
  { name: 'images', part: 'images', share: 10, env: {} },
  { name: 'avx2', part: 'differential', share: 0.4, env: { TFJS_NATIVE_MAX_ISA: 'avx2' } },
  { name: 'sse41', part: 'differential', share: 0.4, env: { TFJS_NATIVE_MAX_ISA: 'sse41' } },
  { name: 'graphs-avx2', part: 'graphs', share: 1, env: { TFJS_NATIVE_MAX_ISA: 'avx2' } },
  { name: 'graphs-sse41', part: 'graphs', share: 1, env: { TFJS_NATIVE_MAX_ISA: 'sse41' } },
];
for (const [facts, sizes] of Object.entries(CACHE_FACTS)) {
  const env = { TFJS_NATIVE_CACHE_SIZES: sizes };
  PARTS.push({ name: `${facts}-caches`, part: 'differential', share: 0.15, env });
  PARTS.push({ name: `${facts}-caches-hostile`, part: 'hostile', share: 0.3, env });
}

const timeShare = (/** @type {Part} */ { share }) => Math.min(1, share);

const totals = { ...makeCounts(), failures: 0 };
/** @type {Map<string, number>} */
const failuresOf = new Map();
/** @type {{name: string, problem: string, again: string}[]} */
const failures = [];

/** @param {Part} part */
function report({ name }, { op, seed, problem, call = '' }) {
  ++totals.failures;
  const key = `${name} ${op}`;
  const count = (failuresOf.get(key) ?? 0) + 1;
  failuresOf.set(key, count);
  // Each part's own variables are made anew from its name.
  const again = `${inheritedVariables()}npm run test:fuzz -- --part ${name} --op ${op} --seed ${seed} --calls 1`;
  failures.push({ name: `[${name}] ${op}`, problem: `${problem}\n${call.slice(0, 3000)}`, again });
  // A crash has no call, and is never one too many.
  if (count > MOST_PRINTED && call !== '') return;
  console.log(`\nFAILED [${name}] ${op}: ${problem}`);
  if (call !== '') console.log(`  ${call.slice(0, 3000)}`);
  console.log(`  again: ${again}`);
}

/**
 * Runs one child to its end.
 * @param {Part} part @param {import('./process').Task} task
 * @returns {Promise<{op: string, seed: number, problem: string} | null>} The call that ended it.
 */
function runChild(part, task) {
  const child = fork(path.join(__dirname, 'process.js'), [JSON.stringify(task)], {
    env: { ...process.env, ...part.env },
  });
  const lastCall = () => fs.readFileSync(task.lastCallFile, 'utf8').trim();
  let isDone = false;
  let isHanging = false;
  let seen = '';
  let looks = 0;
  const timer = setInterval(() => {
    const now = fs.existsSync(task.lastCallFile) ? lastCall() : '';
    looks = now === seen ? looks + 1 : 0;
    seen = now;
    if (looks < HANG_LOOKS) return;
    isHanging = true;
    child.kill('SIGKILL');
  }, 1000);
  child.on('message', (/** @type {any} */ message) => {
    if (message.counts === undefined) {
      report(part, message);
      return;
    }
    isDone = true;
    for (const [kind, count] of Object.entries(message.counts)) totals[kind] += count;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearInterval(timer);
      if (isDone && code === 0) return resolve(null);
      const end = isHanging ? `hangs for ${HANG_LOOKS} s` : `ends the process (${signal ?? code})`;
      const text = fs.existsSync(task.lastCallFile) ? lastCall() : '';
      if (text === '')
        return reject(new Error(`[${part.name}] no call was made: the process ${end}`));
      return resolve({ ...JSON.parse(text), problem: end });
    });
  });
}

/** Runs a part; after a crash without the operator that caused it. */
async function runPart(part, { ops, seed, calls, until, folder }) {
  const isOwn = (/** @type {string} */ op) => {
    if (Object.hasOwn(THEMES, op)) return part.part === 'graphs';
    if (Object.hasOwn(FORMATS, op)) return part.part === 'images';
    return part.part === 'differential' || part.part === 'hostile';
  };
  const left = new Set(ops.filter(isOwn));
  let done = 0;
  const lastCallFile = path.join(folder, `${part.name}.txt`);
  for (let crashes = 0; left.size > 0 && crashes < MOST_CRASHES; crashes++) {
    const task = {
      part: part.part,
      ops: [...left],
      seed: seed + done,
      calls: calls - done,
      until,
      lastCallFile,
    };
    const crash = await runChild(part, task);
    if (crash === null) break;
    report(part, crash);
    left.delete(crash.op);
    // The other operators go on with about where they were.
    done = Math.max(done, Math.floor((crash.seed - seed) / CALLS_PER_TURN) * CALLS_PER_TURN);
  }
}

function parseOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
      calls: { type: 'string' },
      op: {
        type: 'string',
        default: KNOWN.join(','),
      },
      part: { type: 'string' },
      minutes: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const ops = values.op.split(',');
  const unknown = ops.find((op) => !KNOWN.includes(op));
  if (unknown !== undefined) throw new Error(`--op ${unknown}: no generator makes such calls`);
  const names = [...(values.part?.split(',') ?? []), ...positionals];
  const noPart = names.find((name) => PARTS.every((part) => part.name !== name));
  if (noPart !== undefined) throw new Error(`--part ${noPart}: no such part`);
  const parts = PARTS.filter(({ name }) => names.length === 0 || names.includes(name));
  return {
    ops,
    parts,
    seed: Number(values.seed),
    calls: Number(values.calls ?? (values.minutes ? Infinity : 60)),
    isExact: values.calls !== undefined,
    minutes: Number(values.minutes ?? 30),
    out: values.out,
  };
}

async function main() {
  const { ops, parts, seed, calls, isExact, minutes, out } = parseOptions();
  console.log(`fuzz: seed ${seed}, ${ops.length} operators, kinds of graphs and formats`);
  const start = Date.now();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fuzz-'));
  const queue = parts.slice();
  // Two parts at a time; each takes its share of the minutes.
  const shares = parts.reduce((sum, part) => sum + timeShare(part), 0);
  const minutesOf = (/** @type {Part} */ part) =>
    minutes * Math.min(1, (2 * timeShare(part)) / shares);
  const worker = async () => {
    for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
      const own = isExact ? calls : Math.ceil(calls * part.share);
      const until = Date.now() + minutesOf(part) * 60_000;
      await runPart(part, {
        ops,
        seed,
        calls: own === Infinity ? Number.MAX_SAFE_INTEGER : own,
        until,
        folder,
      });
    }
  };
  try {
    await Promise.all([worker(), worker()]);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
  for (const [key, count] of failuresOf) {
    if (count > MOST_PRINTED) console.log(`${key}: ${count} failures, ${MOST_PRINTED} printed`);
  }
  if (out !== undefined) fs.writeFileSync(out, JSON.stringify({ calls: totals.calls, failures }));
  const seconds = Math.round((Date.now() - start) / 1000);
  console.log(
    `\nfuzz: seed ${seed}, ${seconds} s, ${totals.calls} calls: ${totals.compared} compared, ${totals.refused} refused by both, hostile ` +
      `${totals.results} gave results and ${totals.errors} errors; ${totals.graphs} graphs, ` +
      `${totals.amplified} of which blow rounding up; ${totals.failures} failures`,
  );
  process.exitCode = totals.failures > 0 || totals.calls === 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(`fuzz: ${error.message}`);
  process.exitCode = 1;
});
