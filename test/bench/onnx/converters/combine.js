'use strict';

// One operator on operands that are broadcast against each other, in whatever layouts they are.

/** @typedef {import('../layout').Value} Value */
/** @typedef {import('../layout').DType} DType */
/** @typedef {import('../exporter').Exporter} Exporter */

/** @param {number[]} a @param {number[]} b */
function broadcast(a, b) {
  const rank = Math.max(a.length, b.length);
  const extent = (shape, i) => shape[shape.length - rank + i] ?? 1;
  return Array.from({ length: rank }, (_, i) => {
    const [left, right] = [extent(a, i), extent(b, i)];
    return left === 1 ? right : left;
  });
}

/** A value as floats. @param {Exporter} to @param {Value} value @returns {Value} */
function floatsOf(to, value) {
  const { name, shape, image, dtype = 'float32', constant } = value;
  if (dtype === 'float32') return value;
  if (constant !== undefined) {
    return { name, shape, image, constant: Float32Array.from(constant) };
  }
  return { name: to.onnx.node('Cast', [name], { to: 1n }), shape, image };
}

/**
 * @param {Exporter} to @param {string} op @param {Value[]} operands Of one type, as TensorFlow has it,
 *   but whole numbers among floats, as tfjs takes them, too.
 * @param {DType} [dtype] Of the result, where it is another than the operands'.
 * @returns {Value}
 */
function combine(to, op, operands, dtype) {
  const isMixed = new Set(operands.map((value) => value.dtype ?? 'float32')).size > 1;
  const values = isMixed ? operands.map((value) => floatsOf(to, value)) : operands;
  return joined(to, op, values, dtype ?? values[0].dtype);
}

/**
 * As combine(), of whatever types.
 * @param {Exporter} to @param {string} op @param {Value[]} values @param {DType} [dtype]
 * @returns {Value}
 */
function joined(to, op, values, dtype) {
  const shape = values.map((value) => value.shape).reduce(broadcast);
  const image = shape.length === 4 && values.some((value) => value.image);
  const names = values.map((v) => (image ? to.layout.beside(v) : to.layout.plain(v)));
  return { name: to.onnx.node(op, names), shape, image, dtype };
}

module.exports = { broadcast, combine, joined };
