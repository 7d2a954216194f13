'use strict';

const { magnitudeOf } = require('./tensors');

/** @typedef {import('./draft').Call} Call */
/** @typedef {{shape: number[], dtype: any, values: any}} Output */

const FLOAT_MAX = 3.4028234663852886e38;

/**
 * How far a value may be off beside what is relative to the value itself.
 * @param {Call} call @param {Output} expected
 */
function scaleOf({ scale = 'element', inputs }, expected) {
  if (scale === 'element') return 1;
  let most = magnitudeOf(expected);
  if (typeof scale === 'number') most = Math.max(most, scale);
  if (scale === 'sum') {
    for (const input of Object.values(inputs)) if (input) most = Math.max(most, magnitudeOf(input));
  }
  return Math.max(most, 1e-30);
}

/** @param {number} a @param {number} e @param {number} tolerance @param {number} scale */
function isNear(a, e, tolerance, scale) {
  if (a === e || (Number.isNaN(a) && Number.isNaN(e))) return true;
  if (Math.abs(a - e) <= tolerance * Math.max(scale, Math.abs(e))) return true;
  // Where float32 ends, the last bit decides between the largest number and infinity.
  const [most, least] = [Math.max(Math.abs(a), Math.abs(e)), Math.min(Math.abs(a), Math.abs(e))];
  return most === Infinity && a * e > 0 && least >= FLOAT_MAX * (1 - 1e-5);
}

/**
 * @param {Call} call @param {Output[]} actual @param {Output[]} expected
 * @returns {string | null} The first difference.
 */
function difference(call, actual, expected) {
  if (actual.length !== expected.length) {
    return `${actual.length} outputs, not ${expected.length}`;
  }
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i], expected[i]];
    const where = expected.length > 1 ? `output ${i}: ` : '';
    if (a.dtype !== e.dtype) return `${where}dtype ${a.dtype}, not ${e.dtype}`;
    if (a.shape.join() !== e.shape.join()) return `${where}shape [${a.shape}], not [${e.shape}]`;
    if (a.values.length !== e.values.length) {
      return `${where}${a.values.length} values, not ${e.values.length}`;
    }
    const isExact = call.scale === 'exact';
    const tolerance = call.tolerance ?? 3e-6;
    const scale = isExact ? 0 : scaleOf(call, e);
    for (let j = 0; j < e.values.length; j++) {
      const [x, y] = [a.values[j], e.values[j]];
      const isSlack = e.dtype === 'int32' && Math.abs(x - y) <= (call.slack ?? 0);
      const same = isExact ? Object.is(x, y) : isSlack || isNear(x, y, tolerance, scale);
      if (!same) return `${where}value ${j} of [${e.shape}] is ${x}, not ${y}`;
    }
  }
  return null;
}

module.exports = { difference };
