'use strict';

// The real models, captured for several shapes of their inputs, against eager runs of the same.

const tf = require('../../lib');
const { allSettled } = require('../../lib/capture/captures');
const fixtures = require('./fixtures');
const { loadModel } = require('./package-under-test');

/** Of the largest magnitude in an output. */
const RELATIVE_TOLERANCE = 1e-5;
const BATCHES = [1, 2, 5];
/** Runs of a shape until it is replayed: seen, recorded, compiled. */
const RUNS = 4;

const areFixturesThere = fixtures.areFixturesThere();
const cases = areFixturesThere ? fixtures.casesOnDisk() : fixtures.KNOWN_CASES;
const describeModels = areFixturesThere ? describe : describe.skip;
if (!areFixturesThere) {
  const count = Object.keys(cases).length;
  console.warn(`../shared/models is missing: captured shapes of ${count} real models are skipped`);
}

/**
 * The recorded inputs, as many as the batch has, each scaled otherwise; ids of embeddings stay.
 * @param {{values: any, shape: number[], dtype: string}[]} inputs @param {number} batch
 */
function makeInputs(inputs, batch) {
  return inputs.map(({ values, shape, dtype }) => {
    const isIds = dtype !== 'float32' || values.every(Number.isInteger);
    const scaled = Array.from({ length: batch }, (_, i) =>
      Array.from(values, (value) => (isIds ? value : value * (1 - i / 8))),
    );
    return tf.tensor(scaled.flat(), [shape[0] * batch, ...shape.slice(1)], dtype);
  });
}

function run(model, { call, inputs, outputs }, tensors) {
  if (call === 'predict') return [model.predict(tensors)].flat();
  const feeds = Object.fromEntries(inputs.map(({ name }, i) => [name, tensors[i]]));
  return [
    model.execute(
      feeds,
      outputs.map(({ name }) => name),
    ),
  ].flat();
}

/** Values and shapes of the outputs, which are disposed. */
function take(outputs) {
  const taken = outputs.map((output) => ({ shape: output.shape, values: output.dataSync() }));
  tf.dispose(outputs);
  return taken;
}

function eager(f) {
  tf.native.setCapture(false);
  try {
    return f();
  } finally {
    tf.native.setCapture(true);
  }
}

describeModels.each(Object.keys(cases))('%s', (name) => {
  let fixture;
  let model;
  beforeAll(async () => {
    fixture = fixtures.openFixture(name, cases[name]);
    model = await loadModel(fixture);
  });
  afterAll(() => model.dispose());

  test(`captured and eager agree for batches of ${BATCHES.join(', ')}`, async () => {
    const recorded = fixtures.readCase(fixture, cases[name][0]);
    const batches = fixture.hasFreeBatch ? BATCHES : [1];
    for (const batch of batches) {
      const inputs = makeInputs(recorded.inputs, batch);
      const expected = eager(() => take(run(model, recorded, inputs)));
      for (let i = 1; i < RUNS; ++i) {
        take(run(model, recorded, inputs));
        await allSettled();
      }
      tf.native.resetCaptureStatistics();
      const outputs = take(run(model, recorded, inputs));
      expect(tf.native.captureStatistics()).toMatchObject({ eager: {}, refused: 0 });
      expect(tf.native.captureStatistics().replayed).toBeGreaterThan(0);
      outputs.forEach(({ shape, values }, i) => {
        expect(shape).toEqual(expected[i].shape);
        const magnitude = expected[i].values.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
        const worst = values.reduce(
          (max, x, j) => Math.max(max, Math.abs(x - expected[i].values[j])),
          0,
        );
        // Written so that a NaN is wrong.
        if (!(worst <= RELATIVE_TOLERANCE * magnitude)) {
          throw new Error(`batch ${batch}, output ${i}: ${worst} apart, of ${magnitude}`);
        }
      });
      tf.dispose(inputs);
    }
  });
});
