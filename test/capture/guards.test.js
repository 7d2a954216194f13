'use strict';

const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { CLASSIFIER, T, load, node, placeholder } = require('./graph-models');
const { CapturedGraph } = require('../../lib/capture/captured-graph');
const { Captures } = require('../../lib/capture/captures');
const { tf, countsOf, errorOf, expectClose, settled, take, valuesOf } = require('./support');

const image = (seed) => tf.randomNormal([1, 8, 8, 3], 0, 1, 'float32', seed);

let model;
let x;
beforeAll(async () => {
  await tf.setBackend('onednn');
  model = await load(CLASSIFIER);
  x = image(1);
  model.predict(x).dispose();
  await settled();
});
afterAll(() => {
  model.dispose();
  x.dispose();
});

/**
 * That a captured model runs call by call, with the values of a replay, and is replayed after.
 * @param {string} reason @param {(predict: () => any) => any} f
 */
async function expectEager(reason, f) {
  const expected = await take(model.predict(x));
  let got;
  const counts = await countsOf(() =>
    f(() => {
      const y = model.predict(x);
      got = valuesOf(y);
      return y;
    }),
  );
  expect(counts).toMatchObject({ recorded: 0, replayed: 0, eager: { [reason]: 1 } });
  got[0].forEach((value, i) => expect(value).toBeCloseTo(expected.values[0][i], 5));
  expect((await countsOf(() => tf.dispose(model.predict(x)))).replayed).toBe(1);
}

test('when capture is switched off', async () => {
  expect(tf.native.getCapture()).toBe(true);
  const counts = await countsOf(async () => {
    tf.native.setCapture(false);
    expect(tf.native.getCapture()).toBe(false);
    tf.dispose(model.predict(x));
    tf.native.setCapture(true);
    for (let i = 0; i < 3; ++i) {
      tf.dispose(model.predict(x));
      await settled();
    }
  });
  // The graphs went with it.
  expect(counts).toMatchObject({
    recorded: 1,
    replayed: 1,
    eager: { 'capture is switched off': 1 },
  });
  const error = { name: 'NativeError', code: 'BAD_ATTR', op: 'setCapture' };
  expect(errorOf(() => tf.native.setCapture('yes'))).toMatchObject(error);
});

test('when the environment switches it off', () => {
  const script = `
    const tf = require(${JSON.stringify(path.resolve(__dirname, '../../lib'))});
    const model = tf.sequential({
      layers: [2, 3].map((units) => tf.layers.dense({ units, inputShape: [units] })),
    });
    (async () => {
      await tf.native.warmup(model, [[1, 2]]);
      console.log(JSON.stringify([tf.native.getCapture(), tf.native.captureStatistics().replayed]));
    })();`;
  const run = (value) => {
    const env = { ...process.env, TFJS_NATIVE_CAPTURE: value };
    return JSON.parse(execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' }));
  };
  expect(run('0')).toEqual([false, 0]);
  expect(run('1')).toEqual([true, 1]);
});

test('on another backend', () =>
  expectEager('another backend is current', async (predict) => {
    await tf.setBackend('cpu');
    predict().dispose();
    await tf.setBackend('onednn');
  }));

test('while gradients are computed', () =>
  expectEager('gradients are being computed', (predict) => {
    const variable = tf.variable(tf.scalar(1));
    const { value, grads } = tf.variableGrads(() => tf.add(tf.sum(predict()), variable));
    tf.dispose([value, grads, variable]);
  }));

test('under tf.profile', async () => {
  let kernels;
  await expectEager('tf.profile or tf.time is under way', async (predict) => {
    ({ kernels } = await tf.profile(() => predict().dispose()));
  });
  const names = kernels.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['Conv2D', 'Softmax']));
});

test('under tf.time', () =>
  expectEager('tf.profile or tf.time is under way', async (predict) => {
    const { kernelMs } = await tf.time(() => predict().dispose());
    expect(kernelMs).toBeGreaterThan(0);
  }));

test.each(['DEBUG', 'KEEP_INTERMEDIATE_TENSORS'])('with the flag %s', (flag) => {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  const log = jest.spyOn(console, 'log').mockImplementation(() => {});
  return expectEager(`the flag ${flag} is set`, async (predict) => {
    const was = tf.env().getBool(flag);
    tf.env().set(flag, true);
    predict().dispose();
    if (flag === 'KEEP_INTERMEDIATE_TENSORS') {
      expect(Object.keys(model.getIntermediateTensors())).toContain('relu1');
    }
    tf.env().set(flag, was);
    // tfjs logs each kernel once its time is known.
    const isLogged = () => log.mock.calls.some(([line]) => line.includes('Softmax'));
    while (flag === 'DEBUG' && !isLogged()) await new Promise(setImmediate);
    warn.mockRestore();
    log.mockRestore();
  });
});

test('intermediate tensors of a run before are disposed by a replay', async () => {
  tf.env().set('KEEP_INTERMEDIATE_TENSORS', true);
  model.predict(x).dispose();
  tf.env().set('KEEP_INTERMEDIATE_TENSORS', false);
  const { relu1 } = model.getIntermediateTensors();
  expect(relu1[0].isDisposed).toBe(false);
  expect((await countsOf(() => model.predict(x).dispose())).replayed).toBe(1);
  expect(relu1[0].isDisposed).toBe(true);
});

test('within another recording, of which it becomes a part', async () => {
  const other = image(2);
  const expected = await take(model.predict(other));
  let graph;
  const counts = await countsOf(() => {
    const recording = CapturedGraph.record(tf.backend(), [x], ([input]) => model.predict(input));
    graph = recording.graph;
    tf.dispose(recording.outputs);
  });
  expect(counts.eager).toEqual({ 'another recording is under way': 1 });
  await graph.ready();
  expectClose(await take(graph.run([other])), expected);
  other.dispose();
});

test('on strings and complex numbers', async () => {
  const both = await load({
    nodes: [
      placeholder('x', [-1]),
      placeholder('other', [-1], 'string'),
      node('negative', 'Neg', ['x'], T),
      node('result', 'Tanh', ['negative'], T),
      node('copy', 'Identity', ['other'], {}),
      node('again', 'Identity', ['copy'], {}),
    ],
  });
  const [words, value] = [tf.tensor1d(['a'], 'string'), tf.tensor1d([1])];
  const counts = await countsOf(() => {
    for (let i = 0; i < 3; ++i)
      tf.dispose(both.execute({ other: words, x: value }, ['result', 'again']));
  });
  expect(counts).toMatchObject({ recorded: 0, refused: 0, eager: { 'an input is string': 3 } });

  const spectral = await load({
    nodes: [
      node('x', 'Placeholder', [], {}),
      node('real', 'Real', ['x'], {}),
      node('negative', 'Neg', ['real'], T),
      node('result', 'Abs', ['negative'], T),
    ],
  });
  const wave = tf.complex(tf.tensor1d([1, 2]), tf.tensor1d([0, 1]));
  const waves = await countsOf(() => {
    for (let i = 0; i < 3; ++i) {
      const y = spectral.execute(wave);
      expect(valuesOf(y)).toEqual([[1, 2]]);
      y.dispose();
    }
  });
  expect(waves).toMatchObject({ recorded: 0, refused: 0, eager: { 'an input is complex64': 3 } });
  tf.dispose([words, value, wave]);
});

describe('what cannot be captured', () => {
  const captures = () => new Captures(() => ({ stillHold: () => true, has: () => false }));
  // Its output's shape is a value of the input.
  const reader = ([x, shape]) => [tf.tanh(tf.reshape(tf.neg(x), Array.from(shape.dataSync())))];
  const shapesOf = (owner, inputs) =>
    tf.tidy(() => owner.run('reader', inputs, reader).map(({ shape }) => shape));

  test('is tried some times only', async () => {
    const owner = captures();
    const inputs = [tf.ones([6]), tf.tensor1d([2, 3], 'int32')];
    const counts = await countsOf(() => {
      for (let i = 0; i < 100; ++i) expect(shapesOf(owner, inputs)).toEqual([[2, 3]]);
    });
    expect(counts).toMatchObject({ recorded: 0, refused: 3 });
    const reasons = Object.keys(counts.eager);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch('a value that depends on the inputs was read');
    tf.dispose(inputs);
  });

  test('is not tried with each of many shapes', async () => {
    const owner = captures();
    const counts = await countsOf(() => {
      for (let i = 1; i <= 50; ++i) {
        const inputs = [tf.ones([2 * i]), tf.tensor1d([2, i], 'int32')];
        for (let j = 0; j < 10; ++j) expect(shapesOf(owner, inputs)).toEqual([[2, i]]);
        tf.dispose(inputs);
      }
    });
    expect(counts.recorded).toBe(0);
    expect(counts.refused).toBeLessThanOrEqual(3 * 8);
  });
});
