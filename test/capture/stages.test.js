'use strict';

const { capturesOf } = require('../../lib/capture/graph-model');
const {
  CLASSIFIER,
  DETECTOR,
  LOOP,
  T,
  func,
  functionOf,
  load,
  node,
  pattern,
  placeholder,
  scalar,
  type,
} = require('./graph-models');
const { tf, countsOf, expectClose, memoryNow, onCpu, rejectionOf, take } = require('./support');

const INT = { T: type('int32') };
const random = (shape, seed) => tf.randomNormal(shape, 0, 1, 'float32', seed);

beforeAll(() => tf.setBackend('onednn'));

/**
 * Runs a model some times on different inputs, compares each with tfjs's cpu backend, and looks that
 * nothing is left.
 * @param {any} model @param {(seed: number) => Record<string, any>} inputs @param {string[]} outputs
 * @param {number} [runs]
 */
async function expectRuns(model, inputs, outputs, runs = 5) {
  const got = [];
  const before = memoryNow();
  const counts = await countsOf(async () => {
    for (let seed = 1; seed <= runs; ++seed) {
      const feeds = inputs(seed);
      got.push(await take(model.executeAsync(feeds, outputs)));
      tf.dispose(feeds);
      // Kept masks and the like are there from the first run on.
      if (seed === 1) Object.assign(before, memoryNow());
    }
  });
  expect(memoryNow()).toEqual(before);
  for (let seed = 1; seed <= runs; ++seed) {
    const feeds = inputs(seed);
    expectClose(got[seed - 1], await onCpu(() => model.executeAsync(feeds, outputs)));
    tf.dispose(feeds);
  }
  return counts;
}

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

describe('a loop', () => {
  let model;
  const inputs = (seed) => ({ x: random([2, 4], seed), n: tf.scalar(seed % 4, 'int32') });
  beforeEach(async () => (model = await load(LOOP)));
  afterEach(() => model.dispose());

  test('replays its body, and what is around it', async () => {
    const { recorded, replayed, refused } = await expectRuns(model, inputs, ['result']);
    // Head, tail, and a body that runs 1 + 2 + 3 + 0 + 1 times. Without a step of the loop, the tail
    // gets one tensor twice.
    expect({ recorded, replayed, refused }).toEqual({ recorded: 3, replayed: 13, refused: 0 });
  });

  test('lets go of all graphs with the model', async () => {
    const other = await load(LOOP);
    const feeds = inputs(1);
    tf.dispose(await other.executeAsync(feeds, ['result']));
    const captures = capturesOf(other.executor);
    const count = () => captures.reduce((sum, { size }) => sum + size, 0);
    expect(count()).toBe(3);
    other.dispose();
    expect(count()).toBe(0);
    tf.dispose(feeds);
  });
});

test('a branch replays the function that it takes', async () => {
  const branch = (name, op) =>
    functionOf(
      name,
      { x: 'float32' },
      [node('a', op, ['x'], T), node('b', 'Sigmoid', ['a:y:0'], T), node('c', 'Neg', ['b:y:0'], T)],
      { out: ['c:y:0', 'float32'] },
    );
  const model = await load({
    nodes: [
      placeholder('x', [3]),
      node('sum', 'Sum', ['x', 'axis'], { ...T, keep_dims: { b: false } }),
      node('positive', 'Greater', ['sum', 'zero'], T),
      node('chosen', 'StatelessIf', ['positive', 'x'], {
        then_branch: func('then'),
        else_branch: func('else'),
      }),
    ],
    weights: { axis: { values: Int32Array.of(0), shape: [1], dtype: 'int32' }, zero: scalar(0) },
    functions: [branch('then', 'Tanh'), branch('else', 'Exp')],
  });
  const counts = await expectRuns(
    model,
    (seed) => ({ x: tf.tensor1d([seed % 2 === 0 ? 3 : -3, 1, 0]) }),
    ['chosen'],
    6,
  );
  // The condition and the two branches, each recorded once.
  expect(counts).toMatchObject({ recorded: 3, replayed: 9 });
  model.dispose();
});

test('a loop over a list of tensors', async () => {
  const model = await load({
    nodes: [
      placeholder('x', [4]),
      node('scaled', 'Mul', ['x', 'half'], T),
      node('start', 'AddV2', ['scaled', 'half'], T),
      node('list', 'TensorListReserve', ['element_shape', 'count'], {
        element_dtype: type('float32'),
      }),
      node('loop', 'StatelessWhile', ['zero', 'count', 'list', 'start'], {
        cond: func('condition'),
        body: func('body'),
      }),
      node('stack', 'TensorListStack', ['loop:2', 'element_shape'], {
        element_dtype: type('float32'),
        num_elements: { i: '3' },
      }),
      node('negative', 'Neg', ['stack'], T),
      node('result', 'Tanh', ['negative'], T),
    ],
    weights: {
      half: scalar(0.5),
      zero: scalar(0, 'int32'),
      count: scalar(3, 'int32'),
      one: scalar(1, 'int32'),
      element_shape: { values: Int32Array.of(4), shape: [1], dtype: 'int32' },
    },
    functions: [
      functionOf(
        'condition',
        { i: 'int32', n: 'int32', list: 'int32', x: 'float32' },
        [node('less', 'Less', ['i', 'n'], INT)],
        { out: ['less:z:0', 'bool'] },
      ),
      functionOf(
        'body',
        { i: 'int32', n: 'int32', list: 'int32', x: 'float32' },
        [
          node('one', 'Const', [], { dtype: type('int32') }),
          node('squared', 'Mul', ['x', 'x'], T),
          node('bent', 'Tanh', ['squared:z:0'], T),
          // What the body itself makes, tfjs disposes when it is done.
          node('written', 'TensorListSetItem', ['list', 'i', 'x'], {
            element_dtype: type('float32'),
          }),
          node('next', 'AddV2', ['i', 'one:output:0'], INT),
        ],
        {
          i_out: ['next:z:0', 'int32'],
          n_out: ['n', 'int32'],
          list_out: ['written:output_handle:0', 'int32'],
          x_out: ['bent:y:0', 'float32'],
        },
      ),
    ],
  });
  const counts = await expectRuns(model, (seed) => ({ x: random([4], seed) }), ['result']);
  // Head, tail, and a body that runs three times.
  expect(counts).toMatchObject({ recorded: 3, replayed: 4 + 4 + 14, refused: 0 });
  model.dispose();
});

test('a loop of TensorFlow 1 is one run behind what leads to it', async () => {
  const frame = {
    frame_name: { s: Buffer.from('loop').toString('base64') },
    is_constant: { b: false },
  };
  const model = await load({
    nodes: [
      placeholder('x', [2]),
      node('scaled', 'Mul', ['x', 'half'], T),
      node('start', 'AddV2', ['scaled', 'half'], T),
      node('enter_i', 'Enter', ['zero'], frame),
      node('enter_x', 'Enter', ['start'], frame),
      node('merge_i', 'Merge', ['enter_i', 'next_i'], {}),
      node('merge_x', 'Merge', ['enter_x', 'next_x'], {}),
      node('less', 'Less', ['merge_i', 'three'], INT),
      node('cond', 'LoopCond', ['less'], {}),
      node('switch_i', 'Switch', ['merge_i', 'cond'], {}),
      node('switch_x', 'Switch', ['merge_x', 'cond'], {}),
      node('one_more', 'AddV2', ['switch_i:1', 'one'], INT),
      node('bent', 'Tanh', ['switch_x:1'], T),
      node('next_i', 'NextIteration', ['one_more'], {}),
      node('next_x', 'NextIteration', ['bent'], {}),
      node('exit_x', 'Exit', ['switch_x'], {}),
      node('negative', 'Neg', ['exit_x'], T),
      node('result', 'AddV2', ['negative', 'start'], T),
    ],
    weights: {
      half: scalar(0.5),
      zero: scalar(0, 'int32'),
      one: scalar(1, 'int32'),
      three: scalar(3, 'int32'),
    },
  });
  const outputs = ['result'];
  const got = [];
  const counts = await countsOf(async () => {
    for (let seed = 1; seed <= 4; ++seed) {
      got.push(await take(model.executeAsync({ x: tf.tensor1d([seed, -seed]) }, outputs)));
    }
  });
  expect(counts).toMatchObject({ recorded: 1, replayed: 3, refused: 0 });
  tf.native.setCapture(false);
  for (let seed = 1; seed <= 4; ++seed) {
    const eager = model.executeAsync({ x: tf.tensor1d([seed, -seed]) }, outputs);
    expect(got[seed - 1]).toEqual(await take(eager));
  }
  tf.native.setCapture(true);
  model.dispose();
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
    const counts = await countsOf(() => {
      for (let i = 0; i < 8; ++i) {
        const y = model.predict(x);
        const [first] = y.dataSync();
        expect(first).toBeGreaterThanOrEqual(0.75);
        expect(first).toBeLessThanOrEqual(1.25);
        seen.add(first);
        y.dispose();
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
