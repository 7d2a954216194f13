'use strict';

// What happens while a graph is being compiled, which takes a while only for large ones: with graphs
// whose compilation ends when the test says so.

const { CapturedGraph } = require('../../lib/capture/captured-graph');
const { Captures } = require('../../lib/capture/captures');
const { NativeError } = require('../../lib/native-error');
const { tf, countsOf, valuesOf } = require('./support');

const { tryRecord } = CapturedGraph;
/** @type {{graph: object, end: (error?: Error) => Promise<void>}[]} */
let compilations;

beforeAll(() => tf.setBackend('onednn'));
beforeEach(() => {
  compilations = [];
  jest.spyOn(CapturedGraph, 'tryRecord').mockImplementation((...args) => {
    const recording = tryRecord(...args);
    const { graph: real } = recording;
    real.compile();
    let end;
    const ended = new Promise((resolve) => (end = resolve));
    const graph = {
      state: 'recorded',
      error: null,
      compile: () => (graph.state = 'compiling'),
      async ready() {
        await ended;
        if (graph.error !== null) throw graph.error;
      },
      run: (inputs) => real.run(inputs),
      dispose: jest.fn(() => real.dispose()),
    };
    compilations.push({
      graph,
      end: async (error = null) => {
        await real.ready();
        graph.state = error === null ? 'ready' : 'failed';
        graph.error = error;
        end();
        await new Promise(setImmediate);
      },
    });
    return { ...recording, graph };
  });
});
afterEach(() => jest.restoreAllMocks());

const makeCaptures = () => new Captures(() => ({ stillHold: () => true, has: () => false }));
const plusOne = jest.fn(([x]) => [tf.add(x, 1)]);
const run = (captures, value, shape = [2]) =>
  tf.tidy(() => valuesOf(captures.run('f', [tf.fill(shape, value)], plusOne))[0][0]);

test('runs are eager while a graph is being compiled', async () => {
  const captures = makeCaptures();
  plusOne.mockClear();
  const calls = () => {
    for (let i = 0; i < 3; ++i) expect(run(captures, i)).toBe(i + 1);
  };
  const during = await countsOf(calls, { waits: false });
  expect(during).toMatchObject({ recorded: 1, compiled: 0, eager: { 'being compiled': 2 } });
  expect(plusOne).toHaveBeenCalledTimes(3);
  const settled = captures.settled();
  const after = await countsOf(async () => {
    await compilations[0].end();
    await settled;
    for (let i = 0; i < 3; ++i) expect(run(captures, i)).toBe(i + 1);
  });
  expect(after).toMatchObject({ recorded: 0, compiled: 1, replayed: 3, eager: {} });
  expect(plusOne).toHaveBeenCalledTimes(3);
});

test('what could not be compiled stays eager, with the reason', async () => {
  const captures = makeCaptures();
  expect(run(captures, 1)).toBe(2);
  await compilations[0].end(new NativeError('OUT_OF_MEMORY', 'compile', 'no room'));
  await captures.settled();
  const counts = await countsOf(() => {
    for (let i = 0; i < 20; ++i) expect(run(captures, i)).toBe(i + 1);
  });
  expect(counts).toMatchObject({ recorded: 0, replayed: 0, eager: { '[compile] no room': 20 } });
  expect(captures.size).toBe(0);
  expect(captures.lastReason).toBe('[compile] no room');
  // Other shapes are tried.
  run(captures, 1, [3]);
  run(captures, 1, [3]);
  await compilations[1].end();
  expect((await countsOf(() => run(captures, 1, [3]))).replayed).toBe(1);
});

test('a graph that goes is disposed', async () => {
  const captures = makeCaptures();
  run(captures, 1);
  await compilations[0].end();
  captures.clear();
  expect(compilations[0].graph.dispose).toHaveBeenCalledTimes(1);
  expect(run(captures, 2)).toBe(3);
});
