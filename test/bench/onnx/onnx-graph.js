'use strict';

const { Message } = require('./protobuf');

// Field numbers from https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const types = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** @typedef {keyof typeof types} OnnxType */
/** @typedef {Record<string, bigint | number | number[] | string>} Attributes */

/** An ONNX graph under construction. */
class OnnxGraph {
  constructor() {
    this.graph = new Message();
    /** @type {{op: string, names: string[], inputs: string[], message: Message}[]} */
    this.made = [];
    /** @type {Map<string, Message>} */
    this.initializers = new Map();
    /** @type {string[]} */
    this.outputs = [];
    this.count = 0;
  }

  /** @param {string} [hint] */
  fresh(hint = 'v') {
    return `${hint}_${this.count++}`;
  }

  /** @param {number[]} dims @param {Float32Array | number[]} values */
  floats(dims, values) {
    const data = Float32Array.from(values);
    return this.#initializer(dims, 'float32', Buffer.from(data.buffer));
  }

  /** @param {ArrayLike<number>} values @param {number[]} [dims] */
  ints(values, dims = [values.length]) {
    const data = BigInt64Array.from(Array.from(values), (value) => BigInt(value));
    return this.#initializer(dims, 'int64', Buffer.from(data.buffer));
  }

  /** @param {number[]} dims @param {Uint8Array} values */
  bools(dims, values) {
    return this.#initializer(dims, 'bool', Buffer.from(values));
  }

  /** @param {number[]} dims @param {OnnxType} type @param {Buffer} raw */
  #initializer(dims, type, raw) {
    const name = this.fresh('const');
    const tensor = new Message();
    for (const dim of dims) tensor.int(1, dim);
    tensor.int(2, types[type]).bytes(8, name).bytes(9, raw);
    this.initializers.set(name, tensor);
    return name;
  }

  /**
   * Adds a node with one output and returns the output's name; its inputs are there already. An
   * input that is left out is ''. Attributes: whole numbers as BigInt, others as numbers, lists of
   * whole numbers as arrays, texts.
   * @param {string} op @param {string[]} inputs @param {Attributes} [attrs]
   */
  node(op, inputs, attrs = {}) {
    return this.nodes(op, inputs, attrs, 1)[0];
  }

  /**
   * As node(), with several outputs.
   * @param {string} op @param {string[]} inputs @param {Attributes} attrs @param {number} count
   */
  nodes(op, inputs, attrs, count) {
    const names = Array.from({ length: count }, () => this.fresh(op.toLowerCase()));
    const node = new Message();
    for (const input of inputs) node.bytes(1, input);
    for (const name of names) node.bytes(2, name);
    node.bytes(3, names[0]).bytes(4, op);
    for (const [key, value] of Object.entries(attrs)) {
      const attr = new Message().bytes(1, key);
      if (Array.isArray(value)) {
        for (const item of value) attr.int(8, item);
        attr.int(20, 7);
      } else if (typeof value === 'bigint') {
        attr.int(3, value).int(20, 2);
      } else if (typeof value === 'number') {
        attr.float(2, value).int(20, 1);
      } else {
        attr.bytes(4, value).int(20, 3);
      }
      node.bytes(5, attr);
    }
    this.made.push({ op, names, inputs, message: node });
    return names;
  }

  /**
   * @param {11 | 12} field Input or output. @param {string} name @param {number[]} dims
   * @param {OnnxType} elements
   */
  boundary(field, name, dims, elements) {
    if (field === 12) this.outputs.push(name);
    const shape = new Message();
    for (const dim of dims) shape.bytes(1, new Message().int(1, dim));
    const tensor = new Message().int(1, types[elements]).bytes(2, shape);
    const type = new Message().bytes(1, tensor);
    this.graph.bytes(field, new Message().bytes(1, name).bytes(2, type));
  }

  /** The file's bytes, without nodes and constants that no output needs, and the nodes' operators. */
  finish() {
    const needed = new Set(this.outputs);
    const isNeeded = ({ names }) => names.some((name) => needed.has(name));
    for (const node of this.made.toReversed()) {
      if (isNeeded(node)) node.inputs.forEach((input) => needed.add(input));
    }
    const nodes = this.made.filter(isNeeded);
    for (const { message } of nodes) this.graph.bytes(1, message);
    for (const [name, tensor] of this.initializers) {
      if (needed.has(name)) this.graph.bytes(5, tensor);
    }
    this.graph.bytes(2, 'graph');
    const opset = new Message().bytes(1, '').int(2, 17);
    const bytes = new Message().int(1, 8).bytes(7, this.graph).bytes(8, opset).finish();
    return { bytes, operators: nodes.map(({ op }) => op) };
  }
}

module.exports = { OnnxGraph };
