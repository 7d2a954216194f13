'use strict';

const { bytesText } = require('../../capture/explain/labels');
const { numberOption } = require('../arguments');
const { inputOptions, readInputs } = require('../inputs');
const { inputTypes, loadModel, modelOptions } = require('../models');
const { table } = require('../output');
const { start } = require('../start');
const { measure, figuresOf } = require('../measuring');

/** @typedef {import('../measuring').Figures} Figures */

/** @type {import('../arguments').Command} */
module.exports = {
  name: 'bench',
  summary: 'time a model, captured and operator by operator',
  operands: ['MODEL'],
  options: {
    ...modelOptions,
    ...inputOptions,
    seconds: { type: 'string', value: 'N', help: 'how long to time each of the two (3)' },
    concurrency: { type: 'string', value: 'N', help: 'runs that are under way at a time (1)' },
    runs: { type: 'string', value: 'N', help: 'how often to run each of the two at the most' },
  },
  notes: [
    'MODEL is a model.json, its folder, or a URL. Inputs that no file is given for are random',
    'numbers from 0 to 1, or zeros where they are integers. A run ends when its outputs have been',
    'read. The two take turns.',
  ],
  async run({ values, operands }, output) {
    const seconds = numberOption('seconds', values.seconds, { fallback: 3 });
    const runs = numberOption('runs', values.runs, { least: 1, isWhole: true, fallback: Infinity });
    const concurrency = numberOption('concurrency', values.concurrency, {
      least: 1,
      isWhole: true,
      fallback: 1,
    });
    const tf = await start(values);
    const { model, kind, loadMs } = await loadModel(tf, operands[0]);
    const types = inputTypes(model, values.shape);
    const inputs = await readInputs(tf, model, types, values, ({ shape, dtype }) =>
      dtype === 'float32' ? tf.randomUniform(shape, 0, 1) : tf.zeros(shape, dtype),
    );
    const measured = await measure(tf, model, inputs, { seconds, runs, concurrency });
    const batch = inputs[0]?.shape[0] ?? 1;
    const result = {
      model: operands[0],
      kind,
      backend: tf.getBackend(),
      threads: tf.native.threads(),
      concurrency,
      inputs: inputs.map(({ shape, dtype }, i) => ({ name: types[i].name, shape, dtype })),
      loadMs,
      firstRunMs: measured.firstRunMs,
      warmupMs: measured.warmupMs,
      reason: measured.reason,
      captured: measured.captured.times.length === 0 ? null : figuresOf(measured.captured, batch),
      eager: figuresOf(measured.eager, batch),
      memory: tf.native.memory(),
    };
    if (values.json) output.json(result);
    else output.line(textOf(result));
    return true;
  },
};

/** @param {number} ms */
const msText = (ms) => ms.toFixed(ms < 10 ? 3 : 1);

/** @param {string} name @param {Figures} figures */
const row = (name, { runs, medianMs, p95Ms, perSecond }) => [
  name,
  String(runs),
  msText(medianMs),
  msText(p95Ms),
  perSecond.toFixed(1),
];

/** @param {any} result */
function textOf({ model, kind, backend, threads, inputs, reason, captured, eager, ...rest }) {
  const { concurrency, loadMs, firstRunMs, warmupMs, memory } = rest;
  const shapes = inputs.map((/** @type {any} */ { name, shape, dtype }) => {
    return `${name} ${dtype}[${shape}]`;
  });
  const lines = [
    `${model}: ${kind}, ${shapes.join(', ')}`,
    `${backend}, ${threads} threads, ${concurrency} at a time; ${bytesText(memory.peakBytes)} at the most`,
    `loaded in ${msText(loadMs)} ms, first run ${msText(firstRunMs)} ms, captured in ${msText(warmupMs)} ms`,
    '',
    table([
      ['', 'runs', 'median ms', 'p95 ms', 'samples/s'],
      ...(captured === null ? [] : [row('captured', captured)]),
      row('operator by operator', eager),
    ]),
  ];
  if (captured === null) lines.push(`not captured: ${reason}`);
  else lines.push('', `capture: ${(eager.medianMs / captured.medianMs).toFixed(2)} times as fast`);
  return lines.join('\n');
}
