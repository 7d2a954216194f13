'use strict';

const { capturesOf } = require('../../lib/capture/graph-model');
const {
  LOOP,
  T,
  func,
  functionOf,
  load,
  node,
  placeholder,
  scalar,
  type,
} = require('./graph-models');
const { tf, countsOf, expectRuns, settled, take } = require('./support');

const INT = { T: type('int32') };
const random = (shape, seed) => tf.randomNormal(shape, 0, 1, 'float32', seed);

beforeAll(() => tf.setBackend('onednn'));

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
  // Head, tail, and a body that runs three times: in the first run, perhaps before it is compiled.
  expect(counts).toMatchObject({ recorded: 3, refused: 0 });
  const during = counts.eager['being compiled'] ?? 0;
  expect(during).toBeLessThanOrEqual(2);
  expect(counts.replayed + during).toBe(4 + 4 + 14);
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
      await settled();
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
