'use strict';

// Writes lib/docs/operators.md from the operator table: `node test/tools/generate-operator-docs.js`.

const fs = require('node:fs');
const path = require('node:path');

const { movedStrings, stringOperators, stringVariants } = require('../../lib/strings/operators');

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

/** What tensors of tfjs have, and images. */
const DTYPES = ['float32', 'int32', 'bool', 'complex64', 'uint8'];

/** @returns {Set<string>} Operators that CUDA computes, as its lists of kernels say. */
function cudaOperators() {
  const folder = path.join(root, 'native', 'backends', 'cuda');
  const sources = fs.readdirSync(folder).filter((name) => /\.(cc|cu)$/.test(name));
  const rows = sources.flatMap((name) => {
    const text = fs.readFileSync(path.join(folder, name), 'utf8');
    const lists = text.split('static const Kernel kKernels[] = {').slice(1);
    return lists.flatMap((list) => [...list.split('};')[0].matchAll(/\{"(\w+)",/g)]);
  });
  return new Set(rows.map(([, name]) => name));
}

/** @param {any} row */
function dtypesText({ name, view, dtypes }) {
  const isOfStrings = Object.hasOwn(stringVariants, name) || Object.hasOwn(movedStrings, name);
  const known = view ? ['all'] : DTYPES.filter((dtype) => dtypes.includes(dtype));
  return [...known, ...(isOfStrings ? ['string'] : [])].join(', ');
}

/** @param {any} row */
function notesText({ name, view, open, random, attrs }) {
  const changing = attrs.filter(({ run }) => run).map(({ name: attr }) => attr);
  return [
    ...(view ? ['shares its input'] : []),
    ...(open ? ['shape by values: waits for its inputs'] : []),
    ...(random ? ['random: never captured'] : []),
    ...(changing.length > 0 ? [`plans once whatever ${changing.join(', ')}`] : []),
    ...(Object.hasOwn(stringVariants, name) ? ['strings in JavaScript'] : []),
  ].join('; ');
}

/** The document for the addon that is built. @returns {string} */
function operatorDocs() {
  const { loadAddon } = require('../../lib/load-addon');
  const names = kernelNames();
  const cuda = cudaOperators();
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
  const unknown = missing.filter((name) => !Object.hasOwn(stringOperators, name));
  if (unknown.length > 0) throw new Error(`no kernels, and no reason: ${unknown.join(', ')}`);
  const own = [...native].filter((name) => !names.includes(name));
  return [
    '# Operators',
    '',
    'Generated from `native/ops/ops.inc` by `test/tools/generate-operator-docs.js`.',
    '',
    `${names.length - others.length} of tfjs-core's ${names.length} kernels are native. Names, inputs and attributes`,
    `are those of tfjs-core, which has no kernels called: ${own.join(', ')}.`,
    '',
    'The column of dtypes has those of inputs and outputs; on CUDA it is float32 alone. Where tfjs and',
    "TensorFlow's documentation differ, it is tfjs that holds, but for what README.md lists.",
    '',
    '| operator | inputs | attributes | dtypes | devices | notes |',
    '|---|---|---|---|---|---|',
    ...[...rows]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((row) =>
        [
          `| ${row.name} | ${inputs(row)} | ${attrs(row)} | ${dtypesText(row)} |`,
          `${cuda.has(row.name) ? 'CPU, CUDA' : 'CPU'} | ${notesText(row)} |`,
        ].join(' '),
      ),
    '',
    'Never called, neither by tfjs-core nor by any other part of tfjs, are:',
    '',
    ...Object.entries(NEVER_CALLED).map(([name, reason]) => `- ${name}: ${reason}.`),
    '',
    `Of strings alone, and so computed in JavaScript: ${missing.join(', ')}.`,
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
