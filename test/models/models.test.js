'use strict';

const { setTimeout } = require('node:timers/promises');
const fixtures = require('./fixtures');
const { backend, tf, loadModel } = require('./package-under-test');

/** Of the largest magnitude in the recorded output: detectors amplify rounding where scores tie. */
const RELATIVE_TOLERANCE = 1e-4;
const BATCH = 3;
/** Plain tfjs takes seconds for a prediction. */
const REPEATS = backend === 'cpu' ? 3 : 50;

const areFixturesThere = fixtures.areFixturesThere();
const cases = areFixturesThere ? fixtures.casesOnDisk() : fixtures.KNOWN_CASES;
const describeModels = areFixturesThere ? describe : describe.skip;
if (!areFixturesThere) {
  const count = Object.keys(cases).length;
  console.warn(`../shared/models is missing: the tests of ${count} real models are skipped`);
}

if (backend === 'cpu') {
  console.warn(`${backend}: a test of each case that looks for native kernels is skipped`);
}

/** @returns {object[]} the inputs as tensors, each repeated `batch` times along its first axis */
function makeInputs(inputs, batch = 1) {
  return inputs.map(({ values, shape, dtype }) => {
    const one = tf.tensor(values, shape, dtype);
    if (batch === 1) return one;
    const repeated = tf.concat(Array(batch).fill(one));
    one.dispose();
    return repeated;
  });
}

/** Calls the model the way the case says. Returns the outputs in the case's order. */
function run(model, { call, inputs, outputs }, tensors) {
  if (call === 'predict') return [model.predict(tensors)].flat();
  const feeds = Object.fromEntries(inputs.map(({ name }, i) => [name, tensors[i]]));
  const names = outputs.map(({ name }) => name);
  return [model.execute(feeds, names)].flat();
}

async function runAsync(model, { inputs, outputs }, tensors) {
  const feeds = Object.fromEntries(inputs.map(({ name }, i) => [name, tensors[i]]));
  const names = outputs.map(({ name }) => name);
  // tfjs-converter advises execute() for a model without control flow, every time.
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  try {
    return [await model.executeAsync(feeds, names)].flat();
  } finally {
    warn.mockRestore();
  }
}

function expectClose(tensor, values, recorded, batch = 1) {
  expect(tensor.dtype).toBe(recorded.dtype);
  expect(tensor.shape).toEqual([recorded.shape[0] * batch, ...recorded.shape.slice(1)]);
  expect(values).toBeInstanceOf(recorded.values.constructor);
  expect(values.length).toBe(recorded.values.length * batch);
  const magnitude = recorded.values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const tolerance = RELATIVE_TOLERANCE * magnitude;
  const wrong = values.findIndex((value, i) => {
    // Written so that a NaN is wrong.
    return !(Math.abs(value - recorded.values[i % recorded.values.length]) <= tolerance);
  });
  if (wrong === -1) return;
  const expected = recorded.values[wrong % recorded.values.length];
  throw new Error(
    `${recorded.name}[${wrong}] = ${values[wrong]}, expected ${expected} within ${tolerance}`,
  );
}

/** The figures of tf.memory() that a prediction must leave as they were. */
function memoryFigures() {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  return { numTensors, numDataBuffers, numBytes };
}

/** Bytes that the native pool has handed out; the plain cpu backend has no such figure. */
function liveBytes() {
  return backend === 'cpu' ? 0 : tf.memory().native.liveBytes;
}

/** Waits until no more than `bytes` are live: a kernel's inputs are let go just after it ran. */
async function expectLiveBytesAtMost(bytes) {
  for (let tries = 0; tries < 200 && liveBytes() > bytes; ++tries) await setTimeout(10);
  expect(liveBytes()).toBeLessThanOrEqual(bytes);
}

/** Predicts until that is a replay: weights are packed then, and the graph has made its own. */
async function runUntilReplayed(predict) {
  const replays = () => tf.native.captureStatistics().replayed;
  const isCaptured = backend !== 'cpu';
  const before = isCaptured ? replays() : 0;
  for (let tries = 0; tries < 500; ++tries) {
    const outputs = predict();
    outputs.forEach((output) => output.dataSync());
    tf.dispose(outputs);
    if (!isCaptured || replays() > before) return;
    await setTimeout(10);
  }
  throw new Error('no prediction was a replay');
}

beforeAll(async () => {
  await tf.setBackend(backend);
});

describeModels('recorded models', () => {
  test('none is missing', () => {
    for (const [model, names] of Object.entries(fixtures.KNOWN_CASES)) {
      expect(cases[model]).toEqual(expect.arrayContaining(names));
    }
  });

  describe.each(Object.entries(cases))('%s', (name, caseNames) => {
    const fixture = areFixturesThere ? fixtures.openFixture(name, caseNames) : null;
    let model;

    beforeAll(async () => {
      model = await loadModel(fixture);
    });

    afterAll(() => model?.dispose());

    test('a model that is disposed leaves nothing behind', async () => {
      const before = memoryFigures();
      const another = await loadModel(fixture);
      expect(tf.memory().numTensors).toBeGreaterThan(before.numTensors);
      another.dispose();
      expect(memoryFigures()).toEqual(before);
    });

    describe.each(caseNames)('%s', (caseName) => {
      let recorded;
      let inputs;

      beforeAll(() => {
        recorded = fixtures.readCase(fixture, caseName);
        inputs = makeInputs(recorded.inputs);
      });

      afterAll(() => tf.dispose(inputs));

      test('dataSync() gives the recorded outputs', () => {
        const outputs = run(model, recorded, inputs);
        outputs.forEach((output, i) => {
          expectClose(output, output.dataSync(), recorded.outputs[i]);
        });
        tf.dispose(outputs);
      });

      test('data() gives the recorded outputs', async () => {
        const outputs = run(model, recorded, inputs);
        const values = await Promise.all(outputs.map((output) => output.data()));
        outputs.forEach((output, i) => expectClose(output, values[i], recorded.outputs[i]));
        tf.dispose(outputs);
      });

      if (!fixture || fixture.isGraph) {
        test('executeAsync() gives the recorded outputs', async () => {
          const outputs = await runAsync(model, recorded, inputs);
          const values = await Promise.all(outputs.map((output) => output.data()));
          outputs.forEach((output, i) => expectClose(output, values[i], recorded.outputs[i]));
          tf.dispose(outputs);
        });
      }

      if (!fixture || fixture.hasFreeBatch) {
        test(`each of a batch of ${BATCH} gives the recorded outputs`, () => {
          const batch = makeInputs(recorded.inputs, BATCH);
          const outputs = run(model, recorded, batch);
          outputs.forEach((output, i) => {
            expectClose(output, output.dataSync(), recorded.outputs[i], BATCH);
          });
          tf.dispose([batch, outputs]);
        });
      }

      // The plain cpu backend has no native kernels to look for.
      (backend === 'cpu' ? test.skip : test)('every kernel is native', async () => {
        const nativeNames = new Set(tf.native.kernels(backend));
        const profile = await tf.profile(() => {
          tf.dispose(run(model, recorded, inputs));
        });
        // Ops with a gradient of their own show up as scopes (conv2d__op) around their kernels.
        const kernels = profile.kernelNames.filter((kernel) => !kernel.endsWith('__op'));
        expect(kernels.length).toBeGreaterThan(0);
        expect(kernels.filter((kernel) => !nativeNames.has(kernel))).toEqual([]);
        // tfjs-core moves data between backends unasked: no second one may have come up.
        expect(Object.keys(tf.engine().registry)).toEqual([backend]);
      });

      test(`${REPEATS} predictions leave tf.memory() as it was`, async () => {
        await runUntilReplayed(() => run(model, recorded, inputs));
        const before = memoryFigures();
        const bytesBefore = liveBytes();
        for (let i = 0; i < REPEATS; ++i) {
          const outputs = tf.tidy(() => run(model, recorded, inputs));
          if (i % 2 === 0) outputs.forEach((output) => output.dataSync());
          else await Promise.all(outputs.map((output) => output.data()));
          tf.dispose(outputs);
        }
        expect(memoryFigures()).toEqual(before);
        await expectLiveBytesAtMost(bytesBefore);
      });
    });
  });
});
