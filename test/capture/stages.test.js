'use strict';

const {
  CLASSIFIER,
  DETECTOR,
  T,
  load,
  node,
  pattern,
  placeholder,
  scalar,
  type,
} = require('./graph-models');
const {
  tf,
  countsOf,
  expectClose,
  expectRuns,
  memoryNow,
  onCpu,
  rejectionOf,
  settled,
  take,
} = require('./support');

const INT = { T: type('int32') };
const random = (shape, seed) => tf.randomNormal(shape, 0, 1, 'float32', seed);

beforeAll(() => tf.setBackend('onednn'));

describe('a detector', () => {
  let model;
  const inputs = (seed) => ({ x: random([1, 16, 16, 3], seed) });
  const outputs = ['squashed', 'nms:1', 'selected', 'nms'];
  beforeEach(async () => (model = await load(DETECTOR)));
  afterEach(() => model.dispose());

  test('replays what is before and behind the selection', async () => {
    const { recorded, replayed, refused, eager } = await expectRuns(model, inputs, outputs);
    expect({ recorded, replayed, refused, eager }).toEqual({
      recorded: 2,
      replayed: 8,
      refused: 0,
      eager: {},
    });
  });

  test('gives each of many calls at once its own results', async () => {
    const seeds = Array.from({ length: 12 }, (_, i) => i + 1);
    const before = memoryNow();
    const got = await Promise.all(
      seeds.map(async (seed) => {
        const feeds = inputs(seed);
        const taken = await take(model.executeAsync(feeds, outputs));
        tf.dispose(feeds);
        return taken;
      }),
    );
    expect(memoryNow()).toEqual(before);
    for (const [i, seed] of seeds.entries()) {
      expectClose(got[i], await onCpu(() => model.executeAsync(inputs(seed), outputs)));
    }
  });

  test('leaves nothing behind in 200 calls', async () => {
    const feeds = inputs(1);
    tf.dispose(await model.executeAsync(feeds, outputs));
    await settled();
    const before = memoryNow();
    for (let i = 0; i < 200; ++i) tf.dispose(await model.executeAsync(feeds, outputs));
    expect(memoryNow()).toEqual(before);
    tf.dispose(feeds);
  });

  test('gives the errors of tfjs', async () => {
    const feeds = inputs(1);
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
    const cases = {
      'execute()': async () => model.execute(feeds, outputs),
      'execute() with the selection given': async () =>
        model.execute({ ...feeds, nms: tf.tensor1d([0], 'int32') }, ['squashed']),
      'no such output': () => model.executeAsync(feeds, ['y']),
      'no such input': () => model.executeAsync({ y: feeds.x }, outputs),
      'a missing input': () => model.executeAsync({ relu1: feeds.x }, outputs),
      'the shape of an input': () => model.executeAsync({ x: tf.ones([1, 3, 3, 3]) }, outputs),
    };
    for (const [name, call] of Object.entries(cases)) {
      const got = await rejectionOf(call);
      tf.native.setCapture(false);
      const expected = await rejectionOf(call);
      tf.native.setCapture(true);
      expect([name, got.message]).toEqual([name, expected.message]);
    }
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
    tf.dispose(feeds);
  });

  test('an error in the middle leaves nothing of the stages before', async () => {
    const broken = {
      ...DETECTOR,
      weights: { ...DETECTOR.weights, iou: scalar(7) },
    };
    const other = await load(broken);
    const feeds = inputs(1);
    const before = memoryNow();
    expect((await rejectionOf(() => other.executeAsync(feeds, outputs))).message).toMatch(/iou/i);
    expect(memoryNow()).toEqual(before);
    other.dispose();
    tf.dispose(feeds);
  });

  test('goes on from the middle', async () => {
    const counts = await expectRuns(
      model,
      (seed) => ({ boxes: random([5, 4], seed), nms: tf.tensor1d([2, seed % 5], 'int32') }),
      ['squashed'],
    );
    expect(counts.replayed).toBe(4);
  });
});

test('shapes that depend on values', async () => {
  const model = await load({
    nodes: [
      placeholder('x', [-1]),
      node('bent', 'Tanh', ['x'], T),
      node('positive', 'Greater', ['bent', 'zero'], T),
      node('where', 'Where', ['positive'], {}),
      node('found', 'GatherNd', ['bent', 'where'], {}),
      node('doubled', 'AddV2', ['found', 'found'], T),
      node('result', 'Exp', ['doubled'], T),
    ],
    weights: { zero: scalar(0) },
  });
  const counts = await expectRuns(model, (seed) => ({ x: random([6], seed) }), ['result'], 12);
  expect(counts.refused).toBe(0);
  expect(counts.replayed).toBeGreaterThanOrEqual(11);
  model.dispose();
});

test('a shape that is a value of the input', async () => {
  const model = await load({
    nodes: [
      placeholder('x', [6]),
      placeholder('shape', [2], 'int32'),
      node('doubled', 'AddV2', ['x', 'x'], T),
      node('bent', 'Tanh', ['doubled'], T),
      node('shaped', 'Reshape', ['bent', 'shape'], T),
      // Shapes are no values: they are the same in each run that one graph stands for.
      node('of_shaped', 'Shape', ['shaped'], INT),
      node('negative', 'Neg', ['shaped'], T),
      node('filled', 'Fill', ['of_shaped', 'half'], T),
      node('result', 'AddV2', ['negative', 'filled'], T),
    ],
    weights: { half: scalar(0.5) },
  });
  const inputs = (seed) => ({
    x: random([6], seed),
    shape: tf.tensor1d(seed % 2 === 0 ? [2, 3] : [3, 2], 'int32'),
  });
  const counts = await expectRuns(model, inputs, ['result'], 12);
  expect(counts).toMatchObject({ refused: 0, recorded: 3 });
  expect(counts.replayed).toBeGreaterThanOrEqual(20);
  model.dispose();
});

test('several outputs of one node cross from stage to stage', async () => {
  const model = await load({
    nodes: [
      placeholder('x', [5]),
      node('bent', 'Tanh', ['x'], T),
      node('doubled', 'AddV2', ['bent', 'bent'], T),
      node('top', 'TopKV2', ['doubled', 'k'], { sorted: { b: true } }),
      node('positive', 'Greater', ['top', 'zero'], T),
      node('where', 'Where', ['positive'], {}),
      node('found', 'GatherNd', ['top:1', 'where'], {}),
      node('values', 'GatherNd', ['top', 'where'], {}),
      node('result', 'AddV2', ['found', 'found'], INT),
      node('again', 'Neg', ['values'], T),
    ],
    weights: { k: scalar(3, 'int32'), zero: scalar(0) },
  });
  const inputs = (seed) => ({ x: tf.tensor1d([seed, 2 - seed, -1, 0.5, 3]) });
  const counts = await expectRuns(model, inputs, ['again', 'result', 'top:1', 'top'], 6);
  expect(counts.refused).toBe(0);
  expect(counts.replayed).toBeGreaterThanOrEqual(5 + 3);
  model.dispose();
});

test('a hash table, which an initializer fills', async () => {
  const table = () =>
    node('table', 'HashTableV2', [], {
      key_dtype: type('int32'),
      value_dtype: type('float32'),
    });
  const init = {
    node: [
      table(),
      node('keys', 'Const', [], { dtype: type('int32') }),
      node('values', 'Const', [], { dtype: type('float32') }),
      node('import', 'LookupTableImportV2', ['table', 'keys', 'values'], {}),
    ],
    versions: { producer: 1, minConsumer: 1 },
  };
  const model = await load({
    nodes: [
      placeholder('x', [2]),
      table(),
      node('bent', 'Tanh', ['x'], T),
      node('doubled', 'AddV2', ['bent', 'bent'], T),
      node('rounded', 'Round', ['doubled'], T),
      node('cast', 'Cast', ['rounded'], { SrcT: type('float32'), DstT: type('int32') }),
      node('found', 'LookupTableFindV2', ['table', 'cast', 'missing'], {}),
      node('negative', 'Neg', ['found'], T),
      node('result', 'AddV2', ['negative', 'doubled'], T),
    ],
    weights: {
      keys: { values: Int32Array.of(0, 2), shape: [2], dtype: 'int32' },
      values: { values: Float32Array.of(10, 20), shape: [2], dtype: 'float32' },
      missing: scalar(-1),
    },
    initializer: init,
  });
  const counts = await expectRuns(model, (seed) => ({ x: tf.tensor1d([seed, 0]) }), ['result']);
  expect(counts).toMatchObject({ recorded: 1, replayed: 4, refused: 0 });
  model.dispose();
});

describe('in execute()', () => {
  const withOp = (op, attr) => ({
    nodes: [
      placeholder('x', [3]),
      node('scaled', 'Mul', ['x', 'half'], T),
      node('start', 'AddV2', ['scaled', 'half'], T),
      node('odd', op, ['shape'], attr),
      node('sum', 'AddV2', ['start', 'odd'], T),
      node('result', 'Mul', ['sum', 'half'], T),
    ],
    weights: {
      half: scalar(0.5),
      shape: { values: Int32Array.of(3), shape: [1], dtype: 'int32' },
    },
  });

  test('random numbers are drawn anew', async () => {
    const model = await load(withOp('RandomUniform', { dtype: type('float32') }));
    const x = tf.tensor1d([2, 4, 6]);
    const seen = new Set();
    const before = memoryNow();
    const counts = await countsOf(async () => {
      for (let i = 0; i < 8; ++i) {
        const y = model.predict(x);
        const [first] = y.dataSync();
        expect(first).toBeGreaterThanOrEqual(0.75);
        expect(first).toBeLessThanOrEqual(1.25);
        seen.add(first);
        y.dispose();
        await settled();
      }
    });
    expect(memoryNow()).toEqual(before);
    expect(seen.size).toBe(8);
    expect(counts).toMatchObject({ recorded: 2, replayed: 14, refused: 0 });
    x.dispose();
    model.dispose();
  });

  test('operators that a user registered are called each time', async () => {
    let calls = 0;
    tf.registerOp('Counter', () => tf.fill([3], ++calls));
    const model = await load(withOp('Counter', {}));
    const x = tf.tensor1d([2, 4, 6]);
    for (let i = 1; i <= 5; ++i) {
      const y = model.predict(x);
      expect(Array.from(y.dataSync())).toEqual([0.75, 1.25, 1.75].map((value) => value + i / 2));
      y.dispose();
      await settled();
    }
    expect(calls).toBe(5);
    tf.deregisterOp('Counter');
    x.dispose();
    model.dispose();
  });
});

test('text stays in JavaScript, what is computed of its hashes is replayed', async () => {
  const model = await load({
    nodes: [
      placeholder('x', [3]),
      placeholder('words', [2], 'string'),
      node('bent', 'Tanh', ['x'], T),
      node('start', 'AddV2', ['bent', 'bent'], T),
      node('hashes', 'StringToHashBucketFast', ['words'], { num_buckets: { i: '3' } }),
      node('found', 'GatherV2', ['start', 'hashes', 'axis'], {}),
      node('result', 'Neg', ['found'], T),
    ],
    weights: { axis: scalar(0, 'int32') },
  });
  const got = [];
  const x = tf.tensor1d([1, 2, 3]);
  for (const words of [
    ['a', 'b'],
    ['c', 'd'],
    ['e', 'a'],
  ]) {
    const text = tf.tensor1d(words, 'string');
    got.push([await take(model.execute({ x, words: text })), text]);
    await settled();
  }
  for (const [taken, text] of got) {
    expectClose(taken, await onCpu(() => model.execute({ x, words: text })));
  }
  model.dispose();
});

test('a model with no more than one operator is left to tfjs', async () => {
  const model = await load({
    nodes: [placeholder('x', [-1]), node('result', 'Neg', ['x'], T)],
  });
  const x = tf.tensor1d([1]);
  const counts = await countsOf(() => tf.tidy(() => void model.predict(x)));
  expect(counts).toMatchObject({ recorded: 0, eager: { 'there is nothing to capture': 1 } });
  model.dispose();
});

test('a deep graph', async () => {
  const depth = 20_000;
  const names = Array.from({ length: depth }, (_, i) => `n${i}`);
  const model = await load({
    nodes: [
      placeholder('x', [2]),
      ...names.map((name, i) => node(name, 'Neg', [i === 0 ? 'x' : names[i - 1]], T)),
    ],
  });
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  const x = tf.tensor1d([1, 2]);
  for (let i = 0; i < 3; ++i) {
    expect((await take(model.executeAsync(x))).values).toEqual([[1, 2]]);
    await settled();
  }
  warn.mockRestore();
  model.dispose();
});

test('the classifier as a stage gives what it gives alone', async () => {
  const model = await load({
    ...CLASSIFIER,
    nodes: [...CLASSIFIER.nodes, node('best', 'Where', ['likely'], {}), likely()],
    weights: { ...CLASSIFIER.weights, limit: scalar(0.1), unused: pattern([3]) },
  });
  function likely() {
    return node('likely', 'Greater', ['probabilities', 'limit'], T);
  }
  const counts = await expectRuns(model, (seed) => ({ x: random([2, 8, 8, 3], seed) }), [
    'best',
    'probabilities',
  ]);
  expect(counts).toMatchObject({ recorded: 1, replayed: 4 });
  model.dispose();
});
