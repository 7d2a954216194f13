'use strict';

// Real models, captured: what they gave elsewhere, over repeated calls with different inputs.

const fixtures = require('../models/fixtures');
const { tf, loadModel } = require('../models/package-under-test');
const { countsOf, memoryNow, settled } = require('./support');

const areThere = fixtures.areFixturesThere();
const describeModels = areThere ? describe : describe.skip;
if (!areThere) {
  const count = Object.keys(fixtures.KNOWN_CASES).length;
  console.warn(`../shared/models is missing: ${count} captured real models are skipped`);
}

const ROUNDS = 4;

beforeAll(() => tf.setBackend('onednn'));

describeModels.each(Object.keys(fixtures.KNOWN_CASES))('%s', (name) => {
  const tensorsOf = (inputs) => inputs.map((i) => tf.tensor(i.values, i.shape, i.dtype));

  function run(model, { call, inputs, outputs }) {
    const tensors = tensorsOf(inputs);
    const feeds = Object.fromEntries(inputs.map((input, i) => [input.name, tensors[i]]));
    const results =
      call === 'execute'
        ? model.execute(
            feeds,
            outputs.map((output) => output.name),
          )
        : model.predict(tensors.length === 1 ? tensors[0] : tensors);
    tf.dispose(tensors);
    return [results].flat();
  }

  /** Farthest from what was recorded, against the largest value. */
  function distance(tensor, { values }) {
    const got = tensor.dataSync();
    const magnitude = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const worst = got.reduce((max, value, i) => Math.max(max, Math.abs(value - values[i])), 0);
    return worst / magnitude;
  }

  test('replays give the recorded outputs, case by case', async () => {
    const fixture = fixtures.openFixture(name, fixtures.KNOWN_CASES[name]);
    const model = await loadModel(fixture);
    const cases = fixture.cases.map((caseName) => fixtures.readCase(fixture, caseName));
    let before;
    const counts = await countsOf(async () => {
      for (let round = 0; round < ROUNDS; ++round) {
        for (const one of cases) {
          const results = run(model, one);
          results.forEach((tensor, i) => {
            expect(tensor.shape).toEqual(one.outputs[i].shape);
            expect(distance(tensor, one.outputs[i])).toBeLessThanOrEqual(1e-4);
          });
          tf.dispose(results);
          before ??= memoryNow();
          expect(memoryNow()).toEqual(before);
          await settled();
        }
      }
    });
    expect(counts).toMatchObject({
      recorded: 1,
      replayed: ROUNDS * cases.length - 1,
      refused: 0,
      eager: {},
    });
    model.dispose();
  });
});
