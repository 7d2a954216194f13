'use strict';

// `npm run bench -- images [--formats jpeg,png] [--sizes 640x480,1920x1080] [--at-once 1,4]
//     [--seconds 3] [--decoders native,sync,sharp,sharp-tensor]`
//
// Times the decoding of files in memory: to a tensor of int32 by this package, to bytes, and to a
// tensor made of them, by sharp. All are in one process and take turns, and the medians are compared:
// of the time that passes, and of the processors' time, which a busy machine changes less. Prints
// markdown. A decoder whose pixels differ is an error.

const os = require('node:os');
const { parseArgs } = require('node:util');
const { checkNames } = require('./command-line');
const { decoders, photograph, writers } = require('./images');
const { markdownTable, median, scatter } = require('./statistics');

/** What decoders of JPEG may differ by, as a mean: this package's is the fast one, as TensorFlow's. */
const TOLERANCE = 2;
const ROUNDS = 8;

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function meanDifference(a, b) {
  if (a.length !== b.length) return Infinity;
  return Array.from(a).reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}

/** @param {string[]} names @param {Buffer} file @returns {Promise<string[]>} What is wrong. */
async function differences(names, file) {
  const problems = [];
  /** @type {ArrayLike<number> | undefined} */
  let reference;
  for (const name of names) {
    const { decode, values, dispose } = decoders[name];
    const decoded = await decode(file);
    const own = Array.from(await values(decoded));
    dispose(decoded);
    const first = (reference ??= own);
    if (meanDifference(own, first) > TOLERANCE)
      problems.push(`${name} has other pixels than ${names[0]}`);
  }
  return problems;
}

/**
 * What `count` files at once take, for each of them, in ms.
 * @param {import('./images').Decoder} decoder @param {Buffer} file @param {number} count
 * @returns {Promise<{passed: number, busy: number}>} `busy`: of all processors.
 */
async function timeOnce({ decode, dispose, isSync }, file, count) {
  const start = performance.now();
  const before = process.cpuUsage();
  if (isSync) {
    for (let i = 0; i < count; i++) dispose(decode(file));
  } else {
    const decodeOne = async () => dispose(await decode(file));
    await Promise.all(Array.from({ length: count }, decodeOne));
  }
  const { user, system } = process.cpuUsage(before);
  const passed = (performance.now() - start) / count;
  return { passed, busy: (user + system) / 1000 / count };
}

/**
 * The decoders in turns.
 * @param {string[]} names @param {Buffer} file @param {number} count @param {number} seconds For each.
 * @returns {Promise<{passed: number[], busy: number[]}[]>} By name.
 */
async function timeAll(names, file, count, seconds) {
  const times = names.map(() => ({
    passed: /** @type {number[]} */ ([]),
    busy: /** @type {number[]} */ ([]),
  }));
  for (const name of names) await timeOnce(decoders[name], file, count);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, name] of names.entries()) {
      const until = performance.now() + (1000 * seconds) / ROUNDS;
      do {
        const { passed, busy } = await timeOnce(decoders[name], file, count);
        times[i].passed.push(passed);
        times[i].busy.push(busy);
      } while (performance.now() < until);
    }
  }
  return times;
}

/** @param {string[]} args */
async function runImages(args) {
  const { values: options } = parseArgs({
    args,
    options: {
      formats: { type: 'string', default: 'jpeg,png' },
      sizes: { type: 'string', default: '640x480,1920x1080' },
      'at-once': { type: 'string', default: '1,4' },
      seconds: { type: 'string', default: '3' },
      decoders: { type: 'string', default: Object.keys(decoders).join(',') },
    },
  });
  const names = options.decoders.split(',');
  const formats = options.formats.split(',');
  checkNames('decoder', names, Object.keys(decoders));
  checkNames('format', formats, Object.keys(writers));
  const rows = [];
  const problems = [];
  let widest = 0;
  for (const format of formats) {
    for (const size of options.sizes.split(',')) {
      const [width, height] = size.split('x').map(Number);
      const file = await photograph(format, width, height);
      problems.push(
        ...(await differences(names, file)).map((text) => `${format} ${size}: ${text}`),
      );
      for (const count of options['at-once'].split(',').map(Number)) {
        const times = await timeAll(names, file, count, Number(options.seconds));
        const cells = times.map(({ passed, busy }) =>
          [passed, busy].map((list) => median(list).toFixed(2)).join(' / '),
        );
        widest = Math.max(widest, ...times.map(({ passed }) => scatter(passed)));
        const title = `${format} ${size}, ${count} at once`;
        rows.push([title, ...cells]);
        console.error(`${title}: ${cells.join(', ')}`);
      }
    }
  }
  const cores = os.availableParallelism();
  console.log(`\nNode ${process.version}, ${os.cpus()[0].model}, ${cores} cores\n`);
  console.log('Median ms an image, of time that passed / of processors:\n');
  console.log(markdownTable(['file', ...names.map((name) => decoders[name].title)], rows));
  console.log(`\nGreatest scatter (interquartile range over median): ${widest.toFixed(2)}`);
  for (const problem of problems) console.log(`PROBLEM: ${problem}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

module.exports = { differences, runImages, timeAll };
