'use strict';

const fs = require('node:fs/promises');
const { inputTypes, loadModel, modelOptions } = require('../models');
const { start } = require('../start');

/** @type {import('../arguments').Command} */
module.exports = {
  name: 'explain',
  summary: 'show the kernels, fused operators and memory of a captured model',
  operands: ['MODEL'],
  options: {
    ...modelOptions,
    svg: { type: 'string', value: 'FILE', help: 'draw the graphs into a file' },
  },
  notes: ['MODEL is a model.json, its folder, or a URL. It is run with zeros.'],
  async run({ values, operands }, output) {
    const tf = await start(values);
    tf.native.setCapture(true);
    const { model } = await loadModel(tf, operands[0]);
    const shapes = inputTypes(model, values.shape).map(({ shape }) => shape);
    const [report] = await tf.native.warmup(model, [shapes]);
    const explanation = tf.native.explain(model);
    if (values.svg !== undefined) await fs.writeFile(values.svg, explanation.svg);
    if (values.json) output.json({ ...report, ...explanation.json });
    else output.line(explanation.text.trimEnd());
    if (!report.captured) output.message(`not captured: ${report.reason}`);
    return true;
  },
};
