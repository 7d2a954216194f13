'use strict';

// Every operator that tfjs-converter lists, as a node of a graph model, here and on tfjs's cpu
// backend. Here each model runs several times: recorded at first, then replayed where it can be.

const { settled } = require('../capture/support');
const { placeholder, node, type } = require('../capture/graph-models');
const { tf, values: drawn } = require('../ops/oracle');
const { graphCases, leftOut } = require('./cases');
const { listedOps } = require('./op-list');

const TOLERANCE = 1e-5;
const RUNS = 3;

/** @typedef {import('./cases').Value} Value */

/** @param {Value} value @param {number} seed @returns {any[] | Float32Array} */
function numbersOf({ values, shape, range = [-1, 1] }, seed) {
  return values ?? drawn(tf.util.sizeFromShape(shape), range[0], range[1], seed);
}

/**
 * With nodes of no other use: a graph of a single one is not captured.
 * @param {import('./cases').GraphCase} graph
 * @returns {import('./cases').GraphCase}
 */
function inCompany(graph) {
  const fed = Object.entries(graph.values).find(([, { isFed }]) => isFed);
  if (graph.isAlone || fed === undefined || fed[1].dtype === 'string') return graph;
  const op = fed[1].dtype === 'bool' ? 'LogicalNot' : 'Neg';
  return {
    ...graph,
    nodes: [
      ...graph.nodes,
      node('company1', op, [fed[0]], {}),
      node('company2', op, ['company1'], {}),
    ],
    outputs: [...graph.outputs, 'company2'],
  };
}

/** @param {import('./cases').GraphCase} graph */
async function loadCase({ values, nodes, functions, initializer }) {
  const entries = Object.entries(values);
  const weights = entries
    .filter(([, { isFed }]) => !isFed)
    .map(([name, value]) => ({ name, ...value, values: numbersOf(value, name.length) }));
  const data = await tf.io.encodeWeights(
    weights.map(({ name, values: list, shape, dtype }) => ({
      name,
      tensor: tf.tensor(list, shape, dtype),
    })),
  );
  const consts = data.specs.map(({ name, dtype }) =>
    node(name, 'Const', [], { dtype: type(dtype) }),
  );
  const fed = entries
    .filter(([, { isFed }]) => isFed)
    .map(([name, { shape, dtype }]) => placeholder(name, shape, dtype));
  return tf.loadGraphModel(
    tf.io.fromMemory({
      format: 'graph-model',
      modelTopology: {
        node: [...consts, ...fed, ...nodes],
        library: { function: functions ?? [] },
        versions: { producer: 1, minConsumer: 1 },
      },
      weightSpecs: data.specs,
      weightData: data.data,
      modelInitializer: initializer && { node: [...consts, ...initializer] },
    }),
  );
}

/** @param {any} model @param {import('./cases').GraphCase} graph @param {number} seed */
async function outputsOf(model, { values, outputs }, seed) {
  const feeds = Object.fromEntries(
    Object.entries(values)
      .filter(([, { isFed }]) => isFed)
      .map(([name, value], i) => [
        name,
        tf.tensor(numbersOf(value, 10 * seed + i), value.shape, value.dtype),
      ]),
  );
  const results = [await model.executeAsync(feeds, outputs)].flat();
  const plain = [];
  for (const result of results) {
    plain.push({
      shape: result.shape,
      dtype: result.dtype,
      values: Array.from(await result.data()),
    });
  }
  tf.dispose([feeds, results]);
  return plain;
}

beforeEach(() => {
  jest.spyOn(console, 'warn').mockImplementation(() => {});
  jest.spyOn(console, 'log').mockImplementation(() => {});
});
afterEach(() => jest.restoreAllMocks());

test('each operator that is listed has a graph here, or a reason', () => {
  const names = listedOps.map(({ tfOpName }) => tfOpName);
  expect(names.length).toBeGreaterThan(240);
  expect([...Object.keys(graphCases), ...Object.keys(leftOut)].sort()).toEqual(names.sort());
  for (const [op, graphs] of Object.entries(graphCases)) {
    const inGraph = graphs.flatMap(({ nodes, functions = [], initializer = [], values }) => [
      ...[...nodes, ...initializer, ...functions.flatMap(({ nodeDef }) => nodeDef)].map(
        ({ op: name }) => name,
      ),
      ...Object.values(values).map(({ isFed }) => (isFed ? 'Placeholder' : 'Const')),
    ]);
    expect(inGraph).toContain(op);
  }
});

/** Each graph once, by the first operator that has it. */
const seen = new Set();
const cases = Object.entries(graphCases).flatMap(([op, graphs]) =>
  graphs
    .filter((graph) => !seen.has(graph) && seen.add(graph))
    .map((graph, i) => /** @type {const} */ ([op, i, graph])),
);

test.each(cases)('%s, graph %i', async (_op, _i, given) => {
  const graph = inCompany(given);
  await tf.setBackend('cpu');
  const plain = await loadCase(graph);
  const expected = [];
  for (let seed = 1; seed <= RUNS; seed++) expected.push(await outputsOf(plain, graph, seed));
  plain.dispose();

  await tf.setBackend('onednn');
  const model = await loadCase(graph);
  for (let seed = 1; seed <= RUNS; seed++) {
    const actual = await outputsOf(model, graph, seed);
    await settled();
    actual.forEach((tensor, i) => {
      const wanted = expected[seed - 1][i];
      expect([tensor.shape, tensor.dtype]).toEqual([wanted.shape, wanted.dtype]);
      if (graph.onlyShapes) return;
      if (tensor.dtype === 'string') expect(tensor.values).toEqual(wanted.values);
      else {
        tensor.values.forEach((value, k) => {
          const other = wanted.values[k];
          if (Object.is(value, other) || value === other) return;
          expect(Math.abs(value - other)).toBeLessThanOrEqual(
            TOLERANCE * Math.max(1, Math.abs(other)),
          );
        });
      }
    });
    expect(actual.length).toBe(graph.outputs.length);
  }
  model.dispose();
});

test('nearly all were recorded, and replayed from then on', () => {
  const { recorded, replayed, refused, eager } = tf.native.captureStatistics();
  expect(recorded).toBeGreaterThan(0.9 * cases.length);
  expect(replayed).toBeGreaterThan(0.9 * (RUNS - 1) * cases.length);
  expect(refused).toBe(0);
  // Why others were not. Steps of loops may come while the first one's graph is being compiled.
  const reasons = Object.keys(eager).filter((reason) => reason !== 'being compiled');
  expect(reasons.sort()).toEqual([
    'an input is string',
    'another backend is current',
    'there are no inputs',
    'there is nothing to capture',
  ]);
});
