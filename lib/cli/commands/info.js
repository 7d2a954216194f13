'use strict';

const os = require('node:os');
const { bytesText } = require('../../capture/explain/labels');
const { start } = require('../start');

/** @typedef {import('../../load-addon').DeviceInfo} DeviceInfo */

/** @param {DeviceInfo} device @returns {string[]} */
function deviceLines({ name, available, description, caches = [], reason }) {
  const lines = [`${name}: ${available ? description : `not used: ${reason}`}`];
  for (const { level, bytes, source } of caches) {
    lines.push(`  L${level} cache: ${bytesText(bytes)} a core, says the ${source}`);
  }
  return lines;
}

/** @type {import('../arguments').Command} */
module.exports = {
  name: 'info',
  summary: 'what this machine and this package are, and why the GPU is used or not',
  operands: [],
  options: {
    'self-test': { type: 'boolean', help: 'check that this machine computes rightly (a second)' },
  },
  async run({ values }, output) {
    const tf = await start(values);
    const [cpu] = os.cpus();
    const facts = {
      version: tf.version['tfjs-native'],
      tfjs: tf.version.tfjs,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      processor: cpu?.model ?? null,
      processors: os.cpus().length,
      memoryBytes: os.totalmem(),
      backend: tf.getBackend(),
      threads: tf.native.threads(),
      capture: tf.native.getCapture(),
      kernels: tf.native.kernels().length,
      memory: tf.native.memory(),
      devices: tf.native.devices(),
      selfTest: values['self-test'] ? await tf.native.selfTest() : null,
    };
    if (values.json) output.json(facts);
    else output.line(textOf(facts));
    return facts.selfTest?.ok ?? true;
  },
};

/** @param {any} facts */
function textOf(facts) {
  const { memory, selfTest } = facts;
  const ceiling = memory.ceilingBytes === 0 ? 'no ceiling' : bytesText(memory.ceilingBytes);
  const lines = [
    `tfjs-native ${facts.version}, TensorFlow.js ${facts.tfjs}, Node.js ${facts.node}, ${facts.platform}`,
    `processor: ${facts.processor ?? 'unknown'}, ${facts.processors} visible`,
    `memory: ${bytesText(facts.memoryBytes)}; for tensors: ${ceiling}`,
    `backend: ${facts.backend}, ${facts.threads} threads, ${facts.kernels} operators`,
    `capture of models: ${facts.capture ? 'on' : 'off'}`,
    ...facts.devices.flatMap(deviceLines),
  ];
  if (selfTest !== null) {
    lines.push(`self test: ${selfTest.checks} checks, ${selfTest.differences.length} wrong`);
    for (const { op, what, expected, got, error } of selfTest.differences) {
      lines.push(`  ${op} ${what}: ${error ?? `expected ${expected}, got ${got}`}`);
    }
  }
  return lines.join('\n');
}
