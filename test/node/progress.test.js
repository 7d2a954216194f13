'use strict';

const tf = require('../../lib');

const { progressBarHelper, getSuccinctNumberDisplay, getDisplayDecimalPlaces } = tf.node;
const { ProgressBar, log } = progressBarHelper;

const SAMPLES = 7;
const xs = tf.randomUniform([SAMPLES, 2], 0, 1, 'float32', 1);
const ys = tf.randomUniform([SAMPLES, 1], 0, 1, 'float32', 2);

/** The lines of an epoch as people read them. */
const EPOCH_END = /^\d+ms \d+us\/step - loss=\d\S+ $/;

afterEach(() => Object.assign(progressBarHelper, { ProgressBar, log, stream: null }));

function makeModel(metrics) {
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: 1, inputShape: [2] }));
  model.compile({ loss: 'meanSquaredError', optimizer: 'sgd', metrics });
  return model;
}

const fit = (args, model = makeModel()) => model.fit(xs, ys, { batchSize: 2, epochs: 2, ...args });

/** A terminal that keeps what it is sent, and what a person would see on it. */
class FakeTerminal {
  isTTY = true;
  columns = 60;
  sent = '';
  write(text) {
    this.sent += text;
  }
  /** Lines that stay. */
  get lines() {
    return this.sent.split('\n').map((line) => line.split('\r').pop().replaceAll('\x1b[K', ''));
  }
  /** All states of the line of the bar. */
  get bars() {
    const states = this.sent.split(/[\r\n]/).map((text) => text.replaceAll('\x1b[K', ''));
    return states.filter((text) => text.startsWith('eta='));
  }
}

/** Records what the helper's parts are told. */
function recordCalls() {
  const calls = { lines: [], bars: [] };
  progressBarHelper.log = (line) => calls.lines.push(line);
  progressBarHelper.ProgressBar = class {
    constructor(format, options) {
      this.ticks = [];
      calls.bars.push({ format, options, ticks: this.ticks });
    }
    tick(...args) {
      this.ticks.push(args);
    }
  };
  return calls;
}

describe('on a terminal', () => {
  test('an epoch leaves two lines, and a bar runs between them', async () => {
    const terminal = new FakeTerminal();
    progressBarHelper.stream = terminal;
    await fit({});
    const { lines, bars } = terminal;
    expect(lines).toEqual([
      'Epoch 1 / 2',
      expect.stringMatching(EPOCH_END),
      'Epoch 2 / 2',
      expect.stringMatching(EPOCH_END),
      '',
    ]);
    // One for each epoch at the least; how many more depends on how fast it goes.
    expect(bars.length).toBeGreaterThanOrEqual(2);
    for (const bar of bars) {
      expect(bar).toMatch(/^eta=\d+\.\d =*>-* loss=\d\S+$/);
      expect(bar.length).toBeLessThan(terminal.columns);
    }
    // After the first of four batches, and the end of the epoch that is still to come.
    expect(bars[0].split(' ')[1]).toBe('=====>'.padEnd(30, '-'));
  });

  test('long lists of metrics are cut, so that no line is wrapped', async () => {
    const terminal = new FakeTerminal();
    terminal.columns = 50;
    progressBarHelper.stream = terminal;
    await fit({}, makeModel(['MAE', 'MSE', 'MAPE']));
    for (const bar of terminal.bars) {
      expect(bar.length).toBeLessThan(50);
      expect(bar).toMatch(/\.\.\.$/);
    }
    expect(terminal.lines[1]).toMatch(/ MAE=\S+ MAPE=\S+ MSE=\S+ loss=\S+ $/);
  });

  test.each([0, 5])('a terminal of %i columns', async (columns) => {
    const terminal = new FakeTerminal();
    terminal.columns = columns;
    progressBarHelper.stream = terminal;
    await fit({ epochs: 1 });
    const states = terminal.sent.split('\r').slice(1);
    const longest = Math.max(...states.map((text) => text.indexOf('\x1b[K')));
    if (columns === 0) expect(longest).toBeGreaterThan(40);
    else expect(longest).toBe(4);
  });

  test('verbose: 0 is silent', async () => {
    progressBarHelper.stream = new FakeTerminal();
    await fit({ verbose: 0 });
    expect(progressBarHelper.stream.sent).toBe('');
  });

  test('a dataset of unknown length', async () => {
    const terminal = new FakeTerminal();
    progressBarHelper.stream = terminal;
    let left = 0;
    const data = tf.data.generator(function* () {
      for (left = 3; left > 0; --left) yield { xs: xs.clone(), ys: ys.clone() };
    });
    await makeModel().fitDataset(data, { epochs: 1 });
    expect(terminal.bars[0]).toMatch(/^eta=\? -{30} loss=/);
    expect(terminal.lines).toEqual(['Epoch 1 / 1', expect.stringMatching(EPOCH_END), '']);
  });
});

describe('where there is no terminal', () => {
  test('it is silent, and no loss is read', async () => {
    const stream = { ...new FakeTerminal(), isTTY: false, write: jest.fn() };
    progressBarHelper.stream = stream;
    const read = jest.spyOn(tf.Tensor.prototype, 'data');
    await fit({ epochs: 1 });
    const reads = read.mock.calls.length;
    await fit({ epochs: 1, verbose: 0 });
    expect(read.mock.calls.length).toBe(2 * reads);
    read.mockRestore();
    expect(stream.write).not.toHaveBeenCalled();
  });

  test('whoever puts in parts of their own gets to see it', async () => {
    const { lines, bars } = recordCalls();
    const before = tf.memory().numTensors;
    await fit({ epochs: 3 }).then(() => expect(tf.memory().numTensors - before).toBeLessThan(10));
    expect(lines).toHaveLength(6);
    expect(lines[4]).toBe('Epoch 3 / 3');
    expect(lines[5]).toMatch(EPOCH_END);
    expect(bars).toHaveLength(3);
    for (const { format, options, ticks } of bars) {
      expect(format).toBe('eta=:eta :bar :placeholderForLossesAndMetrics');
      expect(options).toMatchObject({ total: 5, head: '>', renderThrottle: 50 });
      const shown = ticks.map(([tokens]) => tokens.placeholderForLossesAndMetrics);
      const loss = expect.stringMatching(/^loss=\d\S+ $/);
      expect(shown).toEqual([loss, loss, loss, loss, '']);
    }
  });

  test('whoever only takes the lines gets no bar', async () => {
    const stream = { isTTY: false, write: jest.fn() };
    const lines = [];
    Object.assign(progressBarHelper, { stream, log: (line) => lines.push(line) });
    await fit({ epochs: 1 });
    expect(lines).toEqual(['Epoch 1 / 1', expect.stringMatching(EPOCH_END)]);
    expect(stream.write).not.toHaveBeenCalled();
  });

  test('what is shown is what is computed', async () => {
    const { lines } = recordCalls();
    const args = { validationData: [xs, ys], verbose: 2 };
    const { history } = await fit(args, makeModel(['MAE']));
    const shown = [0, 1].map((epoch) =>
      ['MAE', 'loss', 'val_MAE', 'val_loss']
        .map((name) => `${name}=${getSuccinctNumberDisplay(history[name][epoch])} `)
        .join(''),
    );
    expect(lines[1].split(' - ')[1]).toBe(shown[0]);
    expect(lines[3].split(' - ')[1]).toBe(shown[1]);
  });

  test.each([
    ['a dataset whose batches are counted', { batchesPerEpoch: 2 }, [[1], [1], ['end']], 3],
    ['a dataset of unknown length', {}, [[0], [0], [0], ['end']], 1],
  ])('%s', async (_, args, expected, total) => {
    const { bars, lines } = recordCalls();
    const data = tf.data.generator(function* () {
      for (let i = 0; i < 3; ++i) yield { xs: xs.clone(), ys: ys.clone() };
    });
    await makeModel().fitDataset(data, { epochs: 1, ...args });
    expect(lines).toHaveLength(2);
    expect(bars).toHaveLength(1);
    expect(bars[0].options.total).toBe(total);
    const kinds = bars[0].ticks.map(([first, second]) => {
      if (typeof first === 'number') return [first];
      return [first.placeholderForLossesAndMetrics === '' && second === undefined ? 'end' : 1];
    });
    expect(kinds).toEqual(expected);
  });

  test('the logs of other callbacks stay whole, and no tensor is left', async () => {
    recordCalls();
    const losses = [];
    const callbacks = { onBatchEnd: (_, logs) => losses.push(logs.loss) };
    const model = makeModel();
    await fit({ callbacks }, model);
    const before = tf.memory().numTensors;
    await fit({ callbacks }, model);
    expect(tf.memory().numTensors).toBe(before);
    expect(losses).toHaveLength(16);
    for (const loss of losses) expect(typeof loss).toBe('number');
  });
});

describe('a bar', () => {
  /** @param {number[]} ticks @returns the lines that are shown for them */
  function shown(ticks, { format = ':bar|:other', total = 4, ...options } = {}) {
    const terminal = new FakeTerminal();
    const base = { total, width: 4, head: '>', renderThrottle: 0, stream: terminal };
    const bar = new ProgressBar(format, { ...base, ...options });
    for (const tick of ticks) bar.tick(tick);
    return terminal.sent.split('\r').slice(1);
  }

  test('grows, and goes away at the end', () => {
    expect(shown([0, 1, 1, 1, 1, 1])).toEqual([
      '----|:other\x1b[K',
      '>---|:other\x1b[K',
      '=>--|:other\x1b[K',
      '==>-|:other\x1b[K',
      '\x1b[K',
    ]);
  });

  test('is not drawn more often than wished, except for its end', () => {
    expect(shown([1, 1, 1, 1], { renderThrottle: 1e9 })).toHaveLength(2);
  });

  test('keeps its tokens, and shows them as they are', () => {
    const terminal = new FakeTerminal();
    const options = { total: 9, width: 1, head: '>', renderThrottle: 0, stream: terminal };
    const bar = new ProgressBar('<:a:b>', options);
    bar.tick({ a: '$&', b: ':a' });
    bar.tick();
    expect(terminal.sent.split('\r').slice(1)).toEqual(Array(2).fill('<$&:a>\x1b[K'));
  });
});

// As in the documentation of the functions: two decimals, or as many as show three digits that count.
test.each([
  [Infinity, 'Infinity', 2],
  [-Infinity, '-Infinity', 2],
  [NaN, 'NaN', 2],
  [0, '0.00', 2],
  [300, '300.00', 2],
  [-30, '-30.00', 2],
  [1, '1.00', 2],
  [0.5, '0.500', 3],
  [-1e-2, '-0.0100', 4],
  [1e-3, '1.00e-3', 5],
  [-4e-3, '-4.00e-3', 5],
  [1e-6, '1.00e-6', 8],
])('the number %d is shown as %s', (x, text, decimals) => {
  expect(getSuccinctNumberDisplay(x)).toBe(text);
  expect(getDisplayDecimalPlaces(x)).toBe(decimals);
});

test('a second copy of this package adds no second bar', () => {
  const layers = require('@tensorflow/tfjs-layers');
  const { installProgress } = require('../../lib/node/progress');
  const registerCallbackConstructor = jest.fn();
  installProgress({ ...layers, registerCallbackConstructor });
  expect(registerCallbackConstructor).not.toHaveBeenCalled();
  class LayersModel {}
  installProgress({ ...layers, LayersModel, registerCallbackConstructor });
  expect(registerCallbackConstructor).toHaveBeenCalledTimes(1);
});
