'use strict';

const MOST_VALUES = 24;

/** JSON with the numbers that it lacks, and tensors cut short. @param {any} value @returns {string} */
function describe(value) {
  if (ArrayBuffer.isView(value)) {
    const list = Array.from(/** @type {any} */ (value).subarray(0, MOST_VALUES), describe);
    return `[${list.join(',')}${/** @type {any} */ (value).length > MOST_VALUES ? ',...' : ''}]`;
  }
  if (Array.isArray(value)) return `[${value.map(describe).join(',')}]`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || typeof value !== 'object') return String(value);
  const fields = Object.entries(value).map(([key, field]) => `${key}: ${describe(field)}`);
  return `{${fields.join(', ')}}`;
}

/** Inputs and attributes of a call, for people. @param {any} call */
function describeCall({ inputs, attrs }) {
  return `runKernel(op, ${describe(inputs)}, ${describe(attrs)})`;
}

module.exports = { describe, describeCall };
