'use strict';

const { JSDOM } = require('jsdom');
const { layOut } = require('../../lib/capture/explain/layout');
const { svgOf } = require('../../lib/capture/explain/svg');
const { textOf } = require('../../lib/capture/explain/text');
const { longChain } = require('../runtime/support');
const { CLASSIFIER, DETECTOR, LOOP, load } = require('./graph-models');
const { tf, errorOf, settled, take } = require('./support');

const { compile, explain, run, warmup } = tf.native;

beforeAll(() => tf.setBackend('onednn'));

/** @param {string} svg @returns {Element} Of what is well-formed XML; else throws. */
const parse = (svg) =>
  new JSDOM(svg, { contentType: 'image/svg+xml' }).window.document.documentElement;

/** What is drawn: the lines of each box, and how many arrows. */
function drawn(svg) {
  const root = parse(svg);
  const textsOf = (element) => [...element.querySelectorAll('text')].map((t) => t.textContent);
  return {
    titles: [...root.querySelectorAll('.title')].map((t) => t.textContent),
    boxes: [...root.querySelectorAll('.node, .view, .end')].map(textsOf),
    arrows: root.querySelectorAll('path[marker-end]').length,
  };
}

test('says why kernels declined, and what is computed in place', async () => {
  const [x, filter] = [tf.ones([1, 6, 6, 2]), tf.ones([3, 3, 2, 2])];
  const whole = tf.cast(x, 'int32');
  const residual = await compile(
    (input) => {
      const y = tf.conv2d(input, filter, 1, 'same');
      return tf.add(y, tf.conv2d(tf.relu(y), filter, 1, 'same'));
    },
    { inputs: [x] },
  );
  const { json, text, svg } = explain(residual);
  const [{ graph }] = json.graphs;
  expect(graph.passes).toContain('compute-in-place');
  expect(graph.nodes.filter(({ inPlaceOf }) => inPlaceOf !== undefined)).toHaveLength(1);
  expect(text).toMatch(/Conv2D \+ .*, in place/);
  expect(svg).toMatch(/, in place/);
  residual.dispose();

  const integers = await compile((input) => tf.matMul(input, input, false, true), {
    inputs: [whole],
  });
  const explained = explain(integers);
  const node = explained.json.graphs[0].graph.nodes.find(({ op }) => op === 'BatchMatMul');
  expect(node.declined).toEqual([expect.stringMatching(/^onednn: ./)]);
  expect(explained.text).toContain(`: ${node.declined[0]}`);
  expect(explained.svg).toContain('declined: ');
  integers.dispose();
  tf.dispose([x, filter, whole]);
});

describe('of a graph model', () => {
  let model;
  beforeAll(async () => {
    model = await load(CLASSIFIER);
    await warmup(model, [[1, 8, 8, 3]]);
    tf.tidy(() => void model.predict(tf.ones([2, 8, 8, 3])));
  });
  afterAll(() => model.dispose());

  test('names kernels, what was fused, memory, and why runs were eager', () => {
    const { json } = explain(model);
    expect(json.eager).toEqual({ 'first run with these shapes': 1 });
    expect(json.eagerNodes).toEqual([]);
    expect(json.graphs).toHaveLength(1);
    const [{ graph, ...facts }] = json.graphs;
    expect(facts).toEqual({
      part: 'x>probabilities',
      inputs: [{ dtype: 'float32', shape: [1, 8, 8, 3] }],
      outputs: [{ dtype: 'float32', shape: [1, 5] }],
      state: 'ready',
      error: null,
      replays: 1,
    });
    expect(graph.nodes.length).toBeGreaterThanOrEqual(3);
    const [convolution] = graph.nodes;
    expect(convolution.op).toBe('Conv2D');
    expect(convolution.postOps).toEqual([expect.stringMatching(/^bias/), 'relu']);
    expect(convolution.fused.length).toBeGreaterThan(1);
    expect(convolution.outputs[0]).toMatchObject({ dtype: 'float32', shape: [1, 4, 4, 8] });
    for (const { op, kernel } of graph.nodes) {
      if (op !== 'Reshape') expect([op, kernel]).toEqual([op, expect.stringMatching(/./)]);
    }
    expect(graph.passes).toContain('fuse-post-ops');
    expect(graph.unsharedBytes).toBeGreaterThanOrEqual(graph.arenaBytes);
    expect(graph.constantBytes).toBeGreaterThan(0);
    expect(graph.resultBytes).toBeGreaterThanOrEqual(5 * 4);
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });

  test('as text', () => {
    const { text, json } = explain(model);
    expect(text).toMatch('graph x>probabilities (float32[1,8,8,3]) -> float32[1,5]');
    expect(text).toMatch('ready, replays: 1');
    expect(text).toMatch('fuse-post-ops');
    expect(text).toMatch(/0 +Conv2D \+ bias \+ relu +float32\[1,4,4,8\] +\w+/);
    expect(text).toMatch('1 x first run with these shapes');
    for (const { op } of json.graphs[0].graph.nodes) expect(text).toMatch(op);
  });

  test('with what each step took, once runs were timed', async () => {
    const timed = await load(CLASSIFIER);
    const x = tf.ones([1, 8, 8, 3]);
    await warmup(timed, [[1, 8, 8, 3]]);
    await take(await run(timed, x));
    const graphOf = () => explain(timed).json.graphs[0].graph;
    expect(graphOf().timedRuns).toBeUndefined();
    expect(explain(timed).text).not.toMatch(/ [um]s/);
    for (let i = 0; i < 2; ++i) await take(await run(timed, x, { timed: true }));
    expect(graphOf().timedRuns).toBe(2);
    for (const { op, ns } of graphOf().nodes) {
      if (op !== 'Reshape') expect([op, ns]).toEqual([op, expect.any(Number)]);
    }
    expect(graphOf().nodes[0].ns).toBeGreaterThan(0);
    const { text, svg } = explain(timed);
    expect(text).toMatch(/ kernel +time/);
    expect(text).toMatch(/Conv2D \+ bias \+ relu .* [\d.]+ [um]s/);
    expect(
      drawn(svg)
        .boxes.flat()
        .some((line) => / [um]s/.test(line)),
    ).toBe(true);
    tf.dispose([x]);
    timed.dispose();
  });

  test('as a drawing, whose arrows are the inputs of nodes', () => {
    const { svg, json } = explain(model);
    const { nodes, inputs, constants, outputs } = json.graphs[0].graph;
    const { titles, boxes, arrows } = drawn(svg);
    expect(titles).toEqual(['x>probabilities (float32[1,8,8,3]) -> float32[1,5]']);
    expect([inputs.length, outputs.length]).toEqual([1, 1]);
    const known = new Set([...inputs, ...constants].map(({ id }) => id));
    for (const node of nodes) {
      expect(node.inputs.every((id) => id === null || known.has(id))).toBe(true);
      for (const { id } of node.outputs) known.add(id);
    }
    expect(boxes).toHaveLength(nodes.length + 2);
    expect(boxes[0]).toEqual(['input 0', 'float32[1,8,8,3]']);
    expect(boxes[1]).toEqual(['Conv2D + bias + relu', 'float32[1,4,4,8]', nodes[0].kernel]);
    expect(boxes[boxes.length - 1]).toEqual(['output 0', 'float32[1,5]']);
    // This one is a chain.
    expect(arrows).toBe(boxes.length - 1);
    expect(svg).not.toMatch(/href|<script|@import|https?:(?!\/\/www\.w3\.org\/2000\/svg")/);
  });
});

test('of a model in stages, with the nodes between', async () => {
  const model = await load(DETECTOR);
  await warmup(model, [[1, 16, 16, 3]]);
  const { json, text, svg } = explain(model);
  expect(json.graphs.map(({ part }) => part.replace(/.*#/, '')).sort()).toEqual(['0', '2']);
  expect(json.eagerNodes).toEqual(
    expect.arrayContaining([{ name: 'nms', op: 'NonMaxSuppressionV5' }]),
  );
  expect(text).toMatch('NonMaxSuppressionV5 nms');
  expect(drawn(svg).titles).toHaveLength(2);
  model.dispose();
  expect(explain(model).json.graphs).toEqual([]);
});

test('of the functions in a model, by name', async () => {
  const model = await load(LOOP);
  const feeds = { x: tf.ones([2, 4]), n: tf.scalar(2, 'int32') };
  await take(model.executeAsync(feeds, ['result']));
  await settled();
  const parts = explain(model).json.graphs.map(({ part }) => part);
  expect(parts.some((part) => part.startsWith('body: '))).toBe(true);
  expect(parts).toHaveLength(3);
  tf.dispose(feeds);
  model.dispose();
});

test('of a layers model, and of a compiled function', async () => {
  const model = tf.sequential({
    layers: [2, 3].map((units) => tf.layers.dense({ units, inputShape: [2] })),
  });
  expect(explain(model)).toMatchObject({
    json: { graphs: [], eager: {}, eagerNodes: [] },
    text: 'no graph is held\n',
  });
  await warmup(model, [[4, 2]]);
  expect(explain(model).json.graphs).toMatchObject([
    { part: 'predict', outputs: [{ shape: [4, 3] }], state: 'ready' },
  ]);
  const compiled = await compile((x) => tf.tanh(tf.neg(x)), { inputs: [{ shape: [2] }] });
  const { json } = explain(compiled);
  expect(json.graphs[0].graph.nodes.length).toBeGreaterThan(0);
  compiled.dispose();
  expect(explain(compiled).json.graphs).toEqual([]);
  model.dispose();
});

test('while a graph is being compiled, and where nothing is captured', async () => {
  const model = await load(CLASSIFIER);
  const x = tf.ones([1, 8, 8, 3]);
  const chain = longChain();
  tf.dispose([model.predict(x), model.predict(x)]);
  const { json, text, svg } = explain(model);
  // The chain holds compilation up, for as long as it takes.
  const [{ state, graph }] = json.graphs;
  expect(graph === null).toBe(state === 'compiling');
  expect(text).toMatch(state);
  expect(drawn(svg).titles).toHaveLength(1);
  await settled();
  expect(explain(model).json.graphs[0].graph.nodes.length).toBeGreaterThan(0);

  const stateful = tf.sequential({
    layers: [tf.layers.simpleRNN({ units: 2, stateful: true, batchInputShape: [1, 3, 2] })],
  });
  tf.tidy(() => void stateful.predict(tf.ones([1, 3, 2])));
  expect(explain(stateful).json).toMatchObject({
    graphs: [],
    eager: { 'the model is stateful': 1 },
  });
  tf.dispose([chain, x]);
  model.dispose();
  stateful.dispose();
});

test.each([null, undefined, 'x', {}, (x) => x])('refuses %p', (target) => {
  const error = { name: 'NativeError', code: 'BAD_ATTR', op: 'explain' };
  expect(errorOf(() => explain(target))).toMatchObject(error);
});

describe('drawings', () => {
  const type = (id) => ({ id, dtype: 'float32', shape: [id] });
  const graphOf = (nodes, inputs, outputs) => ({
    passes: [],
    nodes,
    inputs: inputs.map(type),
    constants: [type(7)],
    outputs,
    arenaBytes: 999,
    unsharedBytes: 999_950,
    constantBytes: 1234,
    resultBytes: 0,
    text: '',
  });
  const dataOf = (graph, part = 'f') => ({
    graphs: [{ part, inputs: [], outputs: [], state: 'ready', error: null, replays: 0, graph }],
    eager: {},
    eagerNodes: [],
  });

  test('hold whatever a name holds', () => {
    const name = `<script>&"'\u0000\u001b\ud83d\ude00${'x'.repeat(200)}`;
    const tensors = { inputs: [0, null, 7], outputs: [type(1), null] };
    const node = { op: name, name, ...tensors, kernel: name, ns: 1234 };
    const data = dataOf(graphOf([node], [0], [1, 0, 7]), name);
    const { boxes, titles, arrows } = drawn(svgOf(data));
    expect(boxes).toHaveLength(5);
    expect(boxes[1][0]).toMatch(/^<script>&"'.*…$/u);
    expect(boxes[1][1]).toBe('float32[1], -');
    expect(titles[0]).toMatch(/^<script>/);
    expect(boxes[1][2]).toMatch(/^<script>/);
    // Constants have no boxes.
    expect(boxes[4]).toEqual(['output 2', 'float32[7]']);
    expect(arrows).toBe(3);
    expect(textOf(data)).toMatch('1.2 us');
    expect(textOf(data)).toMatch('999 B shared by what would take 1.0 MB, constants 1.2 kB');
  });

  /** Boxes of which each depends on some of the last ones before it, and some on one far above. */
  function randomBoxes(count) {
    let state = 1;
    const below = (n) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state % n;
    };
    const boxes = Array.from({ length: count }, () => ({
      width: 20 + below(200),
      height: 20 + below(40),
      layer: 0,
      x: 0,
      y: 0,
    }));
    const edges = new Map();
    for (let to = 1; to < count; ++to) {
      for (const from of [to - 1 - below(Math.min(to, 6)), below(to)].slice(0, 1 + below(2))) {
        edges.set(`${from}>${to}`, [boxes[from], boxes[to]]);
      }
    }
    return { boxes, edges: [...edges.values()] };
  }

  test.each([1, 2, 5, 40, 200])('of %d boxes go down, and none lies over another', (count) => {
    const { boxes, edges } = randomBoxes(count);
    const { lines, width, height } = layOut(boxes, edges);
    expect(lines.map(({ from, to }) => [from, to])).toEqual(edges);
    for (const { from, to, bends } of lines) {
      const path = [from, ...bends, to];
      path.slice(1).forEach((box, i) => expect(box.y).toBeGreaterThan(path[i].y + path[i].height));
    }
    const all = [...new Set([...boxes, ...lines.flatMap(({ bends }) => bends)])];
    for (const a of all) {
      expect(a.x - a.width / 2).toBeGreaterThanOrEqual(-1e-6);
      expect(a.x + a.width / 2).toBeLessThanOrEqual(width + 1e-6);
      expect(a.y + a.height).toBeLessThanOrEqual(height);
      for (const b of all) {
        const isBeside = Math.abs(a.x - b.x) >= (a.width + b.width) / 2;
        const isAbove = a.y + a.height <= b.y || b.y + b.height <= a.y;
        if (a !== b && !isBeside && !isAbove) throw new Error('two boxes overlap');
      }
    }
  });

  test('of a graph of 20,000 nodes, some of which are used far below', () => {
    const nodes = Array.from({ length: 20_000 }, (_, i) => ({
      op: 'Add',
      inputs: [i, i % 100 === 0 ? 0 : Math.floor(i / 2)],
      outputs: [type(i + 1)],
      kernel: 'simd',
    }));
    const svg = svgOf(dataOf(graphOf(nodes, [0], [20_000])));
    expect(svg.match(/<g class="node"/g)).toHaveLength(20_000);
  });
});
