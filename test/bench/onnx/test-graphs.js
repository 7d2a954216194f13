'use strict';

// Small graphs for the tests of the ONNX export.

const { GraphBuilder } = require('../networks/graph-builder');

/** @typedef {(name: string, inputs: string[], attr?: object) => string} AddNode */

const b64 = (/** @type {string} */ text) => ({ s: Buffer.from(text).toString('base64') });
const ints = (/** @type {number[]} */ ...list) => ({ list: { i: list.map(String) } });
const number = (/** @type {number} */ i) => ({ i: String(i) });
const type = (/** @type {string} */ name) => ({ type: name });
const isTrue = { b: true };

/** A constant list of whole numbers. @param {GraphBuilder} graph @param {number[]} list */
const int = (graph, ...list) => graph.constant([list.length], Int32Array.from(list));

/** A constant whole number. @param {GraphBuilder} graph @param {number} value */
const scalarInt = (graph, value) => graph.constant([], Int32Array.of(value));

/** Constant floats. @param {GraphBuilder} graph @param {number[]} shape @param {number[]} list */
function floats(graph, shape, ...list) {
  const name = graph.constant(shape, 0);
  graph.values[graph.values.length - 1].set(list);
  return name;
}

/**
 * A graph of one image and what `make` does to it; the exporter ignores the builder's shapes. What
 * nothing takes is an output.
 * @param {(graph: GraphBuilder, x: string, op: AddNode) => void} make
 * @param {number[]} [shape]
 */
function graphOf(make, shape = [1, 7, 9, 3]) {
  const graph = new GraphBuilder();
  /** @type {AddNode} */
  const op = (name, inputs, attr = {}) => graph.add(name, inputs, [], attr).name;
  make(graph, graph.input(shape).name, op);
  return graph.artifacts({ name: '', shape: [] });
}

/** @param {string} padding @param {number} size @param {number} stride */
const window = (padding, size, stride) => ({
  ksize: ints(1, size, size, 1),
  strides: ints(1, stride, stride, 1),
  padding: b64(padding),
});

module.exports = { b64, floats, graphOf, int, ints, isTrue, number, scalarInt, type, window };
