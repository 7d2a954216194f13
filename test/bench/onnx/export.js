'use strict';

// Writes a graph model as ONNX, so that onnxruntime computes the same network with the same
// weights. Covers the operators of the timed models; others are named in the error.

const { OnnxGraph } = require('./onnx-graph');

const toNchw = [0, 3, 1, 2];
const toNhwc = [0, 2, 3, 1];

/** @param {any} attr */
const text = (attr) => Buffer.from(attr.s, 'base64').toString();
/** @param {any} attr @returns {number[]} */
const list = (attr) => (attr?.list?.i ?? []).map(Number);
/** @param {number[]} shape @param {number[]} perm */
const permuted = (shape, perm) => perm.map((axis) => shape[axis]);

/** Values of the same shape with permuted dimensions. */
function transpose(values, shape, perm) {
  const out = new values.constructor(values.length);
  const outShape = permuted(shape, perm);
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const outStrides = permuted(strides, perm);
  const index = new Array(shape.length).fill(0);
  for (let i = 0; i < out.length; i++) {
    let at = 0;
    for (let d = 0; d < index.length; d++) at += index[d] * outStrides[d];
    out[i] = values[at];
    for (let d = index.length - 1; d >= 0 && ++index[d] === outShape[d]; d--) index[d] = 0;
  }
  return out;
}

/**
 * @typedef {object} Value
 * @property {string} name Name in the ONNX graph.
 * @property {number[]} shape As TensorFlow has it (NHWC where it is an image).
 * @property {boolean} image 4-D and NCHW in the ONNX graph.
 * @property {any} [constant] Its values, where they are known.
 */

class Exporter {
  /** @param {Map<string, {shape: number[], values: any}>} weights */
  constructor(weights) {
    this.weights = weights;
    this.onnx = new OnnxGraph();
    /** @type {Map<string, Value>} */
    this.values = new Map();
  }

  /** @param {string} input @returns {Value} */
  get(input) {
    const value = this.values.get(input.replace(/^\^|:0$/g, ''));
    if (value === undefined) throw new Error(`ONNX export: no value ${input}`);
    return value;
  }

  /** The value in TensorFlow's own layout. @param {Value} value */
  plain(value) {
    if (value.constant !== undefined) return this.onnx.floats(value.shape, value.constant);
    return value.image ? this.onnx.node('Transpose', [value.name], { perm: toNhwc }) : value.name;
  }

  /** An operand of an element-wise operator beside an image. @param {Value} value */
  beside(value) {
    if (value.constant === undefined) return value.name;
    const { shape, constant } = value;
    if (shape.length <= 1) return this.onnx.floats([shape[0] ?? 1, 1, 1], constant);
    const full = [...Array(4 - shape.length).fill(1), ...shape];
    return this.onnx.floats(permuted(full, toNchw), transpose(constant, full, toNchw));
  }

  /** @param {string} name @param {number[]} shape @param {boolean} image */
  made(name, shape, image) {
    return { name, shape, image };
  }

  /** @param {any} node @param {Value} x @param {Value} filter @param {boolean} depthwise */
  conv(node, x, filter, depthwise) {
    const [fh, fw, inC, last] = filter.shape;
    const strides = list(node.attr.strides).slice(1, 3);
    const dilations = node.attr.dilations ? list(node.attr.dilations).slice(1, 3) : [1, 1];
    const window = this.window(node, x, [fh, fw], strides, dilations);
    const perm = depthwise ? [2, 3, 0, 1] : [3, 2, 0, 1];
    const weights = transpose(filter.constant, filter.shape, perm);
    const outC = depthwise ? inC * last : last;
    const dims = depthwise ? [outC, 1, fh, fw] : [outC, inC, fh, fw];
    const extra = (node.attr.fused_ops?.list?.s ?? []).map((s) => Buffer.from(s, 'base64') + '');
    const inputs = [x.name, this.onnx.floats(dims, weights)];
    if (extra[0] === 'BiasAdd') {
      inputs.push(this.onnx.floats([outC], this.get(node.input[2]).constant));
    }
    const out = this.onnx.node('Conv', inputs, {
      strides,
      dilations,
      pads: window.pads,
      group: BigInt(depthwise ? inC : 1),
    });
    const shape = [x.shape[0], ...window.out, outC];
    return this.activated(this.made(out, shape, true), extra[1], node);
  }

  /** Output extents and ONNX's pads of a window over an image. */
  window(node, x, filter, strides, dilations = [1, 1]) {
    const kind = text(node.attr.padding);
    const begin = [];
    const end = [];
    const out = [0, 1].map((d) => {
      const extent = x.shape[d + 1];
      const span = (filter[d] - 1) * dilations[d] + 1;
      if (kind === 'VALID') {
        begin.push(0);
        end.push(0);
        return Math.ceil((extent - span + 1) / strides[d]);
      }
      if (kind === 'EXPLICIT') {
        const pads = list(node.attr.explicit_paddings);
        begin.push(pads[2 + 2 * d]);
        end.push(pads[3 + 2 * d]);
        return Math.floor((extent - span + pads[2 + 2 * d] + pads[3 + 2 * d]) / strides[d]) + 1;
      }
      const size = Math.ceil(extent / strides[d]);
      const total = Math.max(0, (size - 1) * strides[d] + span - extent);
      begin.push(Math.floor(total / 2));
      end.push(total - Math.floor(total / 2));
      return size;
    });
    return { out, pads: [...begin, ...end] };
  }

  /** @param {Value} value @param {string | undefined} activation @param {any} node */
  activated(value, activation, node) {
    if (activation === undefined) return value;
    if (activation === 'Relu6') {
      const bounds = [this.onnx.floats([], [0]), this.onnx.floats([], [6])];
      return { ...value, name: this.onnx.node('Clip', [value.name, ...bounds]) };
    }
    if (activation === 'Prelu') {
      const slope = this.beside(this.get(node.input[3]));
      return { ...value, name: this.onnx.node('PRelu', [value.name, slope]) };
    }
    const op = { Relu: 'Relu', Elu: 'Elu', Sigmoid: 'Sigmoid' }[activation];
    if (op === undefined) throw new Error(`ONNX export: activation ${activation}`);
    return { ...value, name: this.onnx.node(op, [value.name]) };
  }

  /** @param {string} op @param {Value} a @param {Value} b */
  binary(op, a, b) {
    const image = a.image || b.image;
    const rank = Math.max(a.shape.length, b.shape.length);
    const extent = (shape, i) => shape[shape.length - rank + i] ?? 1;
    const shape = Array.from({ length: rank }, (_, i) =>
      Math.max(extent(a.shape, i), extent(b.shape, i)),
    );
    const operand = (value) => (image ? this.beside(value) : this.plain(value));
    return this.made(this.onnx.node(op, [operand(a), operand(b)]), shape, image);
  }

  /** @param {any} node @returns {Value} */
  export(node) {
    const inputs = node.input.filter((name) => !name.startsWith('^')).map((name) => this.get(name));
    const [x, y] = inputs;
    const make = converters[node.op];
    if (make === undefined) throw new Error(`ONNX export: operator ${node.op} is not covered`);
    return make.call(this, node, x, y, inputs);
  }
}

/** @param {string} op */
const unary = (op) =>
  function (_node, x) {
    return { ...x, name: this.onnx.node(op, [x.name]) };
  };
/** @param {string} op */
const binary = (op) =>
  function (_node, a, b) {
    return this.binary(op, a, b);
  };
/** @param {string} op @param {object} attrs */
const pool = (op, attrs) =>
  function (node, x) {
    const filter = list(node.attr.ksize).slice(1, 3);
    const strides = list(node.attr.strides).slice(1, 3);
    const { out, pads } = this.window(node, x, filter, strides);
    const name = this.onnx.node(op, [x.name], { kernel_shape: filter, strides, pads, ...attrs });
    return this.made(name, [x.shape[0], ...out, x.shape[3]], true);
  };

/** By TensorFlow's operator. @type {Record<string, (this: Exporter, node: any, ...inputs: any[]) => Value>} */
const converters = {
  Identity: (_node, x) => x,
  _FusedConv2D(node, x, filter) {
    return this.conv(node, x, filter, false);
  },
  FusedDepthwiseConv2dNative(node, x, filter) {
    return this.conv(node, x, filter, true);
  },
  Conv2D(node, x, filter) {
    return this.conv(node, x, filter, false);
  },
  DepthwiseConv2dNative(node, x, filter) {
    return this.conv(node, x, filter, true);
  },
  AddV2: binary('Add'),
  Add: binary('Add'),
  BiasAdd: binary('Add'),
  Mul: binary('Mul'),
  Sub: binary('Sub'),
  Relu: unary('Relu'),
  Sigmoid: unary('Sigmoid'),
  Relu6(node, x) {
    return this.activated(x, 'Relu6', node);
  },
  Prelu(_node, x, slope) {
    return { ...x, name: this.onnx.node('PRelu', [x.name, this.beside(slope)]) };
  },
  MaxPool: pool('MaxPool', {}),
  AvgPool: pool('AveragePool', { count_include_pad: 0n }),
  Softmax(_node, x) {
    return { ...x, name: this.onnx.node('Softmax', [x.name], { axis: -1n }) };
  },
  Mean(node, x, axes) {
    const keep = node.attr.keep_dims?.b === true;
    if (!x.image || String(Array.from(axes.constant)) !== '1,2') {
      throw new Error('ONNX export: Mean other than over height and width');
    }
    const name = this.onnx.node('ReduceMean', [x.name], { axes: [2, 3], keepdims: keep ? 1n : 0n });
    const [batch, , , depth] = x.shape;
    return this.made(name, keep ? [batch, 1, 1, depth] : [batch, depth], keep);
  },
  Pad(_node, x, paddings) {
    const pads = Array.from(paddings.constant);
    const order = x.image ? toNchw : x.shape.map((_, i) => i);
    const flat = [...order.map((d) => pads[2 * d]), ...order.map((d) => pads[2 * d + 1])];
    const name = this.onnx.node('Pad', [x.name, this.onnx.ints(flat), this.onnx.floats([], [0])]);
    const shape = x.shape.map((extent, d) => extent + pads[2 * d] + pads[2 * d + 1]);
    return this.made(name, shape, x.image);
  },
  Reshape(_node, x, target) {
    const dims = Array.from(target.constant, Number);
    const size = x.shape.reduce((a, b) => a * b, 1);
    const known = dims.filter((d) => d >= 0).reduce((a, b) => a * b, 1);
    const shape = dims.map((d) => (d < 0 ? size / known : d));
    const name = this.onnx.node('Reshape', [this.plain(x), this.onnx.ints(shape)]);
    if (shape.length !== 4) return this.made(name, shape, false);
    return this.made(this.onnx.node('Transpose', [name], { perm: toNchw }), shape, true);
  },
  ConcatV2(_node, x, _y, inputs) {
    const parts = inputs.slice(0, -1);
    const axis = Number(inputs[inputs.length - 1].constant[0]);
    const at = axis < 0 ? axis + x.shape.length : axis;
    const name = this.onnx.node(
      'Concat',
      parts.map((part) => part.name),
      { axis: BigInt(x.image ? toNchw.indexOf(at) : at) },
    );
    const shape = x.shape.slice();
    shape[at] = parts.reduce((sum, part) => sum + part.shape[at], 0);
    return this.made(name, shape, x.image);
  },
  _FusedMatMul(node, x, weights) {
    const extra = (node.attr.fused_ops?.list?.s ?? []).map((s) => Buffer.from(s, 'base64') + '');
    const name = this.onnx.node('Gemm', [
      x.name,
      this.onnx.floats(weights.shape, weights.constant),
      this.onnx.floats([weights.shape[1]], this.get(node.input[2]).constant),
    ]);
    return this.activated(this.made(name, [x.shape[0], weights.shape[1]], false), extra[1], node);
  },
  MatMul(node, x, weights) {
    const transB = node.attr.transpose_b?.b ? 1n : 0n;
    const b = this.onnx.floats(weights.shape, weights.constant);
    const name = this.onnx.node('Gemm', [this.plain(x), b], { transB });
    return this.made(name, [x.shape[0], weights.shape[transB === 1n ? 0 : 1]], false);
  },
};

/**
 * @param {{modelTopology: any, weightSpecs: any[]}} artifacts
 * @param {Record<string, {shape: number[], values: any}>} weights Decoded, by name.
 * @param {number[]} inputShape
 * @returns {Buffer} The ONNX file; input and outputs are in TensorFlow's layout.
 */
function exportOnnx(artifacts, weights, inputShape) {
  const exporter = new Exporter(new Map(Object.entries(weights)));
  const { node: nodes } = artifacts.modelTopology;
  const consumed = new Set(nodes.flatMap((node) => node.input ?? []));
  for (const node of topological(nodes)) {
    let value;
    if (node.op === 'Const') {
      const { shape, values } = weights[node.name];
      value = { name: node.name, shape, image: false, constant: values };
    } else if (node.op === 'Placeholder') {
      exporter.onnx.boundary(11, node.name, inputShape);
      const name = exporter.onnx.node('Transpose', [node.name], { perm: toNchw });
      value = exporter.made(name, inputShape, true);
    } else {
      value = exporter.export({ input: [], ...node });
    }
    exporter.values.set(node.name, value);
    if (!consumed.has(node.name) && node.op !== 'Const') {
      const name = exporter.onnx.node('Identity', [exporter.plain(value)]);
      exporter.onnx.boundary(12, name, value.shape);
    }
  }
  return exporter.onnx.finish();
}

/** Nodes with every producer before its consumers. @param {any[]} nodes */
function topological(nodes) {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const done = new Set();
  const ordered = [];
  const visit = (node) => {
    if (done.has(node.name)) return;
    done.add(node.name);
    for (const input of node.input ?? []) {
      const producer = byName.get(input.replace(/^\^|:\d+$/g, ''));
      if (producer) visit(producer);
    }
    ordered.push(node);
  };
  nodes.forEach(visit);
  return ordered;
}

module.exports = { exportOnnx };
