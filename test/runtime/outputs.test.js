'use strict';

const { tf, errorOf } = require('./support');

const PART = 1 << 16;
const live = () => tf.native.memory().liveBytes;

/** @type {any} */
let session;

beforeAll(async () => {
  await tf.setBackend('onednn');
  session = tf.backend().session;
});
afterEach(() => jest.restoreAllMocks());

test.each([1, 2, 3, 100])('%d outputs take two calls at most', (count) => {
  const x = tf.tensor2d(
    Float32Array.from({ length: 2 * count }, (_, i) => i),
    [count, 2],
  );
  const spies = Object.values(session)
    .filter((member) => typeof member === 'function' && member !== session.onDone)
    .map(({ name }) => jest.spyOn(session, name));
  const rows = tf.unstack(x);
  const calls = spies.flatMap((spy) => spy.mock.calls.map(() => spy.getMockName()));
  expect(calls.length).toBeLessThanOrEqual(2);
  expect(calls.length).toBeGreaterThan(0);
  jest.restoreAllMocks();
  expect(rows.map((row) => Array.from(row.dataSync()))).toEqual(
    Array.from({ length: count }, (_, i) => [2 * i, 2 * i + 1]),
  );
  tf.dispose([x, rows]);
});

describe('outputs that are not adopted', () => {
  // TopK's two outputs are the only new memory.
  const x = () => tf.zeros([PART]);
  const topK = (tensor) => tf.topk(tensor, PART);

  test.each([
    [
      'as the cells could not be made',
      () => {
        throw new Error('on purpose');
      },
      /on purpose/,
    ],
    ['as there are too few cells', (adopt, cells) => adopt([cells[0]]), /each output, got 1/],
    ['as there are too many', (adopt, cells) => adopt([...cells, {}]), /each output, got 3/],
    ['as there is no list', (adopt) => adopt(undefined), /each output, got 0/],
    [
      'as one cell is none',
      (adopt, cells) => {
        tf.backend().frame.words[1] = -1;
        return adopt([cells[0], 7]);
      },
      /could not be tied/,
    ],
    [
      'as one cell is not empty',
      (adopt, cells) => {
        tf.backend().frame.words[1] = tf.backend().write([1], [1], 'float32').slot;
        return adopt(cells);
      },
      /not empty/,
    ],
  ])('(%s) go with the next call', (_, fail, message) => {
    const input = x();
    topK(input).values.dispose();
    session.synchronize();
    const before = live();
    const adopt = session.adopt;
    jest.spyOn(session, 'adopt').mockImplementation((cells) => fail(adopt, cells));
    expect(errorOf(() => topK(input)).message).toMatch(message);
    jest.restoreAllMocks();
    const [a, b] = tf.split(tf.tensor1d([1, 2]), 2);
    expect([a.dataSync()[0], b.dataSync()[0]]).toEqual([1, 2]);
    session.synchronize();
    // One that got its cell stays until that is collected.
    expect(live() - before).toBeLessThanOrEqual(4 * PART + 1024);
    tf.dispose([input, a, b]);
  });
});
