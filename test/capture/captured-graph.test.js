'use strict';

const { CapturedGraph } = require('../../lib/capture/captured-graph');
const fixtures = require('../models/fixtures');
const { tf, LARGE, errorOf } = require('../runtime/support');

beforeAll(() => tf.setBackend('onednn'));

const backend = () => tf.backend();
const record = (inputs, fn) => CapturedGraph.record(backend(), inputs, fn);
const capture = async (inputs, fn) => {
  const recording = record(inputs, fn);
  await recording.graph.ready();
  return recording;
};
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
  const { graph, outputs } = await capture(first, fn);
  expect(valuesOf(outputs)).toEqual([
    [13, 44],
    [0, 0],
    [13, 44],
  ]);
  const second = [tf.tensor1d([-1, 5]), tf.tensor1d([0.5, 0.25])];
  const replayed = graph.run(second);
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
  const { graph, outputs } = await capture([first], fn);
  expect(valuesOf(outputs)).toEqual([
    [1.5, 2],
    [2.5, 3],
    [3, 6],
  ]);
  const replayed = graph.run([tf.tensor1d([-0.5, 4.25])]);
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
  const { graph, outputs } = await capture([x], ([input]) => tf.mul(input, weights));
  tf.dispose([weights, outputs]);
  const others = Array.from({ length: 10 }, () => tf.tensor1d([-1, -1]));
  const [product] = graph.run([tf.tensor1d([5, 7])]);
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
  const { graph, outputs } = await capture([x], fn);
  let replayed;
  const calls = await kernelCallsOf(() => {
    replayed = graph.run([x]);
  });
  expect(calls).toBe(0);
  expect((await replayed[0].data())[LARGE - 1]).toBe(51);
  const { kernelMs } = await tf.time(() => tf.dispose(graph.run([x])));
  expect(kernelMs).toBeGreaterThan(0);
  tf.dispose([x, outputs, replayed]);
});

test('replays leave nothing behind', async () => {
  const x = tf.ones([100]);
  const { graph, outputs } = await capture([x], ([input]) => tf.add(input, 1));
  // What is still queued has no memory yet.
  backend().session.synchronize();
  const before = { ...tf.memory(), native: undefined };
  const live = tf.native.memory().liveBytes;
  for (let i = 0; i < 100; ++i) tf.dispose(graph.run([x]));
  backend().session.synchronize();
  expect({ ...tf.memory(), native: undefined }).toEqual(before);
  expect(tf.native.memory().liveBytes).toBeLessThanOrEqual(live);
  tf.dispose([x, outputs]);
});

describe('refuses', () => {
  let x;
  beforeEach(() => (x = tf.tensor1d([1, 2])));
  afterEach(() => x.dispose());

  const unsupported = { name: 'NativeError', code: 'UNSUPPORTED', op: 'capture' };

  test('a function that reads what depends on its inputs', async () => {
    const branch = ([input]) => (tf.add(input, 1).dataSync()[0] > 0 ? tf.neg(input) : input);
    expect(errorOf(() => record([x], branch))).toMatchObject(unsupported);
    const { graph, outputs } = await capture([x], ([input]) =>
      tf.add(input, tf.scalar(1).dataSync()[0]),
    );
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
    expect(errorOf(() => record([x], fn))).toMatchObject(unsupported);
  });

  test('inputs that share their data under other shapes', () => {
    const view = x.reshape([2, 1]);
    expect(errorOf(() => record([x, view], ([a, b]) => tf.add(a, b)))).toMatchObject(unsupported);
    view.dispose();
  });

  test('a function that does more than compute its outputs', async () => {
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const old = tf.tensor1d([0]);
    const kept = [];
    const cases = {
      random: ([input]) => tf.add(input, Math.random()),
      normal: ([input]) => tf.add(input, tf.randomNormal([2])),
      uniform: ([input]) => tf.add(input, tf.randomUniform([2])),
      truncated: ([input]) => tf.add(input, tf.truncatedNormal([2])),
      dropout: ([input]) => tf.dropout(input, 0.5),
      later: ([input]) => {
        const sum = tf.add(input, 1);
        sum.data().catch(() => {});
        return sum;
      },
      assigns: ([input]) => {
        variable.assign(tf.add(input, 1));
        return tf.neg(input);
      },
      keeps: ([input]) => {
        kept.push(tf.keep(tf.add(input, 1)));
        return tf.neg(input);
      },
      keepsAnother: ([input]) => {
        kept.pop().dispose();
        kept.push(tf.keep(tf.add(input, 1)));
        return tf.neg(input);
      },
      disposes: ([input]) => {
        old.dispose();
        return tf.neg(input);
      },
    };
    for (const [name, fn] of Object.entries(cases)) {
      expect([name, errorOf(() => record([x], fn))]).toMatchObject([name, unsupported]);
    }
    const seeded = ([input]) =>
      tf.add(tf.dropout(input, 0.5, null, 7), tf.randomNormal([2], 0, 1, 'float32', 3));
    const { graph, outputs } = await capture([x], seeded);
    const replayed = graph.run([x]);
    expect(valuesOf(replayed)).toEqual(valuesOf(outputs));
    tf.dispose([variable, old, kept, outputs, replayed]);
  });

  test('without losing the outputs, where one asks for them', () => {
    const fn = ([input]) => tf.add(input, Math.floor(Math.random()) + 1);
    const { graph, reason, outputs } = CapturedGraph.tryRecord(backend(), [x], fn);
    expect(graph).toBeNull();
    expect(reason).toMatchObject(unsupported);
    expect(valuesOf(outputs)).toEqual([[2, 3]]);
    tf.dispose(outputs);
  });

  test('a run before it is compiled', async () => {
    const { graph, outputs } = record([x], ([input]) => tf.neg(input));
    const error = { code: 'UNSUPPORTED', op: 'replay' };
    expect(graph.state).toBe('recorded');
    expect(errorOf(() => graph.run([x]))).toMatchObject(error);
    expect(errorOf(() => graph.explain())).toMatchObject({ ...error, op: 'explain' });
    await graph.ready();
    expect([graph.state, graph.error]).toEqual(['ready', null]);
    tf.dispose([outputs, graph.run([x])]);
  });

  test('a recording within another', async () => {
    const inner = ([input]) => {
      const { graph, outputs } = CapturedGraph.tryRecord(backend(), [input], ([y]) => tf.neg(y));
      expect(graph).toBeNull();
      return outputs;
    };
    const { graph, outputs } = await capture([x], inner);
    const replayed = graph.run([x]);
    expect(valuesOf(replayed)).toEqual([[-1, -2]]);
    tf.dispose([outputs, replayed]);
  });

  test('strings', () => {
    const text = tf.tensor1d(['a']);
    expect(errorOf(() => record([text], ([input]) => input))).toMatchObject({ code: 'BAD_DTYPE' });
    text.dispose();
  });

  test('inputs of other shapes, dtypes or number', async () => {
    const { graph, outputs } = await capture([x], ([input]) => tf.add(input, input));
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
      expect(errorOf(() => graph.run(inputs))).toMatchObject({ code, op: 'replay' });
    }
    tf.dispose([outputs, cases.map(([inputs]) => inputs.filter((input) => input !== x))]);
  });

  test('and works on after each', async () => {
    errorOf(() =>
      record([x], () => {
        throw new Error('from inside');
      }),
    );
    const { graph, outputs } = await capture([x], ([input]) => tf.add(input, input));
    const replayed = graph.run([x]);
    expect(valuesOf(replayed)).toEqual([[2, 4]]);
    tf.dispose([outputs, replayed]);
  });
});

test('a disposed graph gives back its constants, and what is enqueued ends', async () => {
  const x = tf.ones([LARGE]);
  const { graph, outputs } = await capture([x], ([input]) => tf.add(tf.add(input, 1), 1));
  const [y] = graph.run([x]);
  graph.dispose();
  expect((await y.data())[LARGE - 1]).toBe(3);
  expect(errorOf(() => graph.run([x]))).toMatchObject({ code: 'DISPOSED', op: 'replay' });
  await expect(graph.ready()).rejects.toMatchObject({ code: 'DISPOSED' });
  tf.dispose([x, y, outputs]);
});

test('one tensor as two inputs', async () => {
  const [x, y] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
  const { graph, outputs } = await capture([x, x], ([a, b]) => tf.add(tf.mul(a, 10), b));
  const replayed = graph.run([y, y]);
  expect(valuesOf([...outputs, ...replayed])).toEqual([
    [11, 22],
    [33, 44],
  ]);
  expect(errorOf(() => graph.run([x, y]))).toMatchObject({ code: 'BAD_SHAPE', op: 'replay' });
  tf.dispose([x, y, outputs, replayed]);
});

test('outputs that are inputs, existing tensors, or the same twice', async () => {
  const [x, y, constant] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4]), tf.tensor1d([5])];
  const fn = ([input]) => {
    const sum = tf.add(input, 1);
    return [input, sum, constant, sum, tf.ones([1])];
  };
  const { graph, outputs } = await capture([x], fn);
  const numTensors = tf.memory().numTensors;
  const replayed = graph.run([y]);
  expect(tf.memory().numTensors - numTensors).toBe(2);
  expect([replayed[0], replayed[2], replayed[3]]).toEqual([y, constant, replayed[1]]);
  expect(replayed[0]).toBe(y);
  expect(replayed[2]).toBe(constant);
  expect(replayed[3]).toBe(replayed[1]);
  expect(valuesOf(replayed)).toEqual([[3, 4], [4, 5], [5], [4, 5], [1]]);
  const through = await capture([x], ([input]) => input);
  expect(through.graph.run([y])[0]).toBe(y);
  tf.dispose([x, y, constant, outputs, replayed]);
});

test('what fails inside surfaces where the output is read', async () => {
  const x = tf.ones([LARGE]);
  const { graph, outputs } = await capture([x], ([input]) => tf.cumsum(tf.mul(input, input)));
  tf.dispose(outputs);
  // Else what the queue is about to free would make room under the ceiling.
  tf.backend().session.synchronize();
  tf.native.trimMemory();
  tf.native.setMemoryCeiling(tf.native.memory().liveBytes + 1024);
  try {
    const [sum] = graph.run([x]);
    // That whose result has no room.
    const error = { code: 'OUT_OF_MEMORY', op: 'Cumsum' };
    await expect(sum.data()).rejects.toMatchObject(error);
    sum.dispose();
  } finally {
    tf.native.setMemoryCeiling(0);
  }
  const [sum] = graph.run([x]);
  expect((await sum.data())[1]).toBe(2);
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
    const { graph, outputs } = await capture(seed.inputs, run);
    // The eager runs' weights stay with the graph.
    model.dispose();
    for (const [tensors, recorded] of [
      [outputs, seed.outputs],
      [graph.run(photo.inputs), photo.outputs],
      [graph.run(seed.inputs), seed.outputs],
      [graph.run(photo.inputs), photo.outputs],
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
