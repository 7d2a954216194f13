'use strict';

// Spoils valid calls: one or two things about them are made wrong.

const { tensor, sizeOf } = require('./tensors');

/** @typedef {import('./random').Random} Random */

/**
 * @typedef {object} Trick What is odd about an input besides its description.
 * @property {'none' | 'disposed' | 'strings' | 'claims'} kind
 * @property {any} [shape] 'claims': the shape that the kernel is told.
 */

/** @typedef {{spec: import('./tensors').TensorSpec | undefined | null, trick: Trick}} HostileInput */

const NUMBERS = [
  NaN, Infinity, -Infinity, -1, -2, 0, -0, 1, 2, 3, 7, 0.5, -0.5, 1e9, -1e9, 2 ** 31 - 1, 2 ** 31,
  -(2 ** 31), 2 ** 32 + 1, 2 ** 53, -(2 ** 53), 2 ** 63, -(2 ** 63), 1e300, 100, 1000, 65537,
]; // prettier-ignore

const JUNK = [
  undefined, null, '', 'same', 'no such choice', 'x'.repeat(1000), {}, [], true, false, [[1, 2]],
  [[1], 2], [NaN], [undefined], ['1'], 10n, new Float32Array(3), new Uint8Array(0), () => 1,
  Symbol('s'), Object.create(null), new Array(5), new Date(0), 'float32', 'complex64', 'constructor', '__proto__',
]; // prettier-ignore

const DTYPES = /** @type {const} */ (['float32', 'int32', 'bool', 'complex64']);

/** @param {Random} random @param {any} value Of an attribute. */
function spoiledValue(random, value) {
  if (random.chance(0.15)) return random.pick(JUNK);
  if (Array.isArray(value) && value.length > 0 && random.chance(0.8)) {
    const copy = value.slice();
    const at = random.int(0, copy.length - 1);
    if (Array.isArray(copy[at])) copy[at] = spoiledValue(random, copy[at]);
    else if (random.chance(0.7)) copy[at] = random.pick(NUMBERS);
    else if (random.chance(0.5)) copy.splice(at, 1);
    else copy.push(random.pick([...NUMBERS, copy[at]]));
    return copy;
  }
  if (typeof value === 'string' && random.chance(0.8)) {
    const at = random.int(0, value.length);
    const between = random.pick(['', '', 'i', 'z', ',', '->', '...', ' ', '\u20ac']);
    return value.slice(0, at) + between + value.slice(at + random.int(0, 2));
  }
  if (random.chance(0.15)) return random.list(random.int(0, 7), () => random.pick(NUMBERS));
  return random.pick(NUMBERS);
}

/** @param {Random} random @param {number[]} shape */
function spoiledShape(random, shape) {
  const copy = shape.slice();
  const at = random.int(0, copy.length);
  if (copy.length > 0 && random.chance(0.4)) copy.splice(Math.min(at, copy.length - 1), 1);
  else if (random.chance(0.4)) copy.splice(at, 0, random.int(0, 3));
  else if (copy.length > 0) copy[Math.min(at, copy.length - 1)] = random.int(0, 9);
  return sizeOf(copy) <= 100_000 ? copy : [];
}

/** @param {Random} random @param {HostileInput} input @returns {HostileInput} */
function spoiledInput(random, { spec, trick }) {
  if (!spec) return { spec: tensor(random, random.shape({ limit: 100 })), trick };
  switch (random.int(0, 7)) {
    case 0:
      return { spec: random.pick([undefined, null]), trick };
    case 1:
      return { spec, trick: { kind: 'disposed' } };
    case 2:
      return { spec, trick: { kind: 'strings' } };
    case 3: {
      const extents = [...spec.shape];
      if (extents.length > 0) extents[random.int(0, extents.length - 1)] = random.pick(NUMBERS);
      const shape = random.pick([
        extents,
        extents,
        random.list(8, () => 1),
        [-1, -1],
        [2 ** 32, 2 ** 32],
      ]);
      return { spec, trick: { kind: 'claims', shape } };
    }
    case 4:
      return { spec: tensor(random, spec.shape, random.pick(DTYPES)), trick };
    case 5: {
      const values = spec.values.slice();
      for (let i = 0; i < values.length; i++)
        if (random.chance(0.2)) values[i] = random.pick(NUMBERS);
      return { spec: { ...spec, values }, trick };
    }
    default: {
      const dtype = random.chance(0.2) ? random.pick(DTYPES) : spec.dtype;
      return { spec: tensor(random, spoiledShape(random, spec.shape), dtype), trick };
    }
  }
}

/**
 * @param {Random} random @param {import('./draft').Call} call
 * @param {import('./operators').Operator} op
 * @returns {{inputs: Record<string, HostileInput> | HostileInput[], attrs: Record<string, any>}}
 */
function spoil(random, call, op) {
  const wrap = (spec) => ({ spec, trick: /** @type {Trick} */ ({ kind: 'none' }) });
  const attrNames = op.attrs.map(({ name }) => name);
  const inputNames = op.listInput ? Object.keys(call.inputs) : op.inputs.map(({ name }) => name);
  const entries = inputNames.map((name) => [name, wrap(call.inputs[name])]);
  const attrs = { ...call.attrs };
  const times = random.pick([1, 1, 1, 2, 3]);
  for (let i = 0; i < times; i++) {
    if (attrNames.length > 0 && (entries.length === 0 || random.chance(0.6))) {
      const name = random.pick(attrNames);
      attrs[name] = spoiledValue(random, attrs[name]);
    } else if (entries.length > 0) {
      const entry = random.pick(entries);
      entry[1] = spoiledInput(random, entry[1]);
    } else {
      attrs.shape = random.pick(JUNK);
    }
  }
  const isList = Array.isArray(call.inputs);
  const inputs = isList ? entries.map(([, input]) => input) : Object.fromEntries(entries);
  return { inputs, attrs };
}

module.exports = { spoil };
