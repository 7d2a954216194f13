'use strict';

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Interquartile range over median. @param {number[]} values */
function scatter(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const quartile = (/** @type {number} */ part) => sorted[Math.floor((sorted.length - 1) * part)];
  return (quartile(0.75) - quartile(0.25)) / median(values);
}

/** @param {number[]} values Positive. */
function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/**
 * A markdown table.
 * @param {string[]} header The first column is text, the others are numbers.
 * @param {string[][]} rows
 */
function markdownTable(header, rows) {
  const lines = [header, header.map((_, i) => (i === 0 ? '---' : '--:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

module.exports = { median, scatter, geometricMean, markdownTable };
