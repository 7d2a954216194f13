'use strict';

// Writes a graph model as ONNX, so that onnxruntime computes the same network with the same
// weights. Covers the operators of the timed models; others are named in the error.

const { Exporter, producerName } = require('./exporter');
const { permuted, toNchw } = require('./layout');
const { activationConverters } = require('./converters/activation');
const { convolutionConverters } = require('./converters/convolution');
const { elementwiseConverters } = require('./converters/elementwise');
const { matmulConverters } = require('./converters/matmul');
const { shapeConverters } = require('./converters/shape');

/** By TensorFlow's operator. @type {Record<string, import('./exporter').Convert>} */
const converters = {
  ...activationConverters,
  ...convolutionConverters,
  ...elementwiseConverters,
  ...matmulConverters,
  ...shapeConverters,
};

/**
 * @typedef {object} Port An input or output of the exported graph.
 * @property {string} name
 * @property {number[]} shape As TensorFlow has it.
 * @property {boolean} image NCHW in the ONNX graph, so that nothing is transposed there.
 */

/**
 * @param {{modelTopology: any, signature?: any}} artifacts
 * @param {Record<string, {shape: number[], values: any}>} weights Decoded, by name.
 * @param {number[]} inputShape
 * @returns {{bytes: Buffer, input: Port, outputs: Port[]}} The outputs are those of the model's
 *   predict(), in its order.
 */
function exportOnnx(artifacts, weights, inputShape) {
  const { node: nodes } = artifacts.modelTopology;
  const outputNames = namesOfOutputs(artifacts);
  const to = new Exporter(nodes);
  const dims = ({ shape, image }) => (image ? permuted(shape, toNchw) : shape);
  /** @type {Port | undefined} */
  let input;
  for (const node of reached(to, outputNames)) {
    if (node.op === 'Const') {
      const { shape, values } = weights[node.name];
      to.values.set(node.name, { name: node.name, shape, image: false, constant: values });
    } else if (node.op === 'Placeholder') {
      if (input !== undefined) throw new Error('ONNX export: more than one input');
      input = { name: node.name, shape: inputShape, image: inputShape.length === 4 };
      to.onnx.boundary(11, input.name, dims(input));
      to.values.set(node.name, input);
    } else {
      to.values.set(node.name, convert(to, node));
    }
  }
  if (input === undefined) throw new Error('ONNX export: no input');
  const outputs = outputNames.map((name) => {
    const value = to.get(name);
    const port = { ...value, name: to.onnx.node('Identity', [value.name]) };
    to.onnx.boundary(12, port.name, dims(port));
    return port;
  });
  return { bytes: to.onnx.finish(), input, outputs };
}

/** @param {Exporter} to @param {any} node */
function convert(to, node) {
  const make = converters[node.op];
  if (make === undefined) throw new Error(`ONNX export: operator ${node.op} is not covered`);
  const inputs = (node.input ?? []).filter((name) => !name.startsWith('^'));
  return make(
    to,
    { attr: {}, ...node, input: inputs },
    inputs.map((name) => to.get(name)),
  );
}

/** As tfjs-converter chooses them. @param {{modelTopology: any, signature?: any}} artifacts */
function namesOfOutputs({ modelTopology, signature }) {
  const signed = Object.values(signature?.outputs ?? {}).map(({ name }) => name);
  if (signed.length > 0) return signed;
  const { node: nodes } = modelTopology;
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
