'use strict';

// TensorFlow's images are NHWC, onnxruntime's are NCHW. A value stays in the layout that its
// producer gives it, and changes only where a consumer needs the other one.

const toNchw = [0, 3, 1, 2];
const toNhwc = [0, 2, 3, 1];

/** @typedef {'float32' | 'int32' | 'bool'} DType TensorFlow's; int32 is int64 in the ONNX graph. */

/**
 * @typedef {object} Value
 * @property {string} name Name in the ONNX graph.
 * @property {number[]} shape As TensorFlow has it (NHWC where it is an image).
 * @property {boolean} image 4-D and NCHW in the ONNX graph.
 * @property {DType} [dtype] float32 where it is left out.
 * @property {Float32Array | Int32Array | Uint8Array} [constant] Its values, where they are known.
 * @property {boolean} [isNarrow] An int32 that is int32 in the ONNX graph, too: an input.
 * @property {boolean} [isNatural] Known not to be negative.
 * @property {{of: Value, pads: number[][]}} [padded] It is another value with zeros before and after
 *   each dimension.
 * @property {{inputs: string[], attrs: Record<string, bigint>, shape: number[]}} [product] It is a
 *   matrix product of these, without a bias, or one that was given another shape of the same depth.
 * @property {{of: Value, factor: number}} [scaled] It is another value times a number.
 */

/** @template T @param {T[]} items @param {number[]} perm */
const permuted = (items, perm) => perm.map((axis) => items[axis]);

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

/** Whether an NHWC shape has its elements in the same order as NCHW. @param {number[]} shape */
const sameOrder = ([, height, width, depth]) => height * width === 1 || depth === 1;

/** @param {Value} value @param {number} axis TensorFlow's @returns {number} The one in ONNX. */
const axisOf = (value, axis) => (value.image ? toNchw.indexOf(axis) : axis);

/** @param {Value} value @returns {number[]} Its dimensions in the ONNX graph. */
const dimsOf = ({ shape, image }) => (image ? permuted(shape, toNchw) : shape);

class Layout {
  /** @param {import('./onnx-graph').OnnxGraph} onnx */
  constructor(onnx) {
    this.onnx = onnx;
    /** @type {Map<string, string>} Names of values in the other layout. */
    this.converted = new Map();
    /** @type {Map<any, Map<string, string>>} Names of constants, by their values and dimensions. */
    this.constants = new Map();
  }

  /** The value in TensorFlow's own layout. @param {Value} value @returns {string} */
  plain(value) {
    if (value.constant !== undefined) return this.#constant(value, value.shape);
    return value.image ? this.#convert(value, value.shape, toNhwc) : value.name;
  }

  /** The value, of 4 dimensions, in NCHW. @param {Value} value @returns {string} */
  image(value) {
    const { shape } = value;
    if (shape.length !== 4) throw new Error(`ONNX export: an image of shape [${shape}]`);
    const dims = permuted(shape, toNchw);
    if (value.constant !== undefined) {
      const order = (values) => transpose(values, shape, toNchw);
      return this.#constant(value, dims, 'NCHW', order);
    }
    return value.image ? value.name : this.#convert(value, dims, toNchw);
  }

  /** The value with its elements in TensorFlow's order, in whatever shape. @param {Value} value */
  flat(value) {
    const isInOrder = value.constant === undefined && value.image && sameOrder(value.shape);
    return isInOrder ? value.name : this.plain(value);
  }

  /** An operand of an element-wise operator beside an image. @param {Value} value */
  beside(value) {
    const { shape } = value;
    const full = [...Array(4 - shape.length).fill(1), ...shape];
    if (value.constant !== undefined) {
      // Without the leading 1 this is the form that onnxruntime fuses into a convolution.
      if (value.constant.length === (shape.at(-1) ?? 1)) {
        return this.#constant(value, [value.constant.length, 1, 1]);
      }
      return this.image({ ...value, shape: full });
    }
    if (shape.length === 4) return this.image(value);
    const name = this.onnx.node('Reshape', [value.name, this.onnx.ints(full)]);
    return this.image({ name, shape: full, image: false });
  }

  /**
   * @param {Value} value @param {number[]} dims
   * @param {string} [layout]
   * @param {(values: any) => any} [order] What makes its values those in that layout.
   */
  #constant({ constant }, dims, layout = '', order = (values) => values) {
    const known = this.constants.get(constant) ?? new Map();
    this.constants.set(constant, known);
    const key = layout + dims;
    if (!known.has(key)) known.set(key, this.#initializer(dims, order(constant)));
    return known.get(key);
  }

  /** @param {number[]} dims @param {any} values */
  #initializer(dims, values) {
    if (values instanceof Float32Array) return this.onnx.floats(dims, values);
    if (values instanceof Int32Array) return this.onnx.ints(values, dims);
    return this.onnx.bools(dims, values);
  }

  /** @param {Value} value @param {number[]} dims @param {number[]} perm */
  #convert(value, dims, perm) {
    const key = `${value.name} ${perm} ${dims}`;
    let name = this.converted.get(key);
    if (name === undefined) {
      name = sameOrder(value.shape)
        ? this.onnx.node('Reshape', [value.name, this.onnx.ints(dims)])
        : this.onnx.node('Transpose', [value.name], { perm });
      this.converted.set(key, name);
    }
    return name;
  }
}

module.exports = { Layout, axisOf, dimsOf, permuted, transpose, toNchw, toNhwc, sameOrder };
