'use strict';

// Writes a graph model as ONNX, so that onnxruntime computes the same network with the same
// weights. Covers the operators of the timed models; others are named in the error.

const { signatureOf } = require('../models');
const { Exporter, producerName } = require('./exporter');
const { fold } = require('./folding');
const { dimsOf } = require('./layout');
const { activationConverters } = require('./converters/activation');
const { convolutionConverters } = require('./converters/convolution');
const { elementwiseConverters } = require('./converters/elementwise');
const { indexingConverters } = require('./converters/indexing');
const { matmulConverters } = require('./converters/matmul');
const { reductionConverters } = require('./converters/reduction');
const { shapeConverters } = require('./converters/shape');

/** By TensorFlow's operator. @type {Record<string, import('./exporter').Convert>} */
const converters = {
  ...activationConverters,
  ...convolutionConverters,
  ...elementwiseConverters,
  ...indexingConverters,
  ...matmulConverters,
  ...reductionConverters,
  ...shapeConverters,
};

/** @typedef {import('./layout').Value} Value */
/**
 * @typedef {Value} Port An input or output of the exported graph; an image is
 *   NCHW, so that nothing is transposed there. Inputs of whole numbers are int32, outputs int64.
 */

/**
 * @param {any} artifacts
 * @param {Record<string, {shape: number[], dtype: any, values: any}>} weights Decoded, by name.
 * @param {import('../models').ModelInput[]} inputs
 * @returns {{bytes: Buffer, operators: string[], inputs: Port[], outputs: Port[]}} The operators are
 *   those of the nodes, the outputs those of the model's predict(), in its order.
 */
function exportOnnx(artifacts, weights, inputs) {
  const outputNames = namesOfOutputs(artifacts);
  const to = new Exporter(artifacts.modelTopology.node, outputNames);
  /** @type {Port[]} */
  const ports = [];
  for (const node of reached(to, outputNames)) {
    if (node.op === 'Const') {
      const { shape, dtype, values } = weights[node.name];
      to.define(node.name, { name: node.name, shape, image: false, dtype, constant: values });
    } else if (node.op === 'Placeholder') {
      const port = portOf(inputs.find(({ name }) => name === node.name));
      to.onnx.boundary(11, port.name, dimsOf(port), port.isNarrow ? 'int32' : 'float32');
      to.define(node.name, port);
      ports.push(port);
    } else if (node.op !== 'NoOp') {
      to.define(node.name, convert(to, node));
    }
  }
  const outputs = outputNames.map((name) => {
    const value = to.get(name);
    const plain = value.constant === undefined ? value.name : to.layout.plain(value);
    const port = { ...value, name: to.onnx.node('Identity', [plain]) };
    const elements = value.dtype === 'int32' ? 'int64' : (value.dtype ?? 'float32');
    to.onnx.boundary(12, port.name, dimsOf(port), elements);
    return port;
  });
  return { ...to.onnx.finish(), inputs: ports, outputs };
}

/** @param {import('../models').ModelInput | undefined} input @returns {Port} */
function portOf(input) {
  if (input === undefined) throw new Error('ONNX export: an input is not known');
  const { name, shape, dtype } = input;
  // Graphs that were made of NCHW ones turn their inputs around themselves.
  const isNchw = shape.length === 4 && shape[1] <= 4 && shape[1] < shape[3];
  return { name, shape, dtype, image: shape.length === 4 && !isNchw, isNarrow: dtype === 'int32' };
}

/** @param {Exporter} to @param {any} node */
function convert(to, node) {
  const names = (node.input ?? []).filter((name) => !name.startsWith('^'));
  const given = { attr: {}, ...node, input: names };
  const inputs = names.map((name) => to.get(name));
  if (inputs.length > 0 && inputs.every(({ constant }) => constant !== undefined)) {
    return fold(given, inputs);
  }
  const make = converters[node.op];
  if (make === undefined) throw new Error(`ONNX export: operator ${node.op} is not covered`);
  return make(to, given, node.op === 'Cast' ? inputs : inputs.map((value) => widened(to, value)));
}

/** Whole numbers as int64, as the graph has them. @param {Exporter} to @param {Value} value */
function widened(to, value) {
  if (!value.isNarrow) return value;
  return { ...value, isNarrow: false, name: to.onnx.node('Cast', [value.name], { to: 7n }) };
}

/** As tfjs-converter chooses them. @param {any} artifacts @returns {string[]} */
function namesOfOutputs(artifacts) {
  /** @type {any[]} */
  const signed = Object.values(signatureOf(artifacts).outputs ?? {});
  if (signed.length > 0) return signed.map(({ name }) => name);
  const { node: nodes } = artifacts.modelTopology;
  const consumed = new Set(nodes.flatMap((node) => (node.input ?? []).map(producerName)));
  return nodes.map((node) => node.name).filter((name) => !consumed.has(name));
}

/**
 * The nodes that the outputs need, every producer before its consumers.
 * @param {Exporter} to @param {string[]} outputNames
 */
function reached(to, outputNames) {
  const done = new Set();
  const ordered = [];
  const visit = (name) => {
    const node = to.producer(name);
    if (node === undefined) throw new Error(`ONNX export: no node ${name}`);
    if (done.has(node.name)) return;
    done.add(node.name);
    (node.input ?? []).forEach(visit);
    ordered.push(node);
  };
  outputNames.forEach(visit);
  return ordered;
}

module.exports = { exportOnnx };
