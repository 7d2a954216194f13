'use strict';

// Builds graph models (the JSON form of a GraphDef with weights) out of a few layer calls, with
// reproducible random weights: the networks that speed is compared on need no download.

/** @typedef {{name: string, shape: number[]}} Node A node's output, NHWC. */

class GraphBuilder {
  /** @param {number} [seed] */
  constructor(seed = 7) {
    this.state = seed;
    /** @type {object[]} */
    this.nodes = [];
    /** @type {{name: string, shape: number[], dtype: 'float32' | 'int32'}[]} */
    this.specs = [];
    /** @type {(Float32Array | Int32Array)[]} */
    this.values = [];
  }

  /** Uniform in [-1, 1). */
  #random() {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return this.state / 2147483648 - 1;
  }

  /**
   * @param {string} op @param {string[]} inputs @param {number[]} shape Of the output.
   * @param {object} [attr] @returns {Node}
   */
  add(op, inputs, shape, attr = {}) {
    const name = `${op.toLowerCase()}_${this.nodes.length}`;
    this.nodes.push({ name, op, input: inputs, attr: { T: { type: 'DT_FLOAT' }, ...attr } });
    return { name, shape };
  }

  /**
   * A constant of the given values, or of random ones in [-scale, scale) around `center`.
   * @param {number[]} shape
   * @param {number | Int32Array} content
   * @param {number} [center]
   */
  constant(shape, content, center = 0) {
    const name = `const_${this.nodes.length}`;
    const size = shape.reduce((a, b) => a * b, 1);
    const isInt = content instanceof Int32Array;
    const values = isInt
      ? content
      : Float32Array.from({ length: size }, () => center + this.#random() * content);
    const dtype = isInt ? 'int32' : 'float32';
    const dims = shape.map((extent) => ({ size: String(extent) }));
    const type = isInt ? 'DT_INT32' : 'DT_FLOAT';
    this.nodes.push({
      name,
      op: 'Const',
      input: [],
      attr: { dtype: { type }, value: { tensor: { dtype: type, tensorShape: { dim: dims } } } },
    });
    this.specs.push({ name, shape, dtype });
    this.values.push(values);
    return name;
  }

  /** @param {number[]} shape @returns {Node} */
  input(shape) {
    const dim = shape.map((extent) => ({ size: String(extent) }));
    this.nodes.push({
      name: 'input',
      op: 'Placeholder',
      input: [],
      attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim } } },
    });
    return { name: 'input', shape };
  }

  /**
   * Convolution with bias and activation ('Relu', 'Relu6' or none), same padding.
   * @param {Node} x @param {number} channels @param {number} size @param {number} stride
   * @param {string} [activation] @param {boolean} [depthwise]
   */
  conv(x, channels, size, stride, activation, depthwise = false) {
    const [batch, height, width, depth] = x.shape;
    const outDepth = depthwise ? depth : channels;
    const fanIn = size * size * (depthwise ? 1 : depth);
    const filter = this.constant(
      depthwise ? [size, size, depth, 1] : [size, size, depth, channels],
      Math.sqrt(3 / fanIn),
    );
    const bias = this.constant([outDepth], 0.1);
    const fused = ['BiasAdd', ...(activation === undefined ? [] : [activation])];
    const shape = [batch, Math.ceil(height / stride), Math.ceil(width / stride), outDepth];
    const op = depthwise ? 'FusedDepthwiseConv2dNative' : '_FusedConv2D';
    return this.add(op, [x.name, filter, bias], shape, {
      strides: { list: { i: ['1', String(stride), String(stride), '1'] } },
      dilations: { list: { i: ['1', '1', '1', '1'] } },
      padding: { s: Buffer.from('SAME').toString('base64') },
      data_format: { s: Buffer.from('NHWC').toString('base64') },
      fused_ops: { list: { s: fused.map((name) => Buffer.from(name).toString('base64')) } },
      num_args: { i: '1' },
      epsilon: { f: 0 },
    });
  }

  /** @param {Node} x @param {number} size @param {number} stride */
  maxPool(x, size, stride) {
    const [batch, height, width, depth] = x.shape;
    return this.add(
      'MaxPool',
      [x.name],
      [batch, Math.ceil(height / stride), Math.ceil(width / stride), depth],
      {
        ksize: { list: { i: ['1', String(size), String(size), '1'] } },
        strides: { list: { i: ['1', String(stride), String(stride), '1'] } },
        padding: { s: Buffer.from('SAME').toString('base64') },
        data_format: { s: Buffer.from('NHWC').toString('base64') },
      },
    );
  }

  /** Mean over height and width. @param {Node} x */
  globalAverage(x) {
    const axes = this.constant([2], Int32Array.of(1, 2));
    return this.add('Mean', [x.name, axes], [x.shape[0], x.shape[3]], { keep_dims: { b: false } });
  }

  /** @param {Node} x @param {number} units */
  dense(x, units) {
    const depth = x.shape[1];
    const weights = this.constant([depth, units], Math.sqrt(3 / depth));
    const bias = this.constant([units], 0.1);
    return this.add('_FusedMatMul', [x.name, weights, bias], [x.shape[0], units], {
      transpose_a: { b: false },
      transpose_b: { b: false },
      fused_ops: { list: { s: [Buffer.from('BiasAdd').toString('base64')] } },
      num_args: { i: '1' },
      epsilon: { f: 0 },
    });
  }

  /** @param {string} op @param {Node} x */
  unary(op, x) {
    return this.add(op, [x.name], x.shape);
  }

  /** What broadcasts b to the shape of a. @param {string} op @param {Node} a @param {Node} b */
  binary(op, a, b) {
    return this.add(op, [a.name, b.name], a.shape);
  }

  /** @param {number} value @returns {Node} */
  scalar(value) {
    return { name: this.constant([], 0, value), shape: [] };
  }

  /** Over the last dimension, as TensorFlow's graphs spell it. @param {Node} x */
  layerNorm(x) {
    const width = x.shape[x.shape.length - 1];
    const [gamma, beta] = [1, 0].map((center) => ({
      name: this.constant([width], 0.1, center),
      shape: [width],
    }));
    const mean = (/** @type {Node} */ of) => {
      const axes = this.constant([1], Int32Array.of(-1));
      return this.add('Mean', [of.name, axes], [...x.shape.slice(0, -1), 1], {
        keep_dims: { b: true },
      });
    };
    const average = mean(x);
    const variance = mean(this.binary('SquaredDifference', x, average));
    const deviation = this.unary('Rsqrt', this.binary('AddV2', variance, this.scalar(1e-12)));
    const factor = this.add('Mul', [deviation.name, gamma.name], x.shape);
    const shift = this.binary('Mul', factor, average);
    const offset = this.add('Sub', [beta.name, shift.name], x.shape);
    return this.binary('AddV2', this.binary('Mul', x, factor), offset);
  }

  /**
   * The model as tfjs loads it from memory.
   * @param {Node} output
   */
  artifacts(output) {
    const bytes = Buffer.concat(
      this.values.map((v) => Buffer.from(v.buffer, v.byteOffset, v.byteLength)),
    );
    return {
      modelTopology: {
        node: this.nodes,
        versions: {},
      },
      format: 'graph-model',
      weightSpecs: this.specs,
      weightData: new Uint8Array(bytes).buffer,
      output: output.name,
    };
  }
}

module.exports = { GraphBuilder };
