'use strict';

const { CapturedGraph } = require('../../lib/capture');
const fixtures = require('../models/fixtures');
const { tf, LARGE, errorOf } = require('./support');

beforeAll(() => tf.setBackend('onednn'));

const backend = () => tf.backend();
const capture = (inputs, fn) => CapturedGraph.capture(backend(), inputs, fn);
const valuesOf = (tensors) => tensors.map((tensor) => Array.from(tensor.dataSync()));

/** Counts the kernels that JavaScript calls while `f` runs. */
async function kernelCallsOf(f) {
  return (await tf.profile(f)).kernels.length;
}

test('replays on new inputs what ran on others', async () => {
  const weights = tf.tensor1d([10, 20]);
  const fn = ([x, y]) => {
    const sum = tf.add(tf.mul(x, weights), y);
    return [sum, tf.relu(tf.sub(sum, 50)), sum.reshape([2, 1])];
  };
  const first = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
  const { graph, outputs } = capture(first, fn);
  await graph.ready();
  expect(valuesOf(outputs)).toEqual([
    [13, 44],
    [0, 0],
    [13, 44],
  ]);
  const second = [tf.tensor1d([-1, 5]), tf.tensor1d([0.5, 0.25])];
  const replayed = graph.replay(second);
  expect(valuesOf(replayed)).toEqual(valuesOf(tf.tidy(() => fn(second))));
  expect(replayed.map(({ shape }) => shape)).toEqual([[2], [2], [2, 1]]);
  // The first run's results are not touched by it.
  expect(valuesOf(outputs)[0]).toEqual([13, 44]);
  tf.dispose([weights, first, second, outputs, replayed]);
});

test('a cast that changes nothing is no step, also as an output', async () => {
  const fn = ([x]) => {
    const same = x.cast('float32');
    const sum = tf.add(same, 1).cast('float32');
    return [same, sum, tf.mul(sum.cast('int32').cast('float32'), same)];
  };
  const first = tf.tensor1d([1.5, 2]);
  const { graph, outputs } = capture([first], fn);
  await graph.ready();
  expect(valuesOf(outputs)).toEqual([
    [1.5, 2],
    [2.5, 3],
    [3, 6],
  ]);
  const replayed = graph.replay([tf.tensor1d([-0.5, 4.25])]);
  expect(valuesOf(replayed)).toEqual([
    [-0.5, 4.25],
    [0.5, 5.25],
    [-0, 21.25],
  ]);
  tf.dispose([first, outputs, replayed]);
});

test('keeps its constants when they are disposed', async () => {
  const weights = tf.tensor1d([2, 3]);
  const x = tf.tensor1d([1, 1]);
  const { graph, outputs } = capture([x], ([input]) => tf.mul(input, weights));
  await graph.ready();
  tf.dispose([weights, outputs]);
  const others = Array.from({ length: 10 }, () => tf.tensor1d([-1, -1]));
  const [product] = graph.replay([tf.tensor1d([5, 7])]);
  expect(Array.from(product.dataSync())).toEqual([10, 21]);
  tf.dispose([x, product, others]);
});

test('a replay is one call from JavaScript, awaited like any other', async () => {
  const x = tf.ones([LARGE]);
  const fn = ([input]) => {
    let sum = input;
    for (let i = 0; i < 50; ++i) sum = tf.add(sum, input);
    return sum;
  };
  const { graph, outputs } = capture([x], fn);
  await graph.ready();
  let replayed;
  const calls = await kernelCallsOf(() => {
    replayed = graph.replay([x]);
  });
  expect(calls).toBe(0);
  expect((await replayed[0].data())[LARGE - 1]).toBe(51);
  const { kernelMs } = await tf.time(() => tf.dispose(graph.replay([x])));
  expect(kernelMs).toBeGreaterThan(0);
  tf.dispose([x, outputs, replayed]);
});

test('replays leave nothing behind', async () => {
  const x = tf.ones([100]);
  const { graph, outputs } = capture([x], ([input]) => tf.add(input, 1));
  await graph.ready();
  // What is still queued has no memory yet.
  backend().session.synchronize();
  const before = { ...tf.memory(), native: undefined };
  const live = tf.native.memory().liveBytes;
  for (let i = 0; i < 100; ++i) tf.dispose(graph.replay([x]));
  backend().session.synchronize();
  expect({ ...tf.memory(), native: undefined }).toEqual(before);
  expect(tf.native.memory().liveBytes).toBe(live);
  tf.dispose([x, outputs]);
});

describe('refuses', () => {
  let x;
  beforeEach(() => (x = tf.tensor1d([1, 2])));
  afterEach(() => x.dispose());

  const unsupported = { name: 'NativeError', code: 'UNSUPPORTED', op: 'capture' };

  test('a function that reads what depends on its inputs', async () => {
    const branch = ([input]) => (tf.add(input, 1).dataSync()[0] > 0 ? tf.neg(input) : input);
    expect(errorOf(() => capture([x], branch))).toMatchObject(unsupported);
    const { graph, outputs } = capture([x], ([input]) => tf.add(input, tf.scalar(1).dataSync()[0]));
    await graph.ready();
    expect(graph).toBeInstanceOf(CapturedGraph);
    tf.dispose(outputs);
  });

  test('a function that computes on another backend', async () => {
    // There the values are read to get them across.
    const fn = ([input]) => {
      const sum = tf.add(input, 1);
      tf.engine().moveData(tf.findBackend('cpu'), sum.dataId);
      return sum;
    };
    expect(errorOf(() => capture([x], fn))).toMatchObject(unsupported);
  });

  test('inputs that share their data', async () => {
    const view = x.reshape([2, 1]);
    expect(errorOf(() => capture([x, view], ([a, b]) => tf.add(a, b)))).toMatchObject(unsupported);
    view.dispose();
  });

  test('strings', async () => {
    const text = tf.tensor1d(['a']);
    expect(errorOf(() => capture([text], ([input]) => input))).toMatchObject({ code: 'BAD_DTYPE' });
    text.dispose();
  });

  test('inputs of other shapes, dtypes or number', async () => {
    const { graph, outputs } = capture([x], ([input]) => tf.add(input, input));
    await graph.ready();
    const cases = [
      [[tf.tensor1d([1, 2, 3])], 'BAD_SHAPE'],
      [[tf.tensor2d([1, 2], [2, 1])], 'BAD_SHAPE'],
      [[tf.tensor1d([1, 2], 'int32')], 'BAD_DTYPE'],
      [[], 'BAD_SHAPE'],
      [[x, x], 'BAD_SHAPE'],
      // More than its data: a shape that someone wrote into a tensor.
      [[Object.assign(tf.tensor1d([1]), { shape: [2] })], 'BAD_SHAPE'],
    ];
    for (const [inputs, code] of cases) {
      expect(errorOf(() => graph.replay(inputs))).toMatchObject({ code, op: 'replay' });
    }
    tf.dispose([outputs, cases.map(([inputs]) => inputs.filter((input) => input !== x))]);
  });

  test('and works on after each', async () => {
    errorOf(() =>
      capture([x], () => {
        throw new Error('from inside');
      }),
    );
    const { graph, outputs } = capture([x], ([input]) => tf.add(input, input));
    await graph.ready();
    const replayed = graph.replay([x]);
    expect(valuesOf(replayed)).toEqual([[2, 4]]);
    tf.dispose([outputs, replayed]);
  });
});

test('what fails inside surfaces where the output is read', async () => {
  const x = tf.ones([LARGE]);
  const { graph, outputs } = capture([x], ([input]) => tf.add(tf.mul(input, input), input));
  await graph.ready();
  tf.dispose(outputs);
  // Else what the queue is about to free would make room under the ceiling.
  tf.backend().session.synchronize();
  tf.native.trimMemory();
  tf.native.setMemoryCeiling(tf.native.memory().liveBytes + 1024);
  try {
    const [sum] = graph.replay([x]);
    const error = { code: 'OUT_OF_MEMORY', op: 'Add' };
    await expect(sum.data()).rejects.toMatchObject(error);
    sum.dispose();
  } finally {
    tf.native.setMemoryCeiling(0);
  }
  const [sum] = graph.replay([x]);
  expect((await sum.data())[0]).toBe(2);
  tf.dispose([x, sum]);
});

// A real model, recorded on one case's input and replayed on another's.
const MODEL = 'emotion';
const describeModel = fixtures.areFixturesThere() ? describe : describe.skip;
if (!fixtures.areFixturesThere()) {
  console.warn('../shared/models is missing: the capture of 1 real model is skipped');
}

describeModel(MODEL, () => {
  test('gives the recorded outputs of both cases', async () => {
    const { loadModel } = require('../models/package-under-test');
    const fixture = fixtures.openFixture(MODEL, fixtures.KNOWN_CASES[MODEL]);
    const model = await loadModel(fixture);
    const [photo, seed] = fixture.cases.map((name) => {
      const { inputs, outputs } = fixtures.readCase(fixture, name);
      return {
        inputs: inputs.map((i) => tf.tensor(i.values, i.shape, i.dtype)),
        inputInfos: inputs,
        outputs,
      };
    });
    const run = (tensors) => {
      const feeds = Object.fromEntries(seed.inputInfos.map(({ name }, i) => [name, tensors[i]]));
      return [
        model.execute(
          feeds,
          seed.outputs.map(({ name }) => name),
        ),
      ].flat();
    };
    const { graph, outputs } = capture(seed.inputs, run);
    await graph.ready();
    // The eager runs' weights stay with the graph.
    model.dispose();
    for (const [tensors, recorded] of [
      [outputs, seed.outputs],
      [graph.replay(photo.inputs), photo.outputs],
      [graph.replay(seed.inputs), seed.outputs],
      [graph.replay(photo.inputs), photo.outputs],
    ]) {
      for (const [i, { values, shape }] of recorded.entries()) {
        expect(tensors[i].shape).toEqual(shape);
        const got = await tensors[i].data();
        const magnitude = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
        const worst = got.reduce((max, value, j) => Math.max(max, Math.abs(value - values[j])), 0);
        expect(worst).toBeLessThanOrEqual(1e-4 * magnitude);
      }
      tf.dispose(tensors);
    }
    tf.dispose([photo.inputs, seed.inputs]);
  });
});
