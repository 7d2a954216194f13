'use strict';

// Nodes of operators that tfjs has asynchronously: computed natively, beside the event loop.

const { tf } = require('../runtime/support');
const { load, node, placeholder, scalar, T } = require('./graph-models');
const { expectClose, onCpu, take } = require('./support');

/** Operators that were called beside the event loop while `run` went on. @param {() => any} run */
async function nativeCalls(run) {
  const waits = jest.spyOn(/** @type {any} */ (tf.backend()), 'waitForCall');
  try {
    return { result: await run(), calls: waits.mock.calls.map(([op]) => op) };
  } finally {
    waits.mockRestore();
  }
}

/** @param {any} model @param {() => Record<string, any>} inputs @param {string[]} outputs */
async function expectNative(model, inputs, outputs, op) {
  const expected = await onCpu(() => model.executeAsync(inputs(), outputs));
  const given = inputs();
  const before = tf.memory().numTensors;
  for (let run = 0; run < 3; run++) {
    const { result, calls } = await nativeCalls(() => model.executeAsync(given, outputs));
    expect(calls).toEqual([op]);
    expectClose(await take(result), expected);
    expect(tf.memory().numTensors).toBe(before);
  }
  model.dispose();
}

const boxes = () => ({
  boxes: tf.tensor2d([0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 5, 1, 6, 0, 5.6, 1, 6.6], [4, 4]),
  scores: tf.tensor1d([0.6, 0.9, 0.3, 0.8]),
});
const weights = {
  most: scalar(3, 'int32'),
  iou: scalar(0.4),
  least: scalar(0.2),
  sigma: scalar(0.5),
};

test.each([
  ['NonMaxSuppressionV2', ['most', 'iou'], 'NonMaxSuppressionV3', ['nms']],
  ['NonMaxSuppressionV3', ['most', 'iou', 'least'], 'NonMaxSuppressionV3', ['nms']],
  ['NonMaxSuppressionV4', ['most', 'iou', 'least'], 'NonMaxSuppressionV4', ['nms', 'nms:1']],
  ['NonMaxSuppressionV5', ['most', 'iou', 'least', 'sigma'], 'NonMaxSuppressionV5', ['nms', 'nms:1']],
])('%s', async (op, scalars, native, outputs) => {
  const attrs = op === 'NonMaxSuppressionV4' ? { pad_to_max_output_size: { b: true } } : {};
  const model = await load({
    nodes: [
      placeholder('boxes', [-1, 4]),
      placeholder('scores', [-1]),
      node('nms', op, ['boxes', 'scores', ...scalars], { ...T, ...attrs }),
    ],
    weights: Object.fromEntries(scalars.map((name) => [name, weights[name]])),
  });
  await expectNative(model, boxes, outputs, native);
}); // prettier-ignore

test('Where, of numbers, too', async () => {
  const model = await load({
    nodes: [
      placeholder('x', [-1, 3]),
      node('bent', 'Relu', ['x'], T),
      node('where', 'Where', ['bent'], T),
    ],
  });
  const inputs = () => ({ x: tf.tensor2d([1, -1, 0, 2, 3, -4], [2, 3]) });
  await expectNative(model, inputs, ['where'], 'Where');
});

test('ListDiff', async () => {
  const model = await load({
    nodes: [
      placeholder('x', [-1]),
      placeholder('y', [-1]),
      node('diff', 'ListDiff', ['x', 'y'], T),
      node('doubled', 'AddV2', ['diff', 'diff'], T),
    ],
  });
  const inputs = () => ({ x: tf.tensor1d([5, 1, 5, 2, 3]), y: tf.tensor1d([2, 1]) });
  await expectNative(model, inputs, ['doubled', 'diff:1'], 'ListDiff');
});

test('execute() still asks for executeAsync()', async () => {
  const model = await load({
    nodes: [placeholder('x', [-1]), node('where', 'Where', ['x'], T)],
  });
  expect(() => model.execute({ x: tf.tensor1d([1, 0]) }, ['where'])).toThrow(/executeAsync/);
  model.dispose();
});
