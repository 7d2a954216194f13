'use strict';

// Writes lib/docs/operators.md from the operator table: `node test/tools/generate-operator-docs.js`.

const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');
const outFile = path.join(root, 'lib', 'docs', 'operators.md');

/**
 * Kernels that tfjs-core names and nothing in tfjs calls: its functions are made of others.
 * @type {Record<string, string>}
 */
const NEVER_CALLED = {
  LowerBound: 'tf.lowerBound calls SearchSorted',
  MatrixBandPart: 'tf.linalg.bandPart is made of Range, comparisons and Select',
  Pool: 'tf.pool calls AvgPool or MaxPool',
  UpperBound: 'tf.upperBound calls SearchSorted',
};

/** The document for the addon that is built. @returns {string} */
function operatorDocs() {
  const { loadAddon } = require('../../lib/load-addon');
  const names = kernelNames();
  const rows = loadAddon()
    .ops()
    .filter((row) => !row.internal);
  const inputs = ({ inputs, listInput }) => {
    const names = inputs.map(({ name, optional }) => (optional ? `${name}?` : name));
    return [...names, ...(listInput ? [`${listInput}...`] : [])].join(', ');
  };
  const kind = ({ kind, choices }) => {
    const texts = choices.join(' \\| ');
    return { choice: texts, choices: `list of ${texts}` }[kind] ?? kind;
  };
  const attrs = (row) =>
    row.attrs.map((attr) => `${attr.name}${attr.optional ? '?' : ''}: ${kind(attr)}`).join('<br>');
  const native = new Set(rows.map((row) => row.name));
  const others = names.filter((name) => !native.has(name));
  const missing = others.filter((name) => !Object.hasOwn(NEVER_CALLED, name));
  const own = [...native].filter((name) => !names.includes(name));
  return [
    '# Operators',
    '',
    'Generated from `native/ops/ops.inc` by `test/tools/generate-operator-docs.js`.',
    '',
    `${names.length - others.length} of tfjs-core's ${names.length} kernels are native. Names, inputs and attributes`,
    `are those of tfjs-core, which has no kernels called: ${own.join(', ')}.`,
    '',
    '| operator | inputs | attributes |',
    '|---|---|---|',
    ...[...rows]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((row) => `| ${row.name} | ${inputs(row)} | ${attrs(row)} |`),
    '',
    'Never called, neither by tfjs-core nor by any other part of tfjs, are:',
    '',
    ...Object.entries(NEVER_CALLED).map(([name, reason]) => `- ${name}: ${reason}.`),
    '',
    `Not native yet: ${missing.join(', ')}.`,
    '',
  ].join('\n');
}

/** tfjs-core exports each kernel's name as a constant of that name. @returns {string[]} */
function kernelNames() {
  return Object.entries(require('@tensorflow/tfjs-core'))
    .filter(([key, value]) => key === value)
    .map(([key]) => key)
    .sort();
}

module.exports = { operatorDocs, outFile, NEVER_CALLED };

if (require.main === module) {
  fs.mkdirSync(path.dirname(outFile), { recursive: true });
  fs.writeFileSync(outFile, operatorDocs());
}
