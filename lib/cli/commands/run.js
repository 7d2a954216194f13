'use strict';

const fs = require('node:fs/promises');
const { numberOption } = require('../arguments');
const { inputOptions, readInputs } = require('../inputs');
const { inputTypes, loadModel, modelOptions } = require('../models');
const { outputsOf, summaryOf, textOf } = require('../outputs');
const { start } = require('../start');

/** @type {import('../arguments').Command} */
module.exports = {
  name: 'run',
  summary: 'run a model once: the likeliest classes, or what its outputs are',
  operands: ['MODEL'],
  options: {
    ...inputOptions,
    ...modelOptions,
    top: { type: 'string', value: 'N', help: 'how many classes to show (5)' },
    labels: {
      type: 'string',
      value: 'FILE',
      help: "names of classes, a line each or a JSON list; by default the model's own",
    },
    values: { type: 'boolean', help: 'with --json: all values of the outputs' },
  },
  notes: [
    'MODEL is a model.json, its folder, or a URL. Files go to the inputs in their order unless',
    'they are named.',
  ],
  async run({ values, operands }, output) {
    const top = numberOption('top', values.top, { least: 1, isWhole: true, fallback: 5 });
    const tf = await start(values);
    const { model, kind } = await loadModel(tf, operands[0]);
    const labels = await labelsOf(model, values.labels);
    const inputs = await readInputs(tf, model, inputTypes(model, values.shape), values);
    const begin = performance.now();
    const given = await tf.native.run(model, inputs.length === 1 ? inputs[0] : inputs);
    const milliseconds = performance.now() - begin;
    const outputs = [];
    for (const { name, tensor } of outputsOf(model, given)) {
      outputs.push(await summaryOf(name, tensor, { top, labels, withValues: values.values }));
    }
    const inputInfo = inputs.map(({ shape, dtype }, i) => {
      const { name } = /** @type {any[]} */ (model.inputs)[i];
      return { name, shape, dtype };
    });
    if (values.json) output.json({ kind, inputs: inputInfo, milliseconds, outputs });
    else output.line(outputs.map(textOf).join('\n'));
    return true;
  },
};

/**
 * @param {any} model @param {string | undefined} file
 * @returns {Promise<string[] | null>}
 */
async function labelsOf(model, file) {
  if (file === undefined) {
    const own = model.metadata?.labels ?? model.userDefinedMetadata?.labels;
    return Array.isArray(own) ? own.map(String) : null;
  }
  const text = await fs.readFile(file, 'utf8');
  if (!/^\s*[[{]/.test(text)) return text.trimEnd().split(/\r?\n/);
  try {
    // Some have {"0": "cat", "1": "dog"}.
    return Object.values(JSON.parse(text)).map(String);
  } catch (error) {
    throw new Error(`${file}: ${/** @type {Error} */ (error).message}`, { cause: error });
  }
}
