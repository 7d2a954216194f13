'use strict';

const { badModel, kindOf } = require('./errors.js');

/** @typedef {import('@tensorflow/tfjs-core').io.WeightsManifestEntry} WeightsManifestEntry */
/** @typedef {import('./errors.js').IoOp} IoOp */

/** Bytes that an element takes in a weight file; a string's length is in the file. */
const ELEMENT_BYTES = new Map([
  ['float32', 4],
  ['int32', 4],
  ['bool', 1],
  ['complex64', 8],
]);

/** Bytes that a quantized element takes in a weight file. */
const QUANTIZED_BYTES = new Map([
  ['uint8', 1],
  ['uint16', 2],
  ['float16', 2],
]);

/** A string is stored as its length in bytes, a little-endian uint32, and then its bytes. */
const STRING_LENGTH_BYTES = 4;

/**
 * The number of elements of a shape.
 *
 * @param {number[]} shape
 * @returns {number} Not a safe integer where the shape is too large for any file.
 */
function elementCount(shape) {
  // With a zero anywhere there is no element, however large the other dimensions are.
  return shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
}

/**
 * Checks the quantization of one entry.
 *
 * @param {any} quantization
 * @param {string} dtype The dtype that the weight has after decoding.
 * @param {string} where
 * @param {IoOp} op
 */
function checkQuantization(quantization, dtype, where, op) {
  if (typeof quantization !== 'object' || !QUANTIZED_BYTES.has(quantization.dtype)) {
    const got = kindOf(quantization?.dtype ?? quantization);
    const known = [...QUANTIZED_BYTES.keys()].join(', ');
    throw badModel(op, `${where}: quantization.dtype: expected one of ${known}; got ${got}`);
  }
  const targets = quantization.dtype === 'float16' ? ['float32'] : ['float32', 'int32'];
  if (!targets.includes(dtype)) {
    const expected = targets.join(' or ');
    const message = `dtype: ${quantization.dtype} data decodes to ${expected}; got ${kindOf(dtype)}`;
    throw badModel(op, `${where}: ${message}`);
  }
  if (quantization.dtype === 'float16') return;
  for (const key of ['scale', 'min']) {
    if (!Number.isFinite(quantization[key])) {
      const got = kindOf(quantization[key]);
      throw badModel(op, `${where}: quantization.${key}: expected a finite number, got ${got}`);
    }
  }
}

/**
 * Checks one entry of a weights manifest, so that decoding it cannot go wrong later.
 *
 * @param {unknown} entry
 * @param {string} where Names the entry in errors.
 * @param {IoOp} op
 * @returns {WeightsManifestEntry}
 */
function checkWeightSpec(entry, where, op) {
  const spec = /** @type {any} */ (entry);
  if (typeof spec !== 'object' || spec === null || typeof spec.name !== 'string') {
    throw badModel(op, `${where}: expected an object with a name, got ${kindOf(spec)}`);
  }
  const named = `${where} (${kindOf(spec.name)})`;
  if (spec.dtype !== 'string' && !ELEMENT_BYTES.has(spec.dtype)) {
    const known = [...ELEMENT_BYTES.keys(), 'string'].join(', ');
    throw badModel(op, `${named}: dtype: expected one of ${known}; got ${kindOf(spec.dtype)}`);
  }
  if (!Array.isArray(spec.shape)) {
    throw badModel(op, `${named}: shape: expected an array, got ${kindOf(spec.shape)}`);
  }
  for (const size of spec.shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      const message = `expected non-negative integers, got ${kindOf(size)}`;
      throw badModel(op, `${named}: shape: ${message}`);
    }
  }
  if (!Number.isSafeInteger(elementCount(spec.shape) * 8)) {
    throw badModel(op, `${named}: shape: [${spec.shape}] is too large for any weight file`);
  }
  const { quantization, ...plain } = spec;
  // tfjs-core tells a quantized entry by the presence of the key, even when it holds null.
  if (quantization === undefined || quantization === null) return plain;
  checkQuantization(quantization, spec.dtype, named, op);
  return spec;
}

/**
 * Bytes that a weight takes in its file.
 *
 * @param {WeightsManifestEntry} spec
 * @returns {number | undefined} Undefined for strings: only the file tells.
 */
function fixedBytes(spec) {
  const perElement = spec.quantization
    ? QUANTIZED_BYTES.get(spec.quantization.dtype)
    : ELEMENT_BYTES.get(spec.dtype);
  return perElement === undefined ? undefined : elementCount(spec.shape) * perElement;
}

/**
 * Reads `length` bytes at `position` of a group's data. What it returns is valid until the next
 * call.
 *
 * @callback ReadAt
 * @param {number} position
 * @param {number} length
 * @returns {Promise<Uint8Array>}
 */

/**
 * Walks over the strings of one weight.
 *
 * @param {WeightsManifestEntry} spec
 * @param {number} start Where the weight starts in its group's data.
 * @param {number} end Where the data ends.
 * @param {ReadAt} readAt
 * @returns {Promise<number | undefined>} Its size in bytes; undefined where it passes `end`.
 */
async function stringBytes(spec, start, end, readAt) {
  const count = elementCount(spec.shape);
  // Before the walk, so that a huge shape costs nothing.
  if (start + count * STRING_LENGTH_BYTES > end) return undefined;
  let position = start;
  for (let i = 0; i < count; i++) {
    if (position + STRING_LENGTH_BYTES > end) return undefined;
    const b = await readAt(position, STRING_LENGTH_BYTES);
    position += STRING_LENGTH_BYTES + (b[0] + b[1] * 2 ** 8 + b[2] * 2 ** 16 + b[3] * 2 ** 24);
  }
  return position > end ? undefined : position - start;
}

/**
 * Computes the size of every weight of a group, and checks that together they fill the group's
 * data exactly: a byte more or less would shift every weight after it.
 *
 * @param {object} group
 * @param {WeightsManifestEntry[]} group.specs
 * @param {number} group.sizeBytes Size of the group's data.
 * @param {ReadAt} group.readAt Called only where there are strings.
 * @param {string} group.where Names the data in errors.
 * @param {IoOp} group.op
 * @returns {Promise<number[]>} Bytes, for each of `specs`.
 */
async function measureWeights({ specs, sizeBytes, readAt, where, op }) {
  const sizes = [];
  let offset = 0;
  for (const spec of specs) {
    const bytes = fixedBytes(spec) ?? (await stringBytes(spec, offset, sizeBytes, readAt));
    if (bytes === undefined) {
      const message = `the strings of weight ${kindOf(spec.name)} (shape [${spec.shape}])`;
      throw badModel(op, `${where}: ${message} pass the end of the data, ${sizeBytes} bytes`);
    }
    sizes.push(bytes);
    offset += bytes;
  }
  if (offset !== sizeBytes) {
    const message = `expected ${offset} bytes for ${specs.length} weights, got ${sizeBytes} bytes`;
    throw badModel(op, `${where}: ${message}`);
  }
  return sizes;
}

module.exports = { STRING_LENGTH_BYTES, checkWeightSpec, elementCount, fixedBytes, measureWeights };
