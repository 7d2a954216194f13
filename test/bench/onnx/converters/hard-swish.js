'use strict';

// x * relu6(x + 3) / 6, which graphs spell out, is one operator in ONNX.

const { scalar } = require('./rectifiers');

/** @typedef {import('../layout').Value} Value */
/** @typedef {import('../exporter').Exporter} Exporter */

/** A number as weights of 16 bits have it. @param {number} a @param {number} b */
const isNear = (a, b) => Math.abs(a / b - 1) < 1e-3;

/**
 * The one value of a constant, where it is about what is expected.
 * @param {Exporter} to @param {string} name @param {number} expected
 */
function scalarNear(to, name, expected) {
  const value = scalar(to.get(name));
  return value !== undefined && isNear(value, expected) ? value : undefined;
}

/** What is multiplied, where one of the operands may be a product itself. */
function factorsOf(to, node) {
  const products = node.input.map((name) => to.producer(name)?.op === 'Mul');
  return [0, 1]
    .filter((i) => products[i])
    .map((i) => [node.input[1 - i], ...to.producer(node.input[i]).input]);
}

/** The x of relu6(x + 3). @param {Exporter} to @param {string} name */
function shifted(to, name) {
  const clipped = to.producer(name);
  if (clipped?.op !== 'Relu6') return undefined;
  const sum = to.producer(clipped.input[0]);
  if (!['Add', 'AddV2'].includes(sum?.op)) return undefined;
  const at = sum.input.findIndex((input) => scalar(to.get(input)) === 3);
  return at < 0 ? undefined : sum.input[1 - at];
}

/**
 * @param {Exporter} to @param {any} node A Mul.
 * @returns {Value | undefined} Where it is the last step of a hard swish. Where its sixth is not quite
 *   one, what is left is a factor behind it, which a convolution that follows has in its weights.
 */
function hardSwish(to, node) {
  for (const factors of factorsOf(to, node)) {
    const sixth = factors.map((name) => scalarNear(to, name, 1 / 6));
    const [a, b, ...others] = factors.filter((_, i) => sixth[i] === undefined);
    if (b === undefined || others.length > 0) continue;
    const x = shifted(to, a) === b ? b : shifted(to, b) === a ? a : undefined;
    if (x === undefined) continue;
    const { shape, image, name } = to.get(x);
    const exact = { shape, image, name: to.onnx.node('HardSwish', [name]) };
    const factor = 6 * Number(sixth.find((value) => value !== undefined));
    if (Math.abs(factor - 1) < 1e-6) return exact;
    const scaled = to.onnx.node('Mul', [exact.name, to.onnx.floats([], [factor])]);
    return { ...exact, name: scaled, scaled: { of: exact, factor } };
  }
  return undefined;
}

module.exports = { hardSwish };
