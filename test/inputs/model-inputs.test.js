'use strict';

const tf = require('../../lib');
const { rejectionOf } = require('./support');

beforeAll(() => tf.setBackend('onednn'));

/** [batch, 2, 2, 1] -> 1 */
function makeModel() {
  const input = tf.input({ shape: [2, 2, 1], name: 'pixels' });
  const flat = tf.layers.flatten().apply(input);
  const layer = tf.layers.dense({ units: 1, useBias: false, kernelInitializer: 'ones' });
  return tf.model({ inputs: input, outputs: /** @type {any} */ (layer.apply(flat)) });
}

describe('run() of arrays', () => {
  test.each([
    ['a Buffer', Buffer.from([1, 2, 3, 250]), [256]],
    ['doubles, of two samples', Float64Array.from([1, 2, 3, 4, 0.5, 0, 0, 0]), [10, 0.5]],
    ['big integers', BigInt64Array.from([1n, 2n, 3n, -4n]), [2]],
    ['shared memory', new Float32Array(new SharedArrayBuffer(16)).fill(2), [8]],
  ])('%s', async (_, values, expected) => {
    const model = makeModel();
    const before = tf.memory().numTensors;
    for (const inputs of [values, [values]]) {
      const outputs = /** @type {any} */ (await tf.native.run(model, inputs));
      expect(outputs.shape).toEqual([expected.length, 1]);
      expect(Array.from(outputs.dataSync())).toEqual(expected);
      outputs.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  test('several inputs, tensors among them', async () => {
    const inputs = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
    const sum = /** @type {any} */ (tf.layers.add().apply(inputs));
    const model = tf.model({ inputs, outputs: sum });
    const b = tf.tensor2d([[10, 20]]);
    const outputs = await tf.native.run(model, [Uint8Array.from([1, 2]), b]);
    expect(Array.from(outputs.dataSync())).toEqual([11, 22]);
    expect(b.isDisposed).toBe(false);
    tf.dispose([outputs, b]);
    model.dispose();
  });

  test('what does not fit', async () => {
    const model = makeModel();
    const before = tf.memory().numTensors;
    const run = (inputs) => rejectionOf(() => tf.native.run(model, inputs));
    expect(await run(new Float32Array(7))).toMatchObject({
      code: 'BAD_SHAPE',
      message: expect.stringMatching(
        /^\[run\] pixels\w*: expected shape \[-1,2,2,1\], got 7 values$/,
      ),
    });
    expect(await run(new DataView(new ArrayBuffer(16)))).toMatchObject({
      message: expect.stringMatching(/^\[run\] pixels\w*: expected a typed array, got DataView/),
    });
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();

    const open = tf.sequential({
      layers: [tf.layers.activation({ activation: 'relu', batchInputShape: [null, null] })],
    });
    const error = await rejectionOf(() => tf.native.run(open, new Float32Array(4)));
    expect(error.message).toMatch(/declares shape \[-1,-1\], so 4 values do not tell theirs/);
    open.dispose();
  });

  test('an int32 input gets checked integers, of what a graph model declares', async () => {
    const input = tf.input({ shape: [2], dtype: 'int32', name: 'ids' });
    const layer = tf.layers.embedding({ inputDim: 4, outputDim: 1, embeddingsInitializer: 'ones' });
    const model = tf.model({ inputs: input, outputs: /** @type {any} */ (layer.apply(input)) });
    const outputs = await tf.native.run(model, BigInt64Array.from([0n, 3n]));
    expect(outputs.shape).toEqual([1, 2, 1]);
    outputs.dispose();
    const error = await rejectionOf(() =>
      tf.native.run(model, BigInt64Array.from([0n, 2n ** 33n])),
    );
    expect(error).toMatchObject({
      code: 'BAD_ATTR',
      message: expect.stringMatching(
        /^\[run\] ids\w*: expected integers .* got 8589934592 at index 1/,
      ),
    });
    model.dispose();
  });
});

test('a graph model, by the names of its inputs', async () => {
  const model = await tf.loadGraphModel(
    `file://${__dirname}/../../examples/classify-shapes/model/model.json`,
  );
  const { name, shape } = model.inputs[0];
  const size = shape.reduce((product, extent) => product * Math.abs(extent ?? 1), 1);
  const bytes = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7) % 256));
  const expected = tf.tidy(() => {
    const extents = shape.map((extent) => Math.abs(extent ?? 1));
    return Array.from(
      /** @type {any} */ (model.predict(tf.tensor([...bytes], extents))).dataSync(),
    );
  });
  const outputs = await tf.native.run(model, { [name]: bytes });
  expect(Array.from(outputs.dataSync())).toEqual(expected);
  outputs.dispose();
  model.dispose();
});
