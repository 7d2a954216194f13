'use strict';

const tf = require('../../lib');

describe('SavedModels', () => {
  test.each([
    ['loadSavedModel', ['/models/1', ['serve'], 'serving_default']],
    ['getMetaGraphsFromSavedModel', ['/models/1']],
  ])('%s() rejects and says what to do', async (name, args) => {
    await expect(tf.node[name](...args)).rejects.toMatchObject({
      name: 'NativeError',
      code: 'UNSUPPORTED',
      op: name,
      message: expect.stringMatching(/tensorflowjs_converter .*tf\.loadGraphModel/),
    });
  });

  test.each(['getInputAndOutputNodeNameFromMetaGraphInfo', 'getNumOfSavedModels'])(
    '%s() throws and says what to do',
    (name) => {
      expect(() => tf.node[name]([], [], '')).toThrow(
        expect.objectContaining({
          code: 'UNSUPPORTED',
          op: name,
          message: expect.stringContaining('tensorflowjs_converter'),
        }),
      );
    },
  );
});

describe("the backend's name in tfjs-node", () => {
  afterEach(() => tf.setBackend('onednn'));

  test('stands for the native backend', async () => {
    const { backend } = tf.engine();
    await tf.setBackend('cpu');
    expect(await tf.setBackend('tensorflow')).toBe(true);
    expect(tf.getBackend()).toBe('onednn');
    expect(tf.backend()).toBe(backend);
    await tf.setBackend('cpu');
    expect(tf.getBackend()).toBe('cpu');
  });

  test('other names mean what they did', async () => {
    await expect(tf.setBackend('nothing')).rejects.toThrow("Backend name 'nothing' not found");
  });

  test("is tfjs-node's own where that is loaded, too", async () => {
    const { KernelBackend, registerBackend, removeBackend } = tf;
    const other = new KernelBackend();
    other.dispose = () => {};
    registerBackend('tensorflow', () => other);
    expect(await tf.setBackend('tensorflow')).toBe(true);
    expect(tf.backend()).toBe(other);
    await tf.setBackend('onednn');
    removeBackend('tensorflow');
  });
});

test('the version of tfjs-node that this stands for is that of tfjs', () => {
  expect(tf.version['tfjs-node']).toBe(require('@tensorflow/tfjs-core/package.json').version);
});
