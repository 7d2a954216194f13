'use strict';

const { typesText, opText, kernelText, bytesText, timeText, titleOf } = require('./labels');

/** @typedef {import('./index').ExplanationData} ExplanationData */
/** @typedef {import('./index').ExplainedGraph} ExplainedGraph */

/**
 * @param {string[][]} rows Columns to align.
 * @returns {string[]}
 */
function aligned(rows) {
  const widths = rows[0].map((_, column) =>
    rows.reduce((most, row) => Math.max(most, row[column].length), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
}

/** @param {ExplainedGraph} explained @returns {string[]} */
function linesOf(explained) {
  const { state, replays, error, graph } = explained;
  const lines = [`graph ${titleOf(explained)}`, `  ${error ?? state}, replays: ${replays}`];
  if (graph === null) return lines;
  const { passes, nodes, arenaBytes, unsharedBytes, constantBytes, resultBytes, timedRuns } = graph;
  const rows = nodes.map((node, i) => [
    `${i}`.padStart(4),
    opText(node),
    typesText(node.outputs),
    kernelText(node),
    node.ns === undefined ? '' : timeText(node.ns),
    node.name ?? '',
  ]);
  lines.push(
    `  passes: ${passes.join(', ') || 'none changed anything'}`,
    `  memory: ${bytesText(arenaBytes)} shared by what would take ${bytesText(unsharedBytes)}, ` +
      `constants ${bytesText(constantBytes)}, results ${bytesText(resultBytes)}`,
    ...aligned([
      ['  #', 'operator', 'output', 'kernel', timedRuns === undefined ? '' : 'time', 'name'],
      ...rows,
    ]).map((line) => `  ${line}`),
  );
  const declined = nodes.flatMap(({ declined: reasons = [] }, i) =>
    reasons.map((reason) => `    ${i}: ${reason}`),
  );
  if (declined.length > 0) lines.push('  kernels that declined', ...declined);
  return lines;
}

/** @param {ExplanationData} data @returns {string} */
function textOf({ graphs, eager, eagerNodes }) {
  const lines = graphs.length === 0 ? ['no graph is held'] : [];
  for (const graph of graphs) lines.push(...linesOf(graph), '');
  const reasons = Object.entries(eager);
  if (reasons.length > 0) {
    lines.push('runs that were done call by call');
    for (const [reason, count] of reasons) lines.push(`  ${count} x ${reason}`);
  }
  if (eagerNodes.length > 0) {
    lines.push('nodes that are never captured');
    for (const { name, op } of eagerNodes) lines.push(`  ${op} ${name}`);
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

module.exports = { textOf };
