'use strict';

/**
 * Turns a trained layers model into a graph model, as TensorFlow's converter would: a list of
 * GraphDef nodes in JSON and one file of weights. Batch norms are folded into the convolution
 * before them, and bias and activation become part of the convolution. Covers the layers that
 * an image classifier is made of; any other layer or option is refused by name.
 */

const fs = require('node:fs');
const path = require('node:path');

/**
 * @typedef {import('@tensorflow/tfjs-layers').LayersModel} LayersModel
 * @typedef {import('@tensorflow/tfjs-layers').SymbolicTensor} SymbolicTensor
 * @typedef {LayersModel['layers'][number]} Layer
 * @typedef {{name: string, op: string, input?: string[], attr: Record<string, object>}} GraphNode
 * @typedef {{name: string, shape: number[], dtype: string,
 *   values: Float32Array | Int32Array}} Weight
 */

const FLOAT = { type: 'DT_FLOAT' };
const DATA_FORMAT = { s: base64('NHWC') };
/** Activations of a layer's configuration, and the operator that computes each. */
const ACTIVATION_OPS = new Map([
  ['relu', 'Relu'],
  ['relu6', 'Relu6'],
]);

/** @param {string} text @returns {string} strings in a GraphDef are bytes, base64 in JSON */
function base64(text) {
  return Buffer.from(text).toString('base64');
}

/** @param {number[]} values @returns {object} 64-bit integers are strings in JSON */
function intList(values) {
  return { list: { i: values.map(String) } };
}

/** @param {(number | null)[]} shape @returns {object} a TensorShapeProto, -1 where unknown */
function tensorShape(shape) {
  return { dim: shape.map((size) => ({ size: String(size ?? -1) })) };
}

/** Height and width in a list of four, one for each NHWC dimension. */
function spatial(/** @type {number[]} */ [height, width]) {
  return intList([1, height, width, 1]);
}

/** A convolution or dense layer that can still take in what follows it. */
class LinearOp {
  /** @type {string | null} operator name of the fused activation */
  activation = null;

  /**
   * @param {string} name of its node
   * @param {string} op of its node
   * @param {string} input name of the node that it reads
   * @param {Record<string, object>} attr without those of the fusion
   * @param {{shape: number[], values: Float32Array}} kernel output channels innermost
   * @param {Float32Array} bias one for each output channel
   */
  constructor(name, op, input, attr, kernel, bias) {
    this.name = name;
    this.op = op;
    this.input = input;
    this.attr = attr;
    this.kernel = kernel;
    this.bias = bias;
  }

  /** Multiplies every output channel by `scale` and adds `shift`. */
  scaleAndShift(/** @type {number[]} */ scale, /** @type {number[]} */ shift) {
    const channels = this.bias.length;
    this.kernel.values = this.kernel.values.map((value, i) => value * scale[i % channels]);
    this.bias = this.bias.map((value, i) => value * scale[i] + shift[i]);
  }
}

class GraphExporter {
  /** @type {GraphNode[]} */
  #nodes = [];
  /** @type {Weight[]} */
  #weights = [];
  /** What stands for each symbolic tensor: a node's name, or an operator not yet written. */
  #values = /** @type {Map<number, string | LinearOp>} */ (new Map());
  #model;

  /** @param {LayersModel} model */
  constructor(model) {
    if (model.inputs.length !== 1 || model.outputs.length !== 1) {
      throw new Error(
        'exportGraph: expected one input and one output, ' +
          `got ${model.inputs.length} and ${model.outputs.length}`,
      );
    }
    this.#model = model;
    for (const layer of model.layers) {
      const { dataFormat } = layer.getConfig();
      if (dataFormat !== undefined && dataFormat !== 'channelsLast') {
        throw refuse(layer, `dataFormat: expected channelsLast, got ${dataFormat}`);
      }
      this.#visit(layer);
    }
  }

  /** @returns {{json: Record<string, object>, weights: Weight[]}} */
  finish() {
    const [input] = this.#model.inputs;
    const [output] = this.#model.outputs;
    const outputName = 'Identity';
    this.#node(outputName, 'Identity', [this.#nameOf(output)]);
    const tensorInfo = (/** @type {string} */ name, /** @type {(number | null)[]} */ shape) => ({
      [name]: { name: `${name}:0`, dtype: 'DT_FLOAT', tensorShape: tensorShape(shape) },
    });
    const json = {
      signature: {
        inputs: tensorInfo(this.#nameOf(input), input.shape),
        outputs: tensorInfo(outputName, output.shape),
      },
      modelTopology: { node: this.#nodes, library: {}, versions: { producer: 1205 } },
    };
    return { json, weights: this.#weights };
  }

  /** @param {Layer} layer */
  #visit(layer) {
    switch (layer.getClassName()) {
      case 'InputLayer':
        return this.#input(layer);
      case 'Conv2D':
      case 'DepthwiseConv2D':
        return this.#convolution(layer);
      case 'Dense':
        return this.#dense(layer);
      case 'BatchNormalization':
        return this.#batchNormalization(layer);
      case 'ReLU':
        return this.#relu(layer);
      case 'Add':
        return this.#add(layer);
      case 'MaxPooling2D':
        return this.#maxPooling(layer);
      case 'GlobalAveragePooling2D':
        return this.#globalAveragePooling(layer);
      default:
        throw refuse(layer, 'this kind of layer has no export');
    }
  }

  /** @param {Layer} layer */
  #input(layer) {
    const output = outputOf(layer);
    const attr = { shape: { shape: tensorShape(output.shape) }, dtype: FLOAT };
    this.#nodes.push({ name: layer.name, op: 'Placeholder', attr });
    this.#values.set(output.id, layer.name);
  }

  /** @param {Layer} layer */
  #convolution(layer) {
    const config = /** @type {any} */ (layer.getConfig());
    const isDepthwise = layer.getClassName() === 'DepthwiseConv2D';
    const [kernel, bias] = layer.getWeights();
    const [, , inChannels, outChannels] = kernel.shape;
    const attr = {
      T: FLOAT,
      strides: spatial(config.strides),
      dilations: spatial(config.dilationRate ?? [1, 1]),
      padding: { s: base64(config.padding.toUpperCase()) },
      explicit_paddings: intList([]),
      data_format: DATA_FORMAT,
    };
    const op = new LinearOp(
      layer.name,
      isDepthwise ? 'FusedDepthwiseConv2dNative' : '_FusedConv2D',
      this.#nameOf(inputOf(layer)),
      attr,
      { shape: kernel.shape, values: Float32Array.from(kernel.dataSync()) },
      biasValues(bias, isDepthwise ? inChannels * outChannels : outChannels),
    );
    this.#linear(layer, op, config.activation);
  }

  /** @param {Layer} layer */
  #dense(layer) {
    const [kernel, bias] = layer.getWeights();
    const input = inputOf(layer);
    if (input.shape.length !== 2) {
      throw refuse(layer, `input: expected rank 2, got ${input.shape.length}`);
    }
    const op = new LinearOp(
      layer.name,
      '_FusedMatMul',
      this.#nameOf(input),
      { T: FLOAT, transpose_a: { b: false }, transpose_b: { b: false } },
      { shape: kernel.shape, values: Float32Array.from(kernel.dataSync()) },
      biasValues(bias, kernel.shape[kernel.shape.length - 1]),
    );
    this.#linear(layer, op, /** @type {any} */ (layer.getConfig()).activation);
  }

  /**
   * Keeps the operator back, so that what follows it can be fused, unless it ends in softmax.
   * @param {Layer} layer
   * @param {LinearOp} op
   * @param {string} activation of the layer's configuration
   */
  #linear(layer, op, activation) {
    const output = outputOf(layer);
    if (activation === 'softmax') {
      this.#values.set(output.id, op);
      const name = this.#node(`${layer.name}/Softmax`, 'Softmax', [this.#nameOf(output)]);
      this.#values.set(output.id, name);
      return;
    }
    if (activation !== undefined && activation !== 'linear') {
      const activationOp = ACTIVATION_OPS.get(activation);
      if (activationOp === undefined) {
        throw refuse(
          layer,
          `activation: expected linear, relu, relu6 or softmax, got ${activation}`,
        );
      }
      op.activation = activationOp;
    }
    this.#values.set(output.id, op);
  }

  /** @param {Layer} layer */
  #batchNormalization(layer) {
    const linear = this.#fusable(inputOf(layer));
    if (linear === null) {
      throw refuse(
        layer,
        'expected it right after a convolution or dense layer without activation',
      );
    }
    const { epsilon, scale: hasScale, center: hasCenter } = /** @type {any} */ (layer.getConfig());
    const weights = layer.getWeights().map((weight) => Array.from(weight.dataSync()));
    const channels = linear.bias.length;
    const gamma = hasScale ? /** @type {number[]} */ (weights.shift()) : Array(channels).fill(1);
    const beta = hasCenter ? /** @type {number[]} */ (weights.shift()) : Array(channels).fill(0);
    const [mean, variance] = weights;
    const scale = gamma.map((value, i) => value / Math.sqrt(variance[i] + epsilon));
    linear.scaleAndShift(
      scale,
      beta.map((value, i) => value - mean[i] * scale[i]),
    );
    this.#values.set(outputOf(layer).id, linear);
  }

  /** @param {Layer} layer */
  #relu(layer) {
    const { maxValue } = /** @type {any} */ (layer.getConfig());
    if (maxValue !== undefined && maxValue !== null && maxValue !== 6) {
      throw refuse(layer, `maxValue: expected none or 6, got ${maxValue}`);
    }
    const op = maxValue === 6 ? 'Relu6' : 'Relu';
    const input = inputOf(layer);
    const linear = this.#fusable(input);
    if (linear !== null) {
      linear.activation = op;
      this.#values.set(outputOf(layer).id, linear);
      return;
    }
    const name = this.#node(layer.name, op, [this.#nameOf(input)]);
    this.#values.set(outputOf(layer).id, name);
  }

  /** @param {Layer} layer */
  #add(layer) {
    const inputs = /** @type {SymbolicTensor[]} */ (layer.input);
    let sum = this.#nameOf(inputs[0]);
    for (let i = 1; i < inputs.length; i++) {
      sum = this.#node(`${layer.name}/${i}`, 'AddV2', [sum, this.#nameOf(inputs[i])]);
    }
    this.#values.set(outputOf(layer).id, sum);
  }

  /** @param {Layer} layer */
  #maxPooling(layer) {
    const { poolSize, strides, padding } = /** @type {any} */ (layer.getConfig());
    const name = this.#node(layer.name, 'MaxPool', [this.#nameOf(inputOf(layer))], {
      ksize: spatial(poolSize),
      strides: spatial(strides),
      padding: { s: base64(padding.toUpperCase()) },
      data_format: DATA_FORMAT,
    });
    this.#values.set(outputOf(layer).id, name);
  }

  /** @param {Layer} layer */
  #globalAveragePooling(layer) {
    const axes = this.#constant(`${layer.name}/axes`, [2], Int32Array.of(1, 2));
    const input = this.#nameOf(inputOf(layer));
    const name = this.#node(layer.name, 'Mean', [input, axes], {
      Tidx: { type: 'DT_INT32' },
      keep_dims: { b: false },
    });
    this.#values.set(outputOf(layer).id, name);
  }

  /**
   * @param {SymbolicTensor} tensor
   * @returns {LinearOp | null} the operator that computes it, if what follows can be fused into
   *   it: it has no activation yet and nothing else reads the tensor
   */
  #fusable(tensor) {
    const value = this.#values.get(tensor.id);
    const readers = tensor.sourceLayer.outboundNodes.length;
    const isOutput = this.#model.outputs.includes(tensor);
    if (!(value instanceof LinearOp) || value.activation !== null) return null;
    return readers === 1 && !isOutput ? value : null;
  }

  /**
   * @param {SymbolicTensor} tensor
   * @returns {string} the node that computes it, which is written now if it was kept back
   */
  #nameOf(tensor) {
    const value = this.#values.get(tensor.id);
    if (value === undefined) throw new Error(`exportGraph: ${tensor.name}: nothing computes it`);
    if (typeof value === 'string') return value;
    const kernel = this.#constant(`${value.name}/kernel`, value.kernel.shape, value.kernel.values);
    const bias = this.#constant(`${value.name}/bias`, [value.bias.length], value.bias);
    const fusedOps = ['BiasAdd', ...(value.activation === null ? [] : [value.activation])];
    const name = this.#node(value.name, value.op, [value.input, kernel, bias], {
      ...value.attr,
      fused_ops: { list: { s: fusedOps.map(base64) } },
      num_args: { i: '1' },
      epsilon: { f: 0 },
    });
    this.#values.set(tensor.id, name);
    return name;
  }

  /**
   * @param {string} name
   * @param {string} op
   * @param {string[]} input
   * @param {Record<string, object>} [attr]
   * @returns {string} the name
   */
  #node(name, op, input, attr = {}) {
    this.#nodes.push({ name, op, input, attr: { T: FLOAT, ...attr } });
    return name;
  }

  /**
   * @param {string} name
   * @param {number[]} shape
   * @param {Float32Array | Int32Array} values
   * @returns {string} the name
   */
  #constant(name, shape, values) {
    const isInt = values instanceof Int32Array;
    const type = isInt ? 'DT_INT32' : 'DT_FLOAT';
    const tensor = { dtype: type, tensorShape: tensorShape(shape) };
    this.#nodes.push({ name, op: 'Const', attr: { dtype: { type }, value: { tensor } } });
    this.#weights.push({ name, shape, dtype: isInt ? 'int32' : 'float32', values });
    return name;
  }
}

/** @param {Layer} layer @param {string} reason @returns {Error} */
function refuse(layer, reason) {
  return new Error(`exportGraph: ${layer.getClassName()} ${layer.name}: ${reason}`);
}

/** @param {Layer} layer @returns {SymbolicTensor} */
function inputOf(layer) {
  return /** @type {SymbolicTensor} */ (layer.input);
}

/** @param {Layer} layer @returns {SymbolicTensor} */
function outputOf(layer) {
  return /** @type {SymbolicTensor} */ (layer.output);
}

/**
 * @param {import('@tensorflow/tfjs-core').Tensor | undefined} bias
 * @param {number} channels
 * @returns {Float32Array} zeros where the layer has no bias
 */
function biasValues(bias, channels) {
  return bias === undefined ? new Float32Array(channels) : Float32Array.from(bias.dataSync());
}

/**
 * Writes `model.json` and `weights.bin`, which tf.loadGraphModel reads.
 * @param {LayersModel} model with one float32 input and one output
 * @param {string} folder created if it does not exist
 * @param {Record<string, unknown>} metadata kept as the model's userDefinedMetadata
 * @throws {Error} for a layer or option that has no export; nothing is written then
 */
function exportGraph(model, folder, metadata) {
  const { json, weights } = new GraphExporter(model).finish();
  // Platforms that tfjs runs on are little-endian, and so is the format.
  const data = Buffer.concat(
    weights.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
  );
  const modelJson = {
    format: 'graph-model',
    generatedBy: 'examples/classify-shapes/train.js',
    convertedBy: 'examples/classify-shapes/export-graph.js',
    ...json,
    userDefinedMetadata: metadata,
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: weights.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
      },
    ],
  };
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'model.json'), `${JSON.stringify(modelJson)}\n`);
  fs.writeFileSync(path.join(folder, 'weights.bin'), data);
}

module.exports = { exportGraph };
