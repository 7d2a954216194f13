'use strict';

const { CLASSIFIER, DETECTOR, load } = require('./graph-models');
const {
  tf,
  countsOf,
  errorOf,
  memoryNow,
  rejectionOf,
  settled,
  take,
  valuesOf,
} = require('./support');

const { compile, warmup } = tf.native;

beforeAll(() => tf.setBackend('onednn'));

const vector = { shape: [2] };

describe('compile', () => {
  test('runs a function without its JavaScript', async () => {
    let calls = 0;
    const weights = tf.tensor1d([10, 20]);
    const fn = (x, y) => {
      ++calls;
      return tf.relu(tf.sub(tf.mul(x, weights), y));
    };
    const before = memoryNow();
    const compiled = await compile(fn, { inputs: [vector, vector] });
    expect(memoryNow()).toEqual(before);
    expect(calls).toBe(1);
    const [x, y] = [tf.tensor1d([1, -2]), tf.tensor1d([3, 4])];
    const z = compiled(x, y);
    expect(valuesOf(z)).toEqual([[7, 0]]);
    expect(calls).toBe(1);
    const counts = await countsOf(() => {
      for (let i = 0; i < 200; ++i) compiled(x, y).dispose();
    });
    expect(counts.replayed).toBe(200);
    compiled.dispose();
    tf.dispose([weights, x, y, z]);
    expect(memoryNow()).toEqual({
      ...before,
      numTensors: before.numTensors - 1,
      numDataBuffers: before.numDataBuffers - 1,
      numDataIds: before.numDataIds - 1,
    });
    expect(errorOf(() => compiled(x, y))).toMatchObject({ code: 'DISPOSED', op: 'compile' });
  });

  test('gives what the function gives: a tensor, a list, an object', async () => {
    const x = tf.tensor1d([1, 2]);
    const outputs = {
      tensor: (input) => tf.neg(input),
      list: (input) => [tf.neg(input)],
      object: (input) => ({ minus: tf.neg(input), plus: input }),
    };
    for (const fn of Object.values(outputs)) {
      const compiled = await compile(fn, { inputs: [x] });
      const [got, expected] = [compiled(x), fn(x)];
      const plain = (value) =>
        JSON.stringify(value, (_, part) => (part instanceof tf.Tensor ? valuesOf(part)[0] : part));
      expect(plain(got)).toBe(plain(expected));
      compiled.dispose();
    }
  });

  test('sees variables that are assigned', async () => {
    const v = tf.variable(tf.tensor1d([1, 2]));
    const unrelated = tf.variable(tf.scalar(0));
    const compiled = await compile((x) => tf.mul(x, v), { inputs: [vector] });
    const x = tf.tensor1d([10, 10]);
    const run = () => tf.tidy(() => valuesOf(compiled(x))[0]);
    expect(run()).toEqual([10, 20]);
    v.assign(tf.tensor1d([3, 4]));
    const counts = await countsOf(async () => {
      for (let i = 0; i < 4; ++i) {
        expect(run()).toEqual([30, 40]);
        await settled();
      }
    });
    expect(counts).toMatchObject({
      recorded: 1,
      replayed: 2,
      eager: { 'weights have changed': 1 },
    });
    // In a loop that assigns it each time nothing is recorded.
    const loop = await countsOf(() => {
      for (let i = 0; i < 4; ++i) {
        tf.tidy(() => v.assign(tf.fill([2], i)));
        expect(run()).toEqual([10 * i, 10 * i]);
      }
    });
    expect(loop.recorded).toBe(0);
    run();
    await settled();
    unrelated.assign(tf.scalar(1));
    expect((await countsOf(run)).replayed).toBe(1);
    v.dispose();
    expect(errorOf(run).message).toMatch(/disposed/i);
    unrelated.dispose();
  });

  test('is transparent to gradients, tf.profile and other backends', async () => {
    const compiled = await compile((x) => tf.sum(tf.square(x)), { inputs: [vector] });
    const x = tf.tensor1d([3, 4]);
    expect(valuesOf(tf.grad((input) => compiled(input))(x))).toEqual([[6, 8]]);
    const { kernels } = await tf.profile(() => compiled(x));
    expect(kernels.map(({ name }) => name)).toEqual(['Square', 'Sum']);
    await tf.setBackend('cpu');
    expect(valuesOf(compiled(x))).toEqual([[25]]);
    await tf.setBackend('onednn');
    expect(valuesOf(compiled(x))).toEqual([[25]]);
  });

  test('takes models', async () => {
    const graph = await load(CLASSIFIER);
    const layers = tf.sequential({
      layers: [2, 3].map((units) => tf.layers.dense({ units, inputShape: [units] })),
    });
    const cases = [
      [graph, tf.randomNormal([1, 8, 8, 3])],
      [layers, tf.randomNormal([4, 2])],
    ];
    for (const [model, x] of cases) {
      const compiled = await compile(model, { inputs: [x] });
      let got;
      const counts = await countsOf(() => (got = compiled(x)));
      expect(counts).toMatchObject({ replayed: 1, eager: {} });
      tf.native.setCapture(false);
      const [expected] = valuesOf(model.predict(x));
      tf.native.setCapture(true);
      valuesOf(got)[0].forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
      compiled.dispose();
    }
  });

  test('says why a function cannot be compiled', async () => {
    const cases = [
      [
        (x) => (tf.sum(x).dataSync()[0] > 0 ? x : tf.neg(x)),
        'a value that depends on the inputs was read',
      ],
      [(x) => tf.add(x, tf.randomNormal([2])), 'random numbers were drawn'],
      [(x) => tf.add(x, Math.random()), 'random numbers were drawn'],
      [(x) => (tf.keep(tf.neg(x)), x), 'tensors were kept'],
      [() => undefined, 'has to return a tensor'],
      [() => [], 'has to return a tensor'],
      [(x) => [x, 1], 'has to return a tensor'],
      [async (x) => tf.neg(x), 'has to return a tensor'],
    ];
    for (const [fn, reason] of cases) {
      const error = await rejectionOf(() => compile(fn, { inputs: [vector] }));
      expect(error).toMatchObject({ name: 'NativeError', code: 'UNSUPPORTED' });
      expect(error.message).toMatch(reason);
    }
    const own = new Error('from inside');
    const thrower = () => {
      throw own;
    };
    expect(await rejectionOf(() => compile(thrower, { inputs: [vector] }))).toBe(own);
    tf.native.setCapture(false);
    const off = await rejectionOf(() => compile((x) => tf.neg(x), { inputs: [vector] }));
    tf.native.setCapture(true);
    expect(off).toMatchObject({ code: 'UNSUPPORTED', op: 'compile' });
  });

  test('names what is wrong with its arguments', async () => {
    const fn = (x) => tf.neg(x);
    const cases = [
      [null, { inputs: [vector] }, 'BAD_ATTR'],
      [{}, { inputs: [vector] }, 'BAD_ATTR'],
      [fn, undefined, 'BAD_ATTR'],
      [fn, {}, 'BAD_ATTR'],
      [fn, { inputs: [] }, 'BAD_ATTR'],
      [fn, { inputs: [vector], precision: 'bfloat16' }, 'BAD_ATTR'],
      [fn, { inputs: [vector], precision: 32 }, 'BAD_ATTR'],
      [fn, { inputs: [null] }, 'BAD_SHAPE'],
      [fn, { inputs: [{ shape: [null, 2] }] }, 'BAD_SHAPE'],
      [fn, { inputs: [{ shape: [-1] }] }, 'BAD_SHAPE'],
      [fn, { inputs: [{ shape: 'x' }] }, 'BAD_SHAPE'],
      [fn, { inputs: [{ shape: [2], dtype: 'string' }] }, 'BAD_DTYPE'],
      [fn, { inputs: [{ shape: [2], dtype: 'float16' }] }, 'BAD_DTYPE'],
    ];
    for (const [target, options, code] of cases) {
      const error = await rejectionOf(() => compile(target, options));
      expect(error).toMatchObject({ name: 'NativeError', code, op: 'compile' });
    }
    const compiled = await compile(fn, { inputs: [vector] });
    const calls = [
      [[], 'BAD_SHAPE'],
      [[tf.ones([2]), tf.ones([2])], 'BAD_SHAPE'],
      [[tf.ones([3])], 'BAD_SHAPE'],
      [[tf.ones([2, 1])], 'BAD_SHAPE'],
      [[tf.ones([2], 'int32')], 'BAD_DTYPE'],
      [[[1, 2]], 'BAD_DTYPE'],
    ];
    for (const [inputs, code] of calls) {
      expect(errorOf(() => compiled(...inputs))).toMatchObject({ code, op: 'compile' });
    }
  });
});

describe('warmup', () => {
  test('has the next run replayed, for each set of shapes', async () => {
    const model = await load(CLASSIFIER);
    const shapes = [8, 9, 12].map((extent) => [1, extent, extent, 3]);
    const before = memoryNow();
    expect(await warmup(model, shapes)).toEqual(
      shapes.map(() => ({ captured: true, reason: null })),
    );
    expect(memoryNow()).toEqual(before);
    const counts = await countsOf(() =>
      shapes.forEach((shape) => tf.tidy(() => void model.predict(tf.ones(shape)))),
    );
    expect(counts).toMatchObject({ recorded: 0, replayed: 3, eager: {} });
    model.dispose();
  });

  test('takes models of several inputs, and of layers', async () => {
    const [a, b] = [tf.input({ shape: [2] }), tf.input({ shape: [3] })];
    const model = tf.model({
      inputs: [a, b],
      outputs: tf.layers.dense({ units: 2 }).apply(tf.layers.concatenate().apply([a, b])),
    });
    expect(
      await warmup(model, [
        [
          [4, 2],
          [4, 3],
        ],
      ]),
    ).toEqual([{ captured: true, reason: null }]);
    const inputs = [tf.ones([4, 2]), tf.ones([4, 3])];
    expect((await countsOf(() => tf.dispose(model.predict(inputs)))).replayed).toBe(1);
    const dropout = tf.sequential({
      layers: [tf.layers.lstm({ units: 2, dropout: 0.5, inputShape: [3, 2] })],
    });
    expect(await warmup(dropout, [[1, 3, 2]])).toEqual([{ captured: true, reason: null }]);
  });

  test('takes models that only executeAsync() can run', async () => {
    const model = await load(DETECTOR);
    expect(await warmup(model, [[1, 16, 16, 3]])).toEqual([{ captured: true, reason: null }]);
    const x = tf.ones([1, 16, 16, 3]);
    const counts = await countsOf(async () => take(await model.executeAsync(x)));
    expect(counts.replayed).toBeGreaterThan(0);
  });

  test('says why a model is not captured', async () => {
    const model = tf.sequential({
      layers: [tf.layers.simpleRNN({ units: 2, stateful: true, batchInputShape: [1, 3, 2] })],
    });
    expect(await warmup(model, [[1, 3, 2]])).toMatchObject([{ captured: false }]);
    const [{ reason }] = await warmup(model, [[1, 3, 2]]);
    expect(reason).toBe('the model is stateful');
  });

  test('names what is wrong with its arguments', async () => {
    const model = await load(CLASSIFIER);
    const cases = [
      [null, [], 'BAD_ATTR'],
      [(x) => x, [[1]], 'BAD_ATTR'],
      [model, undefined, 'BAD_SHAPE'],
      [model, [null], 'BAD_SHAPE'],
      [model, [8], 'BAD_SHAPE'],
      [model, [[1, 8, 8]], 'BAD_SHAPE'],
      [model, [[1, 8, 8, 4]], 'BAD_SHAPE'],
      [model, [[1, -1, 8, 3]], 'BAD_SHAPE'],
      [model, [[[1, 8, 8, 3], [1]]], 'BAD_SHAPE'],
    ];
    for (const [target, shapes, code] of cases) {
      const error = await rejectionOf(() => warmup(target, shapes));
      expect(error).toMatchObject({ name: 'NativeError', code, op: 'warmup' });
    }
  });
});
