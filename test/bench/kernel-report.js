'use strict';

// Tables of the kernels' figures.

const { largest } = require('./copies');
const { sizes } = require('./kernel-cases');
const { mostMs } = require('./kernel-race');
const { markdownTable } = require('./statistics');

/**
 * @typedef {import('./kernel-race').Cell} Cell
 * @typedef {import('./kernel-race').Time} Time
 * @typedef {import('./kernel-cases').Size} Size
 */

/**
 * What the machine can do at the most, as far as it is known.
 * @typedef {object} Ceilings
 * @property {number} gigaflops Of a large matrix product.
 * @property {Map<Size, number>} gigabytes A second, by size, of copies; those of the largest size stand
 *     beside each call.
 */

const others = { cpu: 'tfjs cpu', wasm: 'tfjs wasm' };
/** How many times as long as the cpu backend a call of few values may take. */
const tinyAllowance = 1.5;

/** What of the ceiling a call of the largest size is to get that has nothing to do but to move. */
const leastOfCeiling = 0.7;

/** With three digits. @param {number} value */
function short(value) {
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}

/** In microseconds. @param {Time | undefined} time */
function timeText(time) {
  if (time === undefined) return '';
  const mark = { single: '~ ', more: '> ' }[time.mark ?? ''] ?? '';
  return (time.differs ? '≠ ' : '') + mark + short(time.ms * 1000);
}

/** All times of a call. @param {Cell} cell */
const timesText = ({ times }) =>
  ['native', ...Object.keys(others)]
    .filter((kind) => times[kind] !== undefined)
    .map((kind) => `${kind} ${timeText(times[kind])} µs`)
    .join(', ');

/**
 * How many times as long as tfjs-native another one takes.
 * @param {Cell} cell @param {string} kind @returns {number | undefined}
 */
function ratioOf({ times }, kind) {
  const [ours, theirs] = [times.native, times[kind]];
  if (ours === undefined || theirs === undefined) return undefined;
  // Where neither was waited for, nothing is known.
  if (ours.mark === 'more' && theirs.mark === 'more') return undefined;
  return theirs.ms / ours.ms;
}

/** @param {Cell} cell @param {string} kind */
function ratioText(cell, kind) {
  const ratio = ratioOf(cell, kind);
  if (ratio === undefined) return '';
  const mark = cell.times[kind].mark === 'more' ? '> ' : '';
  return mark + short(ratio);
}

/**
 * What tfjs-native gets done a second, and which part of the ceiling that is: both at their best, so
 * that what else keeps the memory busy for a while counts against neither.
 * @param {Cell} cell @param {Ceilings} ceilings
 * @returns {{rate: number, unit: string, part?: number} | undefined}
 */
function rateOf({ times, bytes, products, size, copied }, { gigaflops, gigabytes }) {
  const ours = times.native;
  if (ours === undefined || ours.mark === 'more') return undefined;
  const { bestMs = ours.ms } = ours;
  const [rate, unit, ceiling] =
    products !== undefined
      ? [(2 * products) / bestMs / 1e6, 'GFLOP/s', gigaflops]
      : [(bytes ?? 0) / bestMs / 1e6, 'GB/s', copied?.own ?? gigabytes.get(size)];
  if (rate === 0) return undefined;
  // What takes microseconds is far from any ceiling.
  const isKnown = ceiling !== undefined && sizes[size] >= sizes['64k'];
  return { rate, unit, part: isKnown ? rate / ceiling : undefined };
}

/** @param {Cell} cell @param {Ceilings} ceilings */
function rateTexts(cell, ceilings) {
  const found = rateOf(cell, ceilings);
  if (found === undefined) return ['', ''];
  const { rate, unit, part } = found;
  return [`${short(rate)} ${unit}`, part === undefined ? '' : short(100 * part)];
}

/** In percent of what memcpy moves. @param {Cell} cell @param {Ceilings} ceilings */
function memcpyText(cell, ceilings) {
  const found = rateOf(cell, ceilings);
  if (found?.unit !== 'GB/s' || cell.copied === undefined) return '';
  return short((100 * found.rate) / cell.copied.memcpy);
}

/** @param {Cell[]} cells @param {Ceilings} ceilings */
function kernelTable(cells, ceilings) {
  const kinds = Object.keys(others);
  const header = [
    'kernel',
    'elements',
    'tfjs-native, µs',
    ...kinds.map((kind) => `${others[kind]}, µs`),
    ...kinds.map((kind) => `${others[kind]} / tfjs-native`),
    'tfjs-native a second',
    '% of the ceiling',
  ];
  const rows = cells.map((cell) => [
    cell.name,
    cell.size,
    ...['native', ...kinds].map((kind) => timeText(cell.times[kind])),
    ...kinds.map((kind) => ratioText(cell, kind)),
    ...rateTexts(cell, ceilings),
  ]);
  return markdownTable(header, rows);
}

/**
 * Where tfjs-native is slower than another that computes the same from a thousand elements on, or takes more than its
 * allowance over the cpu backend for fewer; the worst first.
 * @param {Cell[]} cells
 * @returns {{cell: Cell, times: number, kind: string}[]} How many times as long as which other.
 */
function findSlow(cells) {
  const found = [];
  for (const cell of cells) {
    const isTiny = sizes[cell.size] < sizes['1k'];
    const slower = (isTiny ? ['cpu'] : Object.keys(others))
      .filter((kind) => !cell.times[kind]?.differs)
      .map((kind) => ({ cell, kind, times: 1 / (ratioOf(cell, kind) ?? Infinity) }))
      .sort((a, b) => b.times - a.times);
    const worst = slower[0];
    if (worst !== undefined && worst.times > (isTiny ? tinyAllowance : 1)) found.push(worst);
  }
  return found.sort((a, b) => b.times - a.times);
}

/** @param {Cell[]} cells */
function slowTable(cells) {
  const rows = findSlow(cells).map(({ cell, kind, times }) => [
    cell.name,
    cell.size,
    short(times),
    others[kind],
    timeText(cell.times.native),
    timeText(cell.times[kind]),
  ]);
  const header = [
    'slower than it should be',
    'elements',
    'times as long as',
    'which',
    'ours, µs',
    'its, µs',
  ];
  return rows.length === 0 ? 'None is slower than it should be.' : markdownTable(header, rows);
}

/**
 * The calls of the largest size that get less of the ceiling than they should, the farthest first;
 * also those that have much to compute.
 * @param {Cell[]} cells @param {Ceilings} ceilings
 */
function farTable(cells, ceilings) {
  const rows = cells
    .filter(({ size }) => size === largest)
    .map((cell) => ({ cell, part: rateOf(cell, ceilings)?.part ?? Infinity }))
    .filter(({ part }) => part < leastOfCeiling)
    .sort((a, b) => a.part - b.part)
    .map(({ cell }) => [
      cell.name,
      cell.size,
      ...rateTexts(cell, ceilings),
      memcpyText(cell, ceilings),
    ]);
  const header = [
    'far from the ceiling',
    'elements',
    'tfjs-native a second',
    '% of the ceiling',
    '% of memcpy',
  ];
  return rows.length === 0 ? 'None is far from the ceiling.' : markdownTable(header, rows);
}

/** @param {Ceilings} ceilings @param {Cell[]} cells */
function ceilingsText({ gigaflops, gigabytes }, cells) {
  const copies = Array.from(gigabytes, ([size, rate]) => `${short(rate)} GB/s of ${size}`);
  const copied = cells.flatMap((cell) => cell.copied ?? []);
  if (copied.length > 0) {
    const own = rangeText(copied.map((rates) => rates.own));
    const memcpy = rangeText(copied.map((rates) => rates.memcpy));
    copies.push(`beside each call of ${largest} ${own} GB/s (memcpy of the C library ${memcpy})`);
  }
  return [
    `Ceilings: a product of 1024³ ${short(gigaflops)} GFLOP/s;`,
    ...(copies.length > 0 ? [`copies of floats ${copies.join(', ')}.`] : []),
    '~: the first call alone.',
    `>: not waited for longer than ${mostMs / 1000} s, at this size or a smaller one.`,
    '≠: computes something else, here or at a smaller size, and is not compared below.',
  ].join('\n');
}

/** @param {number[]} values Some. */
function rangeText(values) {
  const [least, most] = [Math.min(...values), Math.max(...values)].map(short);
  return least === most ? least : `${least} to ${most}`;
}

module.exports = {
  kernelTable,
  findSlow,
  slowTable,
  farTable,
  ceilingsText,
  timesText,
};
