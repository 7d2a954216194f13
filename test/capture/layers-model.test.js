'use strict';

const { capturesOfLayers } = require('../../lib/capture/layers-model');
const {
  tf,
  countsOf,
  errorOf,
  expectClose,
  memoryNow,
  onCpu,
  settled,
  take,
  valuesOf,
} = require('./support');

const random = (shape, seed) => tf.randomNormal(shape, 0, 1, 'float32', seed);
const init = (seed) => tf.initializers.randomNormal({ seed });
const dense = (units, seed, options = {}) =>
  tf.layers.dense({
    units,
    kernelInitializer: init(seed),
    biasInitializer: init(seed),
    ...options,
  });

beforeAll(() => tf.setBackend('onednn'));

/** An image classifier with batch normalisation. */
const convolutional = () =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [8, 8, 3],
        filters: 4,
        kernelSize: 3,
        kernelInitializer: init(1),
        activation: 'relu',
      }),
      tf.layers.batchNormalization(),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.flatten(),
      dense(3, 2, { activation: 'softmax' }),
    ],
  });

/** Two inputs, two outputs, one layer used twice, a model inside. */
function functional() {
  const inner = tf.sequential({ layers: [dense(5, 3, { inputShape: [4], activation: 'tanh' })] });
  const [a, b] = [tf.input({ shape: [4] }), tf.input({ shape: [4] })];
  const [left, right] = [inner.apply(a), inner.apply(b)];
  const sum = tf.layers.add().apply([left, right]);
  return tf.model({ inputs: [a, b], outputs: [dense(2, 4).apply(sum), left] });
}

const recurrent = (options) =>
  tf.sequential({
    layers: [
      tf.layers.lstm({
        units: 3,
        inputShape: [4, 2],
        kernelInitializer: init(5),
        recurrentInitializer: init(6),
        ...options,
      }),
      dense(2, 7),
    ],
  });

const bidirectional = () =>
  tf.sequential({
    layers: [
      tf.layers.embedding({
        inputDim: 10,
        outputDim: 4,
        inputLength: 5,
        embeddingsInitializer: init(8),
      }),
      tf.layers.bidirectional({
        layer: tf.layers.gru({
          units: 3,
          kernelInitializer: init(9),
          recurrentInitializer: init(10),
        }),
      }),
      dense(2, 11),
    ],
  });

const MODELS = {
  convolutional: [convolutional, (seed) => random([3, 8, 8, 3], seed)],
  functional: [functional, (seed) => [random([3, 4], seed), random([3, 4], seed + 100)]],
  'functional, one tensor twice': [
    functional,
    (seed) => {
      const x = random([3, 4], seed);
      return [x, x];
    },
  ],
  recurrent: [() => recurrent({}), (seed) => random([3, 4, 2], seed)],
  'recurrent, with dropout': [
    () => recurrent({ dropout: 0.3, recurrentDropout: 0.2 }),
    (seed) => random([3, 4, 2], seed),
  ],
  bidirectional: [
    bidirectional,
    (seed) => tf.tensor2d([0, 1, 2, 3, seed, 9, 8, 7, 6, seed], [2, 5], 'int32'),
  ],
};

describe.each(Object.keys(MODELS))('%s', (name) => {
  const [make, inputs] = MODELS[name];

  test.each(['predict', 'predictOnBatch'])('%s is recorded and replayed', async (method) => {
    const model = make();
    const seeds = [1, 2, 3, 4, 5];
    const got = [];
    const counts = await countsOf(async () => {
      for (const seed of seeds) {
        const x = inputs(seed);
        got.push(await take(model[method](x)));
        await settled();
        tf.dispose(x);
      }
    });
    expect(counts.recorded).toBe(1);
    // A mask that the first run leaves keeps it from being captured.
    expect(counts.replayed).toBe(name.includes('dropout') ? 3 : 4);
    for (const [i, seed] of seeds.entries()) {
      expectClose(got[i], await onCpu(() => model[method](inputs(seed))));
    }
    model.dispose();
  });

  test('nothing is left of 200 calls', async () => {
    const model = make();
    const x = inputs(1);
    for (let i = 0; i < 3; ++i) {
      tf.dispose(model.predict(x));
      await settled();
    }
    const before = memoryNow();
    for (let i = 0; i < 200; ++i) tf.dispose(model.predict(x));
    expect(memoryNow()).toEqual(before);
    tf.dispose(x);
    model.dispose();
  });
});

describe('batches', () => {
  test.each([
    [7, 3],
    [6, 3],
    [3, 3],
    [2, 3],
    [70, undefined],
  ])('%d samples in batches of %p', async (samples, batchSize) => {
    const model = functional();
    const inputs = (seed) => [random([samples, 4], seed), random([samples, 4], seed + 100)];
    for (let seed = 1; seed <= 4; ++seed) {
      const x = inputs(seed);
      const before = memoryNow().numTensors;
      const y = model.predict(x, { batchSize });
      expect(memoryNow().numTensors - before).toBe(2);
      expectClose(await take(y), await onCpu(() => model.predict(inputs(seed), { batchSize })));
      await settled();
      tf.dispose(x);
    }
    model.dispose();
  });

  test('each goes through the graph of its size', async () => {
    const model = functional();
    const x = [random([7, 4], 1), random([7, 4], 2)];
    const counts = await countsOf(async () => {
      for (const batchSize of [3, 3, 3, 3]) {
        tf.dispose(model.predict(x, { batchSize }));
        await settled();
      }
    });
    expect(counts.recorded).toBe(2);
    // Of the first run, the second batch may come before what the first one recorded is compiled.
    const during = counts.eager['being compiled'] ?? 0;
    expect(during).toBeLessThanOrEqual(1);
    expect(counts.replayed + during).toBe(1 + 2 + 3 + 3);
    expect(counts.eager['first run with these shapes']).toBe(1);
    tf.dispose(x);
    model.dispose();
  });

  test('errors are those of tfjs', () => {
    const model = functional();
    const x = random([3, 4], 1);
    const cases = {
      'another shape': () => model.predict([x, random([3, 5], 1)]),
      'another number of samples': () => model.predict([x, random([2, 4], 1)]),
      'one input': () => model.predict(x),
      'no samples': () => model.predict([tf.zeros([0, 4]), tf.zeros([0, 4])]),
      'a bad batch size': () => model.predict([x, x], { batchSize: -1 }),
    };
    for (const [name, call] of Object.entries(cases)) {
      const got = errorOf(() => tf.tidy(call));
      tf.native.setCapture(false);
      const expected = errorOf(() => tf.tidy(call));
      tf.native.setCapture(true);
      expect([name, got.message]).toEqual([name, expected.message]);
    }
    x.dispose();
    model.dispose();
  });
});

describe('weights', () => {
  const linear = () => {
    const model = tf.sequential({
      layers: [dense(3, 1, { inputShape: [2] }), dense(1, 2)],
    });
    model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
    return model;
  };
  const x = tf.tidy(() => tf.keep(random([4, 2], 1)));
  const y = tf.tidy(() => tf.keep(random([4, 1], 2)));
  const onCpuEqual = async (model) => {
    expectClose(await take(model.predict(x)), await onCpu(() => model.predict(x)));
    await settled();
  };

  test('that setWeights gave are seen', async () => {
    const model = linear();
    for (let i = 0; i < 3; ++i) await onCpuEqual(model);
    const before = valuesOf(model.predict(x));
    tf.tidy(() => model.setWeights(model.getWeights().map((weight) => tf.mul(weight, 2))));
    const counts = await countsOf(async () => {
      for (let i = 0; i < 3; ++i) {
        const after = await take(model.predict(x));
        expect(after.values).not.toEqual(before);
        await settled();
      }
    });
    expect(counts).toMatchObject({
      recorded: 1,
      replayed: 1,
      eager: { 'weights have changed': 1 },
    });
    await onCpuEqual(model);
    model.dispose();
  });

  test('that training gave are seen, and no step of it is recorded', async () => {
    const model = linear();
    model.predict(x).dispose();
    await settled();
    const counts = await countsOf(async () => {
      let last;
      for (let i = 0; i < 5; ++i) {
        await model.fit(x, y, { epochs: 1, verbose: 0 });
        const now = await take(model.predict(x));
        expect(now.values).not.toEqual(last?.values);
        last = now;
      }
    });
    expect(counts).toMatchObject({ recorded: 0, replayed: 0 });
    expect(counts.eager['weights have changed']).toBe(5);
    await onCpuEqual(model);
    expect((await countsOf(() => tf.dispose(model.predict(x)))).replayed).toBe(1);
    model.dispose();
  });

  test('of a model inside another are seen, in both', async () => {
    const inner = tf.sequential({ layers: [dense(3, 1, { inputShape: [2] }), dense(2, 5)] });
    const outer = tf.sequential({ layers: [inner, dense(1, 2)] });
    for (let i = 0; i < 3; ++i) {
      await onCpuEqual(inner);
      await onCpuEqual(outer);
    }
    tf.tidy(() => inner.setWeights(inner.getWeights().map((weight) => tf.neg(weight))));
    for (let i = 0; i < 3; ++i) {
      await onCpuEqual(inner);
      await onCpuEqual(outer);
    }
    outer.dispose();
  });

  test('that are disposed give the error of tfjs', () => {
    const model = linear();
    tf.dispose([model.predict(x), model.predict(x)]);
    const captures = capturesOfLayers(model);
    expect(captures.map(({ size }) => size)).toEqual([1]);
    model.dispose();
    const got = errorOf(() => model.predict(x));
    tf.native.setCapture(false);
    expect(got.message).toBe(errorOf(() => model.predict(x)).message);
    tf.native.setCapture(true);
  });

  test('a disposed model lets go of its graphs', () => {
    const model = functional();
    const input = [random([2, 4], 1), random([2, 4], 2)];
    tf.dispose([model.predict(input), model.predict(input)].flat());
    const [captures] = capturesOfLayers(model);
    expect(captures.size).toBe(1);
    model.dispose();
    expect(captures.size).toBe(0);
    tf.dispose(input);
  });

  test('gradients go through predict() and apply()', () => {
    const model = linear();
    const input = random([1, 2], 3);
    const loss = (method) => (value) => tf.sum(model[method](value));
    const [expected] = valuesOf(tf.grad(loss('apply'))(input));
    // Of a linear model: the product of its kernels.
    const [kernel1, , kernel2] = model.getWeights();
    const product = Array.from(tf.matMul(kernel1, kernel2).dataSync());
    expected.forEach((value, i) => expect(value).toBeCloseTo(product[i], 5));
    tf.dispose([model.predict(input), model.predict(input)]);
    for (let i = 0; i < 2; ++i) {
      expect(valuesOf(tf.grad(loss('predict'))(input))[0]).toEqual(expected);
      tf.dispose(model.predict(input));
    }
    model.dispose();
    input.dispose();
  });
});

describe('models that stay eager', () => {
  test('stateful ones', async () => {
    const model = recurrent({ stateful: true, batchInputShape: [1, 4, 2] });
    const x = random([1, 4, 2], 1);
    const seen = [];
    const counts = await countsOf(async () => {
      for (let i = 0; i < 3; ++i) seen.push((await take(model.predict(x))).values[0]);
    });
    expect(seen[1]).not.toEqual(seen[0]);
    expect(seen[2]).not.toEqual(seen[1]);
    expect(counts).toMatchObject({ recorded: 0, eager: { 'the model is stateful': 3 } });
    x.dispose();
    model.dispose();
  });

  test('those with layers of a user', async () => {
    class Counter extends tf.layers.Layer {
      calls = 0;
      call(inputs) {
        return tf.tidy(() => tf.add([inputs].flat()[0], ++this.calls));
      }
      static get className() {
        return 'Counter';
      }
    }
    const counter = new Counter({ inputShape: [2] });
    const deep = tf.sequential({ layers: [counter, tf.layers.activation({ activation: 'relu' })] });
    const model = tf.sequential({ layers: [deep, tf.layers.activation({ activation: 'relu' })] });
    const x = tf.zeros([1, 2]);
    tf.tidy(() => model.predict(x));
    const calls = counter.calls;
    const counts = await countsOf(() => {
      for (let i = 1; i <= 4; ++i) {
        const [values] = tf.tidy(() => valuesOf(model.predict(x)));
        expect(values).toEqual([calls + i, calls + i]);
      }
    });
    expect(counts).toMatchObject({
      recorded: 0,
      eager: { 'Counter is no layer of tfjs-layers itself': 4 },
    });
  });

  test('those with a layer that a user changed', async () => {
    const model = tf.sequential({
      layers: [2, 2].map((units) => tf.layers.dense({ units, inputShape: [2] })),
    });
    const [layer] = model.layers;
    let calls = 0;
    layer.setCallHook(() => void ++calls);
    const x = tf.ones([1, 2]);
    for (let i = 1; i <= 3; ++i) {
      tf.dispose(model.predict(x));
      expect(calls).toBe(i);
    }
    const other = tf.sequential({
      layers: [2, 2].map((units) => tf.layers.dense({ units, inputShape: [2] })),
    });
    other.layers[1].call = () => tf.fill([1, 2], ++calls);
    for (let i = 4; i <= 6; ++i) {
      expect(tf.tidy(() => valuesOf(other.predict(x)))).toEqual([[i, i]]);
    }
  });
});
