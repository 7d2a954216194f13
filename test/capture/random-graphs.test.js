'use strict';

// Graphs of random nodes, some of which cannot be captured: whatever the stages are that they are cut
// into, the values are those of eager runs.

const { T, func, functionOf, load, node, placeholder, scalar } = require('./graph-models');
const { tf, countsOf, memoryNow, settled, take } = require('./support');

const SEEDS = 60;
const RUNS = 4;

/** Numbers from 0 to 1, the same for each seed. @param {number} seed */
function generator(seed) {
  let state = seed * 2654435761 + 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * @param {number} seed
 * @returns {{nodes: object[], values: string[], isAsync: boolean}} All values have one shape.
 */
function randomGraph(seed) {
  const random = generator(seed);
  const below = (n) => Math.floor(random() * n);
  const isAsync = seed % 3 !== 0;
  const kinds = [
    'Tanh',
    'Neg',
    'AddV2',
    'AddV2',
    'Sub',
    'Maximum',
    'IdentityN',
    'Identity',
    'Twice',
  ];
  if (isAsync) kinds.push('Later', 'StatelessIf');
  const nodes = [placeholder('x', [4]), placeholder('y', [4]), placeholder('flag', [], 'bool')];
  const values = ['x', 'y', 'w'];
  const pick = () => values[Math.max(0, values.length - 1 - below(6))];
  const count = 5 + below(25);
  for (let i = 0; i < count; ++i) {
    const op = kinds[below(kinds.length)];
    const name = `n${i}`;
    if (op === 'IdentityN' || op === 'Twice') {
      nodes.push(node(name, op, [pick(), pick()]));
      values.push(name, `${name}:1`);
    } else if (op === 'StatelessIf') {
      nodes.push(
        node(name, op, ['flag', pick()], { then_branch: func('then'), else_branch: func('else') }),
      );
      values.push(name);
    } else {
      const isBinary = ['AddV2', 'Sub', 'Maximum'].includes(op);
      nodes.push(node(name, op, isBinary ? [pick(), pick()] : [pick()], T));
      values.push(name);
    }
  }
  return { nodes, values, isAsync };
}

const branch = (name, op) =>
  functionOf(
    name,
    { x: 'float32' },
    [node('a', op, ['x'], T), node('b', 'Tanh', ['a:y:0'], T), node('c', 'Neg', ['b:y:0'], T)],
    { out: ['c:y:0', 'float32'] },
  );

beforeAll(async () => {
  await tf.setBackend('onednn');
  // Two outputs; and one that comes later.
  tf.registerOp('Twice', ({ inputs: [a, b] }) => [tf.sub(b, a), tf.add(a, 1)]);
  tf.registerOp('Later', async ({ inputs: [a] }) => {
    await null;
    return tf.mul(a, 0.5);
  });
});
let replays = 0;
afterAll(() => {
  // Few graphs have no part that can be captured.
  expect(replays).toBeGreaterThan(SEEDS * RUNS);
  tf.deregisterOp('Twice');
  tf.deregisterOp('Later');
});

test.each(Array.from({ length: SEEDS }, (_, seed) => seed))('graph %d', async (seed) => {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  const { nodes, values, isAsync } = randomGraph(seed);
  const model = await load({
    nodes,
    weights: { w: { ...scalar(0), values: Float32Array.of(0.1, -0.2, 0.3, 0.4), shape: [4] } },
    functions: [branch('then', 'Exp'), branch('else', 'Neg')],
  });
  const random = generator(seed + 1000);
  const outputs = values.slice(3).filter((_, i) => i === values.length - 4 || random() < 0.3);
  const run = async (i) => {
    const inputs = {
      x: tf.tensor1d([i, 0.5, -i, 1]),
      y: tf.tensor1d([0.25, -i, 2, i]),
      flag: tf.scalar(i % 2 === 0, 'bool'),
    };
    const results = isAsync
      ? await model.executeAsync(inputs, outputs)
      : model.execute(inputs, outputs);
    // Inputs and weights may be among them: these stay.
    const list = [results].flat();
    const taken = await take(list.map((tensor) => tensor.clone()));
    const own = new Set([...Object.values(inputs), ...model.weights.w]);
    tf.dispose(list.filter((tensor) => !own.has(tensor)));
    tf.dispose(inputs);
    return taken;
  };
  tf.native.setCapture(false);
  const expected = [];
  for (let i = 1; i <= RUNS; ++i) expected.push(await run(i));
  tf.native.setCapture(true);
  const before = memoryNow();
  const counts = await countsOf(async () => {
    for (let i = 1; i <= RUNS; ++i) {
      expect(await run(i)).toEqual(expected[i - 1]);
      await settled();
    }
  });
  expect(memoryNow()).toEqual(before);
  expect(counts.refused).toBe(0);
  replays += counts.replayed;
  model.dispose();
  warn.mockRestore();
});
