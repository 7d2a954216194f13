'use strict';

// `npm run bench -- kernels [--op Add,Conv2D] [--sizes tiny,1k] [--seconds 0.2] [--threads 1,2]`
//
// Times calls of every operator, by size, on tfjs-native, tfjs's cpu backend and its wasm backend.
// Each has a process of its own; they take turns, at the largest size with copies of memory. Seconds
// are those of one call's repetitions on one backend. Calls follow one another without being waited
// for, as in a model; they go through tfjs's engine. Prints markdown: a table a number of threads, what
// tfjs-native is slow at, what of the largest size is far from the ceiling, and problems.

const os = require('node:os');
const { parseArgs } = require('node:util');
const { checkNames } = require('./command-line');
const { Copies, ownCopies, largest } = require('./copies');
const { kernelCases, sizes } = require('./kernel-cases');
const { KernelContender, raceKernel } = require('./kernel-race');
const { kernelTable, slowTable, farTable, ceilingsText, timesText } = require('./kernel-report');

/** @typedef {import('./kernel-cases').Size} Size */

const largeProduct = { name: 'BatchMatMul', size: /** @type {Size} */ ('1m') };

/**
 * The ceilings that stay as they are, other than the speed of memory.
 * @param {KernelContender} contender @param {Size[]} chosen @param {number} seconds
 * @returns {Promise<import('./kernel-report').Ceilings>}
 */
async function measureCeilings(contender, chosen, seconds) {
  const rate = async (name, size) => {
    const kernelCase = kernelCases.find((one) => one.name === name);
    if (kernelCase === undefined) throw new Error(`no case ${name}`);
    const { times, bytes, products, problems } = await raceKernel(
      [contender],
      kernelCase,
      size,
      seconds,
    );
    const { ms, bestMs = ms } = times.native ?? {};
    if (bestMs === undefined) throw new Error(problems.join('; '));
    return (products === undefined ? (bytes ?? 0) : 2 * products) / bestMs / 1e6;
  };
  /** @type {Map<Size, number>} */
  const gigabytes = new Map();
  for (const size of chosen.filter((one) => sizes[one] >= sizes['64k'] && one !== largest)) {
    const rates = [];
    for (const name of ownCopies) rates.push(await rate(name, size));
    gigabytes.set(size, Math.max(...rates));
  }
  return { gigabytes, gigaflops: await rate(largeProduct.name, largeProduct.size) };
}

/** @param {string[]} args */
async function runKernels(args) {
  const { values: options } = parseArgs({
    args,
    options: {
      op: { type: 'string' },
      sizes: { type: 'string', default: Object.keys(sizes).join() },
      seconds: { type: 'string', default: '0.2' },
      threads: { type: 'string', default: os.availableParallelism() > 1 ? '1,2' : '1' },
    },
  });
  const known = [...new Set(kernelCases.map(({ op }) => op))];
  const ops = options.op?.split(',') ?? known;
  const chosen = /** @type {Size[]} */ (options.sizes.split(','));
  checkNames('operator', ops, known);
  checkNames('size', chosen, Object.keys(sizes));
  chosen.sort((a, b) => sizes[a] - sizes[b]);
  const seconds = Number(options.seconds);
  if (!(seconds > 0)) throw new Error(`--seconds ${options.seconds}: expected a positive number`);
  const problems = [];
  /** What does not depend on the number of threads. @type {Map<string, any>} */
  const onOneThread = new Map();

  console.log(`Node ${process.version}, ${os.cpus()[0].model}, ${os.availableParallelism()} cores`);
  for (const threads of options.threads.split(',').map(Number)) {
    const native = new KernelContender('native', threads);
    const contenders = [native, new KernelContender('wasm', threads)];
    const isFirst = onOneThread.size === 0;
    if (isFirst) contenders.push(new KernelContender('cpu', 1));
    const copies = chosen.includes(largest) ? new Copies(threads) : undefined;
    try {
      await copies?.start();
      const ceilings = await measureCeilings(native, chosen, seconds);
      const cells = [];
      for (const kernelCase of kernelCases.filter(({ op }) => ops.includes(op))) {
        for (const size of chosen.filter((one) => kernelCase.sizes.includes(one))) {
          const beside = size === largest ? copies : undefined;
          const cell = await raceKernel(contenders, kernelCase, size, seconds, beside);
          const key = `${cell.name}, ${size}`;
          if (isFirst) onOneThread.set(key, cell.times.cpu);
          else if (onOneThread.get(key)) cell.times.cpu = onOneThread.get(key);
          cells.push(cell);
          console.error(`${key}, ${threads} threads: ${timesText(cell)}`);
          for (const problem of cell.problems) console.error(`PROBLEM: ${problem}`);
          problems.push(...cell.problems.map((text) => `${threads} threads: ${text}`));
        }
      }
      console.log(`\n## Threads: ${threads} (tfjs cpu: 1)\n\n${ceilingsText(ceilings, cells)}\n`);
      console.log(`${kernelTable(cells, ceilings)}\n\n${slowTable(cells)}`);
      console.log(`\n${farTable(cells, ceilings)}`);
    } finally {
      for (const contender of contenders) await contender.end();
      await copies?.end();
    }
  }
  if (problems.length > 0) {
    console.log(`\n${problems.length} problems:\n\n- ${problems.join('\n- ')}`);
    process.exitCode = 1;
  }
}

module.exports = { runKernels };
