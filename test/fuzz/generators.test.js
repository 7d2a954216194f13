'use strict';

const tf = require('../../lib');
const { generators, coverage } = require('./generators');
const { makeCall } = require('./draft');
const { operators } = require('./operators');
const { Random } = require('./random');
const { makeTensor } = require('./tensors');

/** Enough for each of the rarer values to come up. */
const DRAWN = 150;
const COMPUTED = 20;

test('every operator has a generator or a reason for having none, never both', () => {
  expect(coverage()).toEqual({ missing: [], unknown: [] });
});

describe.each(Object.keys(generators))('%s', (op) => {
  const row = operators.get(op);
  /** @type {import('./draft').Call[]} */
  let calls;

  beforeAll(() => {
    calls = Array.from({ length: DRAWN }, (_, seed) => generators[op](new Random(seed, op)));
  });

  test('has the inputs and attributes of its row, and all values of its choices', () => {
    const inputNames = row.inputs.map(({ name }) => name);
    const attrNames = row.attrs.map(({ name }) => name);
    for (const { inputs, attrs } of calls) {
      const given = row.isVariadic ? [] : Object.keys(row.pack(inputs));
      expect(given.includes(row.listInput)).toBe(row.listInput !== '' && !row.isVariadic);
      expect(inputNames.filter((name) => given.includes(name))).toEqual(
        given.filter((name) => name !== row.listInput),
      );
      expect(attrNames.filter((name) => Object.hasOwn(attrs, name))).toEqual(Object.keys(attrs));
    }
    for (const { name, optional, kind, choices } of row.attrs) {
      const values = calls.map(({ attrs }) => attrs[name]);
      const given = new Set(kind === 'choices' ? values.flat() : values);
      const wanted = kind === 'bool' ? [false, true] : choices;
      const missing = [...(optional ? [undefined] : []), ...wanted].filter((v) => !given.has(v));
      expect([name, missing]).toEqual([name, []]);
    }
  });

  test('calls that the native backend computes', async () => {
    await tf.setBackend('onednn');
    const computed = calls.slice(0, COMPUTED).filter(({ inputs, attrs }) =>
      tf.tidy(() => {
        const make = (/** @type {any} */ spec) => makeTensor(tf, spec);
        const made = Array.isArray(inputs)
          ? inputs.map(make)
          : Object.fromEntries(Object.entries(inputs).map(([name, spec]) => [name, make(spec)]));
        try {
          const outputs = [tf.engine().runKernel(op, row.pack(made), attrs)].flat();
          for (const output of outputs) output.dataSync();
          return true;
        } catch {
          return false;
        }
      }),
    );
    expect(computed.length).toBeGreaterThan(COMPUTED / 2);
  });
});

describe('a generator that contradicts the table', () => {
  const x = { shape: [1], dtype: /** @type {const} */ ('float32'), values: new Float32Array(1) };
  /** @param {string} op @param {import('./draft').Draft} draft */
  const call = (op, draft) => () => makeCall(new Random(1), operators.get(op), () => draft);

  test.each([
    [
      'an attribute that is not there',
      'Relu',
      { inputs: [x], attrs: { alpha: 1 } },
      /alpha: there is no/,
    ],
    ['no value', 'LeakyRelu', { inputs: [x] }, /alpha: no value/],
    [
      'a value of another kind',
      'LeakyRelu',
      { inputs: [x], attrs: { alpha: '1' } },
      /1 is no number/,
    ],
    [
      'a choice that is not there',
      'MirrorPad',
      { inputs: [x], attrs: { paddings: [], mode: 'wrap' } },
      /wrap is no choice/,
    ],
    ['too many inputs', 'Relu', { inputs: [x, x] }, /2 inputs, not 1/],
    ['too few', 'Add', { inputs: [x] }, /b: no tensor/],
  ])('%s', (_, op, draft, message) => {
    expect(call(op, draft)).toThrow(message);
  });
});
