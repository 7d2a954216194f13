'use strict';

// Every class of layers, with the same weights here and on tfjs's cpu backend.

const { tf, expectSameAsCpu, values } = require('../ops/oracle');
const { layerCases, leftOut } = require('./cases');

/** @typedef {import('./cases').LayerCase} LayerCase */

const TOLERANCE = 1e-4;

/** @returns {Record<string, any>} What is registered by name: a class, and how it is made anew. */
const registered = () => tf.serialization.SerializationMap.getMap().classNameMap;

/** @param {any} config With descriptions in the place of layers. */
function withLayers(config) {
  if (Array.isArray(config)) return config.map(withLayers);
  if (config === null || typeof config !== 'object') return config;
  if (config.className in layerCases) return makeLayer(config.className, config.config);
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, withLayers(value)]));
}

/** @param {string} className @param {any} [config] @returns {any} */
function makeLayer(className, config = {}) {
  const [Class] = registered()[className];
  return new Class(withLayers(config));
}

/** A layer on the current backend, built and with weights of its own. */
class Built {
  /** @type {Built[]} */
  static all = [];

  /** @param {any} layer @param {LayerCase} layerCase */
  constructor(layer, { inputs, dtype = 'float32', range = [-1, 1], training = false }) {
    Built.all.push(this);
    this.training = training;
    this.layer = layer;
    this.inputs = inputs.map((shape, i) => {
      const numbers = values(tf.util.sizeFromShape(shape), range[0], range[1], 3 + i);
      return tf.tensor(dtype === 'int32' ? numbers.map(Math.floor) : numbers, shape, dtype);
    });
    // Some layers change the shapes that they are given.
    this.symbols = inputs.map((shape) => tf.input({ batchShape: shape.slice(), dtype }));
    this.isCell = layer instanceof tf.layers.RNNCell;
    if (this.isCell) layer.build(inputs[0].slice());
    else this.symbolic = [layer.apply(single(this.symbols))].flat();
    layer.weights.forEach((/** @type {any} */ weight, /** @type {number} */ i) => {
      // None is below zero: variances are among them.
      const numbers = values(tf.util.sizeFromShape(weight.shape), 0.1, 0.9, 11 + i);
      weight.write(tf.tensor(numbers, weight.shape));
    });
  }

  /** @param {any[]} inputs @returns {any[]} */
  call(inputs) {
    const options = { training: this.training };
    const outputs = this.isCell
      ? this.layer.call(inputs, options)
      : this.layer.apply(single(inputs), options);
    // An output may come twice.
    return [outputs].flat().map((output) => output.clone());
  }

  /** @returns {any[]} What a model that is made of the layer predicts. */
  predict() {
    const model = tf.model({ inputs: this.symbols, outputs: this.symbolic });
    const outputs = model.predictOnBatch(/** @type {any} */ (single(this.inputs)));
    return [outputs].flat().map((output) => output.clone());
  }

  /** @returns {any[]} Gradients by weights that are trained, and by the inputs. */
  gradients() {
    const loss = (/** @type {any[]} */ ...inputs) =>
      tf.addN(
        this.call(inputs).map((output) => {
          const scale = tf.tensor(values(output.size, 0.2, 1, 5), output.shape);
          return tf.sum(tf.mul(output, scale));
        }),
      );
    const variables = this.layer.trainableWeights.map((/** @type {any} */ { val }) => val);
    const { grads } =
      variables.length === 0
        ? { grads: {} }
        : tf.variableGrads(() => loss(...this.inputs), variables);
    const isFloat = this.inputs.every(({ dtype }) => dtype === 'float32');
    return [
      ...variables.map(({ name }) => grads[name]),
      ...(isFloat ? tf.grads(/** @type {any} */ (loss))(this.inputs) : []),
    ];
  }

  dispose() {
    for (const { val } of this.layer.weights) if (!val.isDisposed) val.dispose();
  }
}

/** @param {any[]} list One, or a list of several. */
const single = (list) => (list.length === 1 ? list[0] : list);

afterEach(() => {
  for (const built of Built.all.splice(0)) built.dispose();
});

test('each class of layers has a case here, or a reason', () => {
  const layers = Object.keys(registered()).filter(
    (name) => registered()[name][0].prototype instanceof tf.layers.Layer,
  );
  expect(layers.length).toBeGreaterThan(60);
  expect([...Object.keys(layerCases), ...Object.keys(leftOut)].sort()).toEqual(layers.sort());
});

const cases = Object.entries(layerCases).flatMap(([className, list]) =>
  list.map((layerCase, i) => /** @type {const} */ ([className, i, layerCase])),
);

test.each(cases)(
  '%s, case %i: outputs, and weights afterwards',
  async (className, _, layerCase) => {
    await expectSameAsCpu(
      () => {
        const built = new Built(makeLayer(className, layerCase.config), layerCase);
        const outputs = built.call(built.inputs);
        const after = built.layer.getWeights().map((/** @type {any} */ weight) => weight.clone());
        const isModel = !built.isCell && layerCase.noModel === undefined;
        return [...outputs, ...(isModel ? built.predict() : []), ...after];
      },
      { tolerance: TOLERANCE },
    );
  },
);

test.each(cases.filter(([, , { noGradient }]) => noGradient === undefined))(
  '%s, case %i: gradients',
  async (className, _, layerCase) => {
    await expectSameAsCpu(
      () => new Built(makeLayer(className, layerCase.config), layerCase).gradients(),
      { tolerance: TOLERANCE },
    );
  },
);

test.each(cases.filter(([, , { noGradient }]) => noGradient !== undefined))(
  '%s, case %i has no gradient on the cpu backend either',
  async (className, _, layerCase) => {
    for (const backend of ['cpu', 'onednn']) {
      await tf.setBackend(backend);
      const gradients = () =>
        tf.tidy(() => new Built(makeLayer(className, layerCase.config), layerCase).gradients());
      let found = [];
      try {
        found = gradients();
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
      expect(found).toEqual([]);
    }
  },
);

const described = cases.filter(([, , { noConfig }]) => noConfig === undefined);

test.each(described)(
  '%s, case %i: made anew from its configuration',
  async (className, _, layerCase) => {
    await tf.setBackend('onednn');
    tf.tidy(() => {
      const first = new Built(makeLayer(className, layerCase.config), layerCase);
      const [Class, fromConfig] = registered()[className];
      const config = JSON.parse(JSON.stringify(first.layer.getConfig()));
      const second = new Built(fromConfig(Class, config), layerCase);
      expect(second.layer).toBeInstanceOf(Class);
      const [outputs, again] = [first, second].map((built) => built.call(built.inputs));
      expect(again.length).toBe(outputs.length);
      outputs.forEach((output, i) => {
        expect(again[i].shape).toEqual(output.shape);
        expect(again[i].dataSync()).toEqual(output.dataSync());
      });
      if (first.isCell || layerCase.noModel !== undefined) return;
      expect(outputs.map(({ shape }) => shape)).toEqual(first.symbolic?.map(({ shape }) => shape));
    });
  },
);
