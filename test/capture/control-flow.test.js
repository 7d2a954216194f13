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
const { tf, expectRuns } = require('./support');

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

/**
 * That runs give what tfjs's cpu backend gives, and leave nothing behind.
 * @param {any} model @param {(seed: number) => any} inputs @param {string[]} outputs
 */
async function expectSame(model, inputs, outputs) {
  const counts = await expectRuns(model, inputs, outputs);
  expect(counts.refused).toBe(0);
  expect(counts.eager).toEqual({});
  return counts;
}

describe('control flow of TensorFlow 1', () => {
  const frame = (name) => ({
    frame_name: { s: Buffer.from(name).toString('base64') },
    is_constant: { b: false },
  });

  /** for (i = from; i < three; ++i) x = tanh(x), from x = start. */
  const loop = (start, from = 'zero') => [
    node('enter_i', 'Enter', [from], frame('loop')),
    node('enter_x', 'Enter', [start], frame('loop')),
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
  ];
  const numbers = {
    half: scalar(0.5),
    nothing: scalar(0),
    zero: scalar(0, 'int32'),
    one: scalar(1, 'int32'),
    three: scalar(3, 'int32'),
    axis: { values: Int32Array.of(0), shape: [1], dtype: 'int32' },
  };
  const head = [
    placeholder('x', [2]),
    node('scaled', 'Mul', ['x', 'half'], T),
    node('start', 'AddV2', ['scaled', 'half'], T),
  ];
  const inputs = (seed) => ({ x: tf.tensor1d([seed, seed % 2 === 0 ? -2 * seed : seed]) });

  test('a loop is run call by call, and what is around it replayed', async () => {
    const model = await load({
      nodes: [
        ...head,
        ...loop('start'),
        node('negative', 'Neg', ['exit_x'], T),
        node('result', 'AddV2', ['negative', 'start'], T),
      ],
      weights: numbers,
    });
    const counts = await expectSame(model, inputs, ['result']);
    expect(counts).toMatchObject({ recorded: 2, replayed: 8 });
    const { eagerNodes } = tf.native.explain(model).json;
    expect(eagerNodes.map(({ name }) => name)).toEqual(expect.arrayContaining(['bent', 'exit_x']));
    expect(eagerNodes.map(({ name }) => name)).not.toContain('negative');
    model.dispose();
  });

  test('a loop in a loop', async () => {
    const model = await load({
      nodes: [
        ...head,
        node('out_enter_i', 'Enter', ['zero'], frame('outer')),
        node('out_enter_x', 'Enter', ['start'], frame('outer')),
        node('out_merge_i', 'Merge', ['out_enter_i', 'out_next_i'], {}),
        node('out_merge_x', 'Merge', ['out_enter_x', 'out_next_x'], {}),
        node('out_less', 'Less', ['out_merge_i', 'three'], INT),
        node('out_cond', 'LoopCond', ['out_less'], {}),
        node('out_switch_i', 'Switch', ['out_merge_i', 'out_cond'], {}),
        node('out_switch_x', 'Switch', ['out_merge_x', 'out_cond'], {}),
        node('out_more', 'AddV2', ['out_switch_i:1', 'one'], INT),
        // tfjs enters a loop with a weight once only, before the first run of the loop around it.
        node('from', 'Sub', ['out_switch_i:1', 'out_switch_i:1'], INT),
        ...loop('out_switch_x:1', 'from'),
        node('raised', 'AddV2', ['exit_x', 'half'], T),
        node('out_next_i', 'NextIteration', ['out_more'], {}),
        node('out_next_x', 'NextIteration', ['raised'], {}),
        node('out_exit', 'Exit', ['out_switch_x'], {}),
        node('negative', 'Neg', ['out_exit'], T),
        node('result', 'AddV2', ['negative', 'start'], T),
      ],
      weights: numbers,
    });
    expect(await expectSame(model, inputs, ['result'])).toMatchObject({ recorded: 2, replayed: 8 });
    model.dispose();
  });

  const sides = [
    node('sum', 'Sum', ['start', 'axis'], { ...T, keep_dims: { b: false } }),
    node('positive', 'Greater', ['sum', 'nothing'], T),
    node('same', 'Identity', ['positive'], {}),
    node('by_same', 'Switch', ['start', 'same'], {}),
    node('by_value', 'Switch', ['scaled', 'positive'], {}),
    node('off', 'Exp', ['by_same'], T),
    node('on', 'Mul', ['by_same:1', 'by_value:1'], T),
  ];
  const tail = [node('negative', 'Neg', ['chosen'], T), node('result', 'Tanh', ['negative'], T)];

  test('of a branch one side is run, and what is around it replayed', async () => {
    const model = await load({
      nodes: [...head, ...sides, node('chosen', 'Merge', ['off', 'on'], {}), ...tail],
      weights: numbers,
    });
    expect(await expectSame(model, inputs, ['result'])).toMatchObject({ recorded: 2, replayed: 8 });
    model.dispose();
  });

  test('a branch whose end also waits for what is in it', async () => {
    const model = await load({
      nodes: [
        ...head,
        ...sides,
        node('taken', 'Merge', ['half', 'nothing', '^off', '^on'], {}),
        node('chosen', 'Merge', ['off', 'on', '^on'], {}),
        node('waits', 'Identity', ['chosen', '^taken'], {}),
        node('negative', 'Neg', ['waits'], T),
        node('result', 'Tanh', ['negative'], T),
      ],
      weights: numbers,
    });
    // What is behind gets a weight, which no graph takes for an input.
    const counts = await expectRuns(model, inputs, ['result']);
    expect(counts).toMatchObject({ recorded: 1, replayed: 4, refused: 0 });
    expect(counts.eager).toEqual({ 'an input is a weight': 5 });
    const { eagerNodes } = tf.native.explain(model).json;
    expect(eagerNodes.map(({ name }) => name)).not.toContain('result');
    model.dispose();
  });

  test('a branch that is not made as TensorFlow makes it is one run with all behind it', async () => {
    const model = await load({
      nodes: [...head, ...sides, node('chosen', 'Merge', ['off', 'missing'], {}), ...tail].concat(
        node('both', 'AddV2', ['on', 'by_value:1'], T),
        node('missing', 'Merge', ['both', 'off'], {}),
      ),
      weights: numbers,
    });
    expect(await expectSame(model, inputs, ['result'])).toMatchObject({ recorded: 1, replayed: 4 });
    model.dispose();
  });

  test('what a loop puts into a list is there behind it', async () => {
    const list = { element_dtype: type('float32') };
    const model = await load({
      nodes: [
        ...head,
        node('list', 'TensorListReserve', ['element_shape', 'three'], list),
        node('enter_list', 'Enter', ['list'], frame('loop')),
        node('merge_list', 'Merge', ['enter_list', 'next_list'], {}),
        node('switch_list', 'Switch', ['merge_list', 'cond'], {}),
        node('written', 'TensorListSetItem', ['switch_list:1', 'switch_i:1', 'bent'], list),
        node('next_list', 'NextIteration', ['written'], {}),
        node('exit_list', 'Exit', ['switch_list'], {}),
        ...loop('start'),
        node('stack', 'TensorListStack', ['exit_list', 'element_shape'], {
          ...list,
          num_elements: { i: '3' },
        }),
        node('negative', 'Neg', ['stack'], T),
        node('result', 'Tanh', ['negative'], T),
      ],
      weights: { ...numbers, element_shape: { ...numbers.axis, values: Int32Array.of(2) } },
    });
    expect(await expectSame(model, inputs, ['result'])).toMatchObject({ recorded: 2, replayed: 8 });
    model.dispose();
  });
});
