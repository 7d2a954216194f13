'use strict';

const { OnnxGraph } = require('./onnx-graph');
const { Layout, dimsOf, sameOrder } = require('./layout');

/** @typedef {import('./layout').Value} Value */
/**
 * @typedef {(to: Exporter, node: any, inputs: Value[]) => Value | Value[]} Convert A list where the
 *   node has several outputs.
 */

/** The values of a graph model on their way into an ONNX graph. */
class Exporter {
  /** @type {Map<string, number>} How many inputs of nodes and outputs a node's values are. */
  #readers = new Map();

  /** @param {any[]} nodes TensorFlow's. @param {string[]} outputs */
  constructor(nodes, outputs) {
    this.onnx = new OnnxGraph();
    this.layout = new Layout(this.onnx);
    this.nodes = new Map(nodes.map((node) => [node.name, node]));
    /** @type {Map<string, Value>} */
    this.values = new Map();
    for (const input of [...nodes.flatMap((node) => node.input ?? []), ...outputs]) {
      const name = producerName(input);
      this.#readers.set(name, this.readers(name) + 1);
    }
  }

  /** @param {string} input @returns {number} How many readers the node has that gives a value. */
  readers(input) {
    return this.#readers.get(producerName(input)) ?? 0;
  }

  /** @param {string} input Name of a node, for its first output, or `name:index`. @returns {Value} */
  get(input) {
    const value = this.values.get(input.replace(/:0$/, ''));
    if (value === undefined) throw new Error(`ONNX export: no value ${input}`);
    return value;
  }

  /** @param {string} name Of a node. @param {Value | Value[]} outputs */
  define(name, outputs) {
    const [first, ...others] = [outputs].flat();
    this.values.set(name, first);
    others.forEach((value, i) => this.values.set(`${name}:${i + 1}`, value));
  }

  /** The node that gives a value. @param {string} input */
  producer(input) {
    return this.nodes.get(producerName(input));
  }

  /** @param {Value} x @param {number[]} shape @returns {Value} */
  reshape(x, shape) {
    if (String(shape) === String(x.shape)) return x;
    const { dtype } = x;
    const value = { name: '', shape, image: shape.length === 4 && sameOrder(shape), dtype };
    const dims = this.onnx.ints(dimsOf(value));
    return { ...value, name: this.onnx.node('Reshape', [this.layout.flat(x), dims]) };
  }
}

/** @param {string} input */
const producerName = (input) => input.replace(/^\^|:\d+$/g, '');

module.exports = { Exporter, producerName };
