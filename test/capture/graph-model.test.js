'use strict';

const { capturesOf } = require('../../lib/capture/graph-model');
const { maxGraphs, maxGraphsInAll } = require('../../lib/capture/captures');
const { CLASSIFIER, T, load, node, pattern, placeholder, scalar } = require('./graph-models');
const {
  tf,
  countsOf,
  errorOf,
  expectClose,
  memoryNow,
  onCpu,
  rejectionOf,
  settled,
  take,
  valuesOf,
} = require('./support');

/** Three operators over a vector of any length. */
const VECTOR = {
  nodes: [
    placeholder('x', [-1]),
    node('scaled', 'Mul', ['x', 'two'], T),
    node('moved', 'AddV2', ['scaled', 'two'], T),
    node('bent', 'Tanh', ['moved'], T),
  ],
  weights: { two: scalar(2) },
};

const image = (seed, shape = [1, 8, 8, 3]) => tf.randomNormal(shape, 0, 1, 'float32', seed);

beforeAll(() => tf.setBackend('onednn'));
beforeEach(() => tf.native.setCapture(true));

describe('a model without dynamic operators', () => {
  let model;
  beforeEach(async () => (model = await load(CLASSIFIER)));
  afterEach(() => model.dispose());

  const CALLS = {
    predict: (x) => model.predict(x),
    'predict, list': (x) => model.predict([x]),
    'predict, map': (x) => model.predict({ x }),
    execute: (x) => model.execute(x),
    'execute, intermediate outputs': (x) => model.execute({ x }, ['relu1', 'scores']),
    'execute, an output twice': (x) => model.execute({ x }, ['scores', 'scores']),
    'execute, from within': (x) =>
      model.execute({
        relu1: x.pad([
          [0, 0],
          [0, 0],
          [0, 0],
          [0, 5],
        ]),
      }),
    predictAsync: (x) => model.predictAsync(x),
    executeAsync: (x) => model.executeAsync(x),
    'executeAsync, outputs': (x) => model.executeAsync({ x }, ['relu1', 'probabilities']),
  };

  test.each(Object.keys(CALLS))('%s is recorded once and replayed', async (name) => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
    const call = CALLS[name];
    const seeds = [1, 2, 3, 4];
    const got = [];
    const { recorded, compiled, replayed, eager } = await countsOf(async () => {
      for (const seed of seeds) {
        const x = image(seed);
        got.push(await take(call(x)));
        await settled();
        x.dispose();
      }
    });
    expect({ recorded, compiled, replayed, eager }).toEqual({
      recorded: 1,
      compiled: 1,
      replayed: 3,
      eager: {},
    });
    const warnings = warn.mock.calls.length;
    // tfjs says so at each such call.
    expect(warnings).toBe(name.includes('Async') ? 4 : 0);
    for (const [i, seed] of seeds.entries()) {
      expectClose(got[i], await onCpu(() => call(image(seed))));
    }
    expect(warn.mock.calls.every(([said]) => said === warn.mock.calls[0][0])).toBe(true);
    warn.mockRestore();
  });

  test('of further shapes the second run is recorded', async () => {
    const runs = async (...extents) => {
      const counts = await countsOf(async () => {
        for (const extent of extents) {
          tf.tidy(() => void model.predict(image(1, [1, extent, 8, 3])));
          await settled();
        }
      });
      return [counts.recorded, counts.replayed, Object.keys(counts.eager)];
    };
    expect(await runs(8)).toEqual([1, 0, []]);
    expect(await runs(9)).toEqual([0, 0, ['first run with these shapes']]);
    expect(await runs(9)).toEqual([1, 0, []]);
    expect(await runs(9, 8, 9)).toEqual([0, 3, []]);
  });

  test('outputs are tensors like any others', async () => {
    const x = image(1);
    model.predict(x).dispose();
    await settled();
    const before = memoryNow();
    for (let i = 0; i < 200; ++i) {
      const y = tf.tidy(() => {
        model.predict(x);
        return model.predict(x);
      });
      expect(y.isDisposed).toBe(false);
      y.dispose();
      expect(y.isDisposed).toBe(true);
    }
    expect(memoryNow()).toEqual(before);
    const first = model.predict(x);
    const second = model.predict(x);
    first.dispose();
    expect(second.dataSync()).toHaveLength(5);
    tf.dispose([x, second]);
  });

  test('outputs that are inputs or weights are these themselves', async () => {
    const outputs = ['x', 'w2', 'relu1'];
    for (let i = 0; i < 3; ++i) {
      const x = image(i);
      const [same, weight, relu] = model.execute({ x }, outputs);
      expect(same).toBe(x);
      expect(weight).toBe(model.weights.w2[0]);
      expect(relu.shape).toEqual([1, 4, 4, 8]);
      tf.dispose([x, relu]);
      await settled();
    }
    expect(
      (await countsOf(() => tf.tidy(() => void model.execute({ x: image(1) }, outputs)))).replayed,
    ).toBe(1);
  });

  test('an output that a node does not have is undefined, as with tfjs', async () => {
    const x = image(1);
    for (let i = 0; i < 4; ++i) {
      const [none, scores] = model.execute({ x }, ['relu1:3', 'scores']);
      expect(none).toBeUndefined();
      expect(scores.shape).toEqual([1, 5]);
      scores.dispose();
      await settled();
    }
    tf.dispose([model.predict(x), model.predict(x), x]);
  });

  test('errors are those of tfjs', async () => {
    const x = image(1);
    model.predict(x).dispose();
    await settled();
    const gone = tf.keep(image(1));
    gone.dispose();
    const cases = {
      'no such input': () => model.execute({ y: x }),
      'no such output': () => model.execute({ x }, ['y']),
      'input is missing': () => model.execute({ relu1: x }, ['bias1']),
      'rank of an input': () => model.execute({ x: x.flatten() }),
      'extent of an input': () => model.execute({ x: tf.ones([1, 8, 8, 4]) }),
      'dtype of an input': () => model.execute({ x: x.toInt() }),
      'number of inputs': () => model.predict([x, x]),
      'no tensor': () => model.execute({ x: [1, 2] }),
      'a disposed input': () => model.execute({ x: gone }),
      'no outputs': () => tf.concat(model.executor.execute({ x }, [])),
    };
    for (const [name, call] of Object.entries(cases)) {
      const got = errorOf(() => tf.tidy(call));
      tf.native.setCapture(false);
      const expected = errorOf(() => tf.tidy(call));
      tf.native.setCapture(true);
      expect([name, got.message]).toEqual([name, expected.message]);
    }
    expect((await rejectionOf(() => model.executeAsync({ y: x }))).message).toMatch(
      'not part of graph',
    );
    x.dispose();
  });

  test('weights that are changed or disposed are seen', async () => {
    const x = image(1);
    const run = () => take(model.execute(x, ['scores', 'probabilities']));
    const first = await run();
    await settled();
    expectClose(await run(), first);
    const old = model.weights.w2[0];
    model.weights.w2[0] = tf.neg(old);
    const counts = await countsOf(async () => {
      for (let i = 0; i < 4; ++i) {
        const { values } = await run();
        await settled();
        values[0].forEach((value, j) => expect(value).toBeCloseTo(-first.values[0][j], 5));
      }
    });
    expect(counts).toMatchObject({
      recorded: 1,
      replayed: 2,
      eager: { 'weights have changed': 1 },
    });
    old.dispose();
    model.weights.w2[0].dispose();
    for (let i = 0; i < 3; ++i) {
      expect(errorOf(() => model.predict(x)).message).toMatch(/disposed/i);
    }
    model.weights.w2[0] = tf.zeros([8, 5]);
    expect((await run()).values[0]).toEqual([0, 0, 0, 0, 0]);
    x.dispose();
  });

  test('a disposed model gives the error of tfjs, and lets go of its graphs', async () => {
    const other = await load(CLASSIFIER);
    const x = image(1);
    tf.dispose([other.predict(x), other.predict(x)]);
    const [captures] = capturesOf(other.executor);
    expect(captures.size).toBe(1);
    other.dispose();
    expect(captures.size).toBe(0);
    const got = errorOf(() => other.predict(x));
    tf.native.setCapture(false);
    expect(got.message).toBe(errorOf(() => other.predict(x)).message);
    x.dispose();
  });

  test('one weight as the input', async () => {
    const kernel = await load({
      nodes: [
        placeholder('x', [-1]),
        node('product', 'Mul', ['x', 'w'], T),
        node('sum', 'AddV2', ['product', 'w'], T),
      ],
      weights: { w: pattern([3]) },
    });
    const [w] = kernel.weights.w;
    for (const input of [w, tf.tensor1d([1, 2, 3]), w, tf.tensor1d([4, 5, 6]), w]) {
      const expected = await onCpu(() => tf.add(tf.mul(input, w), w));
      expectClose(await take(kernel.predict(input)), expected);
      await settled();
    }
    kernel.dispose();
  });
});

test('one tensor as two inputs', async () => {
  const model = await load({
    nodes: [
      placeholder('a', [-1]),
      placeholder('b', [-1]),
      node('product', 'Mul', ['a', 'two'], T),
      node('difference', 'Sub', ['product', 'b'], T),
    ],
    weights: { two: scalar(2) },
  });
  const [x, y] = [tf.tensor1d([1, 2]), tf.tensor1d([30, 40])];
  const run = (a, b) => valuesOf(model.execute({ a, b }))[0];
  for (let i = 0; i < 3; ++i) {
    expect(run(x, x)).toEqual([1, 2]);
    expect(run(x, y)).toEqual([-28, -36]);
    expect(run(y, y)).toEqual([30, 40]);
    expect(run(y, x)).toEqual([59, 78]);
    await settled();
  }
  model.dispose();
});

test('an input that is kept is passed on as tfjs does', async () => {
  const model = await load({
    nodes: [
      placeholder('x', [-1]),
      node('same', 'Identity', ['x'], T),
      node('product', 'Mul', ['x', 'two'], T),
      node('sum', 'AddV2', ['product', 'two'], T),
    ],
    weights: { two: scalar(2) },
  });
  for (const isKept of [true, false, true, false, true, false]) {
    const x = tf.tensor1d([1, 2]);
    if (isKept) tf.keep(x);
    const [same, sum] = model.execute({ x }, ['same', 'sum']);
    expect(same === x).toBe(isKept);
    expect(valuesOf([same, sum])).toEqual([
      [1, 2],
      [4, 6],
    ]);
    tf.dispose([x, same, sum]);
    await settled();
  }
  model.dispose();
});

describe('the number of graphs is bounded', () => {
  test('of a model that sees a thousand lengths', async () => {
    const model = await load(VECTOR);
    const [captures] = capturesOf(model.executor);
    const before = memoryNow();
    for (let length = 1; length <= 1000; ++length) {
      for (let i = 0; i < 2; ++i) tf.tidy(() => void model.predict(tf.ones([length])));
      expect(captures.size).toBeLessThanOrEqual(maxGraphs);
    }
    expect(captures.size).toBe(maxGraphs);
    expect(memoryNow()).toEqual(before);
    await settled();
    const counts = await countsOf(() => {
      for (let i = 0; i < maxGraphs; ++i) tf.tidy(() => void model.predict(tf.ones([1000 - i])));
    });
    expect(counts.replayed).toBe(maxGraphs);
    model.dispose();
  });

  test('in all', async () => {
    const models = [];
    for (let i = 0; i < maxGraphsInAll + 20; ++i) models.push(await load(VECTOR));
    const x = tf.ones([5]);
    for (const model of models) model.predict(x).dispose();
    const sizes = models.map(({ executor }) => capturesOf(executor)[0].size);
    expect(sizes.reduce((a, b) => a + b)).toBeLessThanOrEqual(maxGraphsInAll);
    // The oldest went.
    expect(sizes[0]).toBe(0);
    expect(sizes[models.length - 1]).toBe(1);
    for (const model of models) model.dispose();
    x.dispose();
  });
});
