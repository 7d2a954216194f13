'use strict';

const tf = require('../../lib');
const { operators } = require('./operators');
const { Random } = require('./random');
const { Expectation, problemIn, runGraph } = require('./graphs/graphs');
const { PASSES, modesOf, runCaptured, runEager } = require('./graphs/modes');
const { textOf } = require('./graphs/program');
const { shrink } = require('./graphs/shrink');
const { THEMES, drawProgram } = require('./graphs/themes');

const DRAWN = 40;
const RUN = 8;

/** How much of all output may be no number; the rest is compared. */
const MOST_NOT_FINITE = 0.4;

const draw = (/** @type {string} */ theme, /** @type {number} */ seed) =>
  drawProgram(theme, new Random(seed, theme));
const allPasses = modesOf(new Random(0))[0];

const program = () => ({
  inputs: [
    {
      id: 0,
      sets: [0, 1].map((set) => ({
        shape: [3],
        dtype: /** @type {const} */ ('float32'),
        values: Float32Array.of(set, -1, 2),
      })),
    },
  ],
  weights: [],
  steps: [
    { op: 'Exp', inputs: [0], attrs: {}, outputs: [1] },
    { op: 'Tanh', inputs: [1], attrs: {}, outputs: [2] },
    { op: 'Add', inputs: [2, 0], attrs: {}, outputs: [3] },
    { op: 'Neg', inputs: [3], attrs: {}, outputs: [4] },
  ],
  outputs: [4, 1],
});

beforeAll(() => tf.setBackend('onednn'));

describe.each(Object.keys(THEMES))('%s', (theme) => {
  test('the same seed gives the same graph, another seed another one', () => {
    expect(textOf(draw(theme, 1))).toBe(textOf(draw(theme, 1)));
    expect(textOf(draw(theme, 1))).not.toBe(textOf(draw(theme, 2)));
  });

  test('graphs are as captured ones should be', async () => {
    for (let seed = 0; seed < RUN; seed++) {
      expect(await runGraph(theme, seed)).toMatchObject({ problem: null, graphs: true });
    }
  });
});

test('graphs have steps of every kind, give numbers, and each pass finds something to do', async () => {
  const ops = new Set();
  const passes = new Set();
  let [values, notFinite] = [0, 0];
  for (const theme of Object.keys(THEMES)) {
    for (let seed = 0; seed < DRAWN; seed++) {
      const drawn = draw(theme, seed);
      drawn.steps.forEach(({ op }) => ops.add(op));
      const { explanation } = await runCaptured(drawn, allPasses);
      explanation.passes.forEach((/** @type {string} */ pass) => passes.add(pass));
      for (const output of runEager(drawn).flat()) {
        values += output.values.length;
        notFinite += output.values.filter((/** @type {number} */ value) => !isFinite(value)).length;
      }
    }
  }
  expect([...ops].filter((op) => !operators.has(op))).toEqual([]);
  expect(ops.size).toBeGreaterThan(90);
  expect(PASSES.filter((pass) => !passes.has(pass))).toEqual([]);
  expect(notFinite / values).toBeLessThan(MOST_NOT_FINITE);
});

describe('a captured graph that is not what the eager run was', () => {
  test('a wrong value, shape or number of outputs is a problem', () => {
    const expectation = new Expectation(program());
    const [outputs] = runEager(program());
    const change = (/** @type {(output: any) => object} */ f) =>
      outputs.map((output, i) => (i === 0 ? { ...output, ...f(output) } : output));
    const bump = (/** @type {number} */ by) =>
      change(({ values }) => ({ values: values.map((v) => v + by) }));
    expect(expectation.problemOf(outputs, 0)).toBeNull();
    expect(expectation.problemOf(outputs, 1)).not.toBeNull();
    expect(expectation.problemOf(bump(1e-6), 0)).toBeNull();
    expect(expectation.problemOf(bump(1e-3), 0)).toMatch(/^output 0: value 0 of \[3\] is/);
    expect(expectation.problemOf(bump(NaN), 0)).toMatch(/is NaN/);
    expect(
      expectation.problemOf(
        change(() => ({ shape: [3, 1] })),
        0,
      ),
    ).toMatch(/shape/);
    expect(expectation.problemOf(outputs.slice(1), 0)).toMatch(/1 outputs, not 2/);
  });

  test('it is found when the graph runs', async () => {
    const other = { ...program(), outputs: [3, 1] };
    const { problem } = await problemIn(other, allPasses, new Expectation(program()));
    expect(problem).toMatch(/output 0/);
  });

  test('what rounding blows up is none', async () => {
    // The difference of numbers that are as good as equal.
    const steps = [
      ...program().steps,
      { op: 'Square', inputs: [4], attrs: {}, outputs: [5] },
      { op: 'Multiply', inputs: [3, 3], attrs: {}, outputs: [6] },
      { op: 'Sub', inputs: [5, 6], attrs: {}, outputs: [7] },
    ];
    const amplified = { ...program(), steps, outputs: [7] };
    const expectation = new Expectation(amplified);
    const [[zeros]] = runEager(amplified);
    expect(Array.from(zeros.values)).toEqual([0, 0, 0]);
    const off = (/** @type {number} */ by) => [{ ...zeros, values: Float32Array.of(0, by, 0) }];
    expect(expectation.problemOf(off(1e-7), 0)).toBeNull();
    expect(expectation.isAmplified).toBe(true);
    expect(expectation.problemOf(off(0.1), 0)).toMatch(/rounding explains/);
  });

  test('it is made as small as can be', async () => {
    const fails = async ({ steps }) => steps.some(({ op }) => op === 'Tanh');
    const small = await shrink(program(), fails, Infinity);
    expect(small.steps.map(({ op }) => op)).toEqual(['Tanh']);
    expect(small.outputs).toEqual(small.steps[0].outputs);
    // What went into it is an input now.
    const [[result], [, exp]] = [runEager(small)[1], runEager(program())[1]];
    expect(Array.from(result.values)).toEqual(
      Array.from(exp.values, (x) => expect.closeTo(Math.tanh(x))),
    );
  });
});
