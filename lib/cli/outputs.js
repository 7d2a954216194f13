'use strict';

const { table } = require('./output');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */

/** How many values of an output to show. */
const shownValues = 8;

/**
 * @param {any} model @param {Tensor | Tensor[] | Record<string, Tensor>} given What a run gave.
 * @returns {{name: string, tensor: Tensor}[]}
 */
function outputsOf(model, given) {
  if (!Array.isArray(given) && !('dataId' in given)) {
    return Object.entries(given).map(([name, tensor]) => ({ name, tensor }));
  }
  const names = model.outputNodes ?? model.outputNames ?? [];
  return [given].flat().map((tensor, i) => ({
    name: names[i] ?? `output ${i}`,
    tensor: /** @type {Tensor} */ (tensor),
  }));
}

/**
 * @typedef {object} OutputSummary
 * @property {string} name
 * @property {string} dtype
 * @property {number[]} shape
 * @property {{index: number, label: string | null, score: number}[]} [top] Where it has scores of one
 *     sample, the highest first.
 * @property {number} [min]
 * @property {number} [max]
 * @property {number} [mean]
 * @property {any[]} first The first values.
 * @property {any[]} [values] All of them, where asked for.
 */

/**
 * @param {string} name @param {Tensor} tensor
 * @param {{top: number, labels: string[] | null, withValues?: boolean}} options
 * @returns {Promise<OutputSummary>}
 */
async function summaryOf(name, tensor, { top, labels, withValues = false }) {
  const { dtype, shape, rank } = tensor;
  const values = /** @type {any} */ (await tensor.data());
  /** @type {OutputSummary} */
  const summary = { name, dtype, shape, first: Array.from(values.slice(0, shownValues)) };
  if (dtype !== 'string' && values.length > 0) Object.assign(summary, statisticsOf(values));
  const isScores = dtype === 'float32' && rank > 0 && shape[rank - 1] === values.length;
  if (isScores && values.length > 1) summary.top = highest(values, top, labels);
  if (withValues) summary.values = Array.from(values);
  return summary;
}

/** @param {ArrayLike<number>} values */
function statisticsOf(values) {
  let [min, max, sum] = [Infinity, -Infinity, 0];
  for (let i = 0; i < values.length; i++) {
    // Math.min keeps NaN.
    min = Math.min(min, values[i]);
    max = Math.max(max, values[i]);
    sum += values[i];
  }
  return { min, max, mean: sum / values.length };
}

/** @param {ArrayLike<number>} values @param {number} count @param {string[] | null} labels */
function highest(values, count, labels) {
  return Array.from(values, (score, index) => ({ index, label: labels?.[index] ?? null, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
}

/** @param {number} value */
const numberText = (value) => String(Number(value.toPrecision(6)));

/** @param {OutputSummary} summary */
function textOf({ name, dtype, shape, top, min, max, mean, first }) {
  const title = `${name}: ${dtype}[${shape}]`;
  if (top !== undefined) {
    const rows = top.map(({ index, label, score }) => [
      `  ${label ?? `class ${index}`}`,
      numberText(score),
    ]);
    return `${title}\n${table(rows)}`;
  }
  const values = first.map((value) =>
    typeof value === 'number' ? numberText(value) : String(value),
  );
  const size = shape.reduce((product, extent) => product * extent, 1);
  const list = `  values: ${values.join(' ')}${size > values.length ? ' ...' : ''}`;
  if (min === undefined || max === undefined || mean === undefined) return `${title}\n${list}`;
  const range = `  from ${numberText(min)} to ${numberText(max)}, mean ${numberText(mean)}`;
  return [title, range, list].join('\n');
}

module.exports = { outputsOf, summaryOf, textOf };
