'use strict';

const { OnnxGraph } = require('./onnx-graph');
const { Layout, permuted, sameOrder, toNchw } = require('./layout');

/** @typedef {import('./layout').Value} Value */
/** @typedef {(to: Exporter, node: any, inputs: Value[]) => Value} Convert */

/** The values of a graph model on their way into an ONNX graph. */
class Exporter {
  /** @param {any[]} nodes TensorFlow's. */
  constructor(nodes) {
    this.onnx = new OnnxGraph();
    this.layout = new Layout(this.onnx);
    this.nodes = new Map(nodes.map((node) => [node.name, node]));
    /** @type {Map<string, Value>} */
    this.values = new Map();
  }

  /** @param {string} input Name of a node, or of its first output. @returns {Value} */
  get(input) {
    const value = this.values.get(producerName(input));
    if (value === undefined) throw new Error(`ONNX export: no value ${input}`);
    return value;
  }

  /** The node that gives a value. @param {string} input */
  producer(input) {
    return this.nodes.get(producerName(input));
  }

  /** @param {Value} x @param {number[]} shape @returns {Value} */
  reshape(x, shape) {
    const flat = this.layout.flat(x);
    const image = shape.length === 4 && sameOrder(shape);
    const dims = image ? permuted(shape, toNchw) : shape;
    return { name: this.onnx.node('Reshape', [flat, this.onnx.ints(dims)]), shape, image };
  }
}

/** @param {string} input */
const producerName = (input) => input.replace(/^\^|:0$/g, '');

module.exports = { Exporter, producerName };
