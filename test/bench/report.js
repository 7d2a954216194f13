'use strict';

// Tables of the networks' figures, as README.md has them.

const { markdownTable, geometricMean } = require('./statistics');
const { titles: modelTitles } = require('./models');

const { version: onnxVersion } = require('onnxruntime-node/package.json');

/** @type {Record<string, string>} */
const contenderTitles = {
  native: 'tfjs-native',
  onnxruntime: `onnxruntime-node ${onnxVersion.split('.').slice(0, 2).join('.')}`,
  wasm: 'tfjs wasm',
  cpu: 'tfjs cpu, 1 thread',
};

/** @param {string} kind */
const hasThreads = (kind) => kind !== 'cpu';

/**
 * Medians by model and number of threads.
 * @typedef {Map<string, Map<number, Record<string, number>>>} Figures
 */

/** @param {number | undefined} value @param {number} [digits] */
function shortNumber(value, digits = 1) {
  if (value === undefined) return 'missing';
  return value.toFixed(value >= 100 ? 0 : digits);
}

/** @param {string} model */
const titleOf = (model) => modelTitles[model] ?? model;

/** @param {Figures} figures @param {number[]} threads @param {string[]} kinds */
function timesTable(figures, threads, kinds) {
  const columns = kinds.filter(hasThreads);
  const header = ['model', 'threads', ...columns.map((kind) => contenderTitles[kind])];
  const rows = Array.from(figures, ([model, byThreads]) => [
    titleOf(model),
    threads.join(' / '),
    ...columns.map((kind) =>
      threads.map((count) => shortNumber(byThreads.get(count)?.[kind])).join(' / '),
    ),
  ]);
  return markdownTable(header, rows);
}

/**
 * How many times as long as tfjs-native the others take on the same number of threads, and the
 * geometric means of that.
 * @param {Figures} figures @param {number[]} threads @param {string[]} kinds
 */
function ratiosTable(figures, threads, kinds) {
  const others = kinds.filter((kind) => kind !== 'native');
  /** @returns {number | undefined} */
  const ratio = (model, kind, count) => {
    const figure = figures.get(model)?.get(count);
    const value = figure && figure[kind] / figure.native;
    return Number.isFinite(value) ? value : undefined;
  };
  const countsOf = (kind) => (hasThreads(kind) ? threads : threads.slice(0, 1));
  const cells = (cell) => others.map((kind) => countsOf(kind).map(cell(kind)).join(' / '));
  const models = [...figures.keys()];
  const rows = models.map((model) => [
    titleOf(model),
    threads.join(' / '),
    ...cells((kind) => (count) => shortNumber(ratio(model, kind, count), 2)),
  ]);
  const meanOf = (kind) => (count) => {
    const known = models.map((model) => ratio(model, kind, count)).filter((r) => r !== undefined);
    if (known.length === 0) return 'missing';
    const part = known.length < models.length ? ` (${known.length} of ${models.length})` : '';
    return shortNumber(geometricMean(known), 2) + part;
  };
  rows.push(['geometric mean', threads.join(' / '), ...cells(meanOf)]);
  const header = ['times as long as tfjs-native', 'threads'];
  return markdownTable([...header, ...others.map((kind) => contenderTitles[kind])], rows);
}

/**
 * What else is known of each contender: the first prediction with loading before it, memory, and how
 * much the times scatter.
 * @param {Map<string, Map<number, Record<string, import('./race').Extras>>>} extras
 * @param {number[]} threads @param {string[]} kinds
 */
function extrasTable(extras, threads, kinds) {
  const columns = kinds.filter(hasThreads);
  const header = ['load and first run, ms; RSS, MB; scatter, %', 'threads'];
  const cell = (/** @type {import('./race').Extras | undefined} */ extra) =>
    extra === undefined
      ? 'missing'
      : [
          shortNumber(extra.startMs, 0),
          shortNumber(extra.rssBytes && extra.rssBytes / 2 ** 20, 0),
          shortNumber(extra.scatter * 100, 0),
        ].join('; ');
  const rows = Array.from(extras, ([model, byThreads]) => [
    titleOf(model),
    threads.join(' / '),
    ...columns.map((kind) => threads.map((n) => cell(byThreads.get(n)?.[kind])).join(' / ')),
  ]);
  return markdownTable([...header, ...columns.map((kind) => contenderTitles[kind])], rows);
}

module.exports = { timesTable, ratiosTable, extrasTable, contenderTitles, hasThreads };
