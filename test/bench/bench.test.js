'use strict';

// What keeps the bench honest: differences, missing contenders and threads that do not run are seen.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { chooseBench } = require('./command-line');
const { ContenderProcess } = require('./contender-process');
const { difference, tolerance } = require('./compare');
const { chooseModels, leftOut, listModels, modelInputs } = require('./models');
const { race } = require('./race');
const { layersBehind } = require('./run-layers');
const { timesTable, ratiosTable, extrasTable } = require('./report');
const { folderBytes } = require('./run-install');
const { scatter } = require('./statistics');

describe('layers', () => {
  const step = (op, shape, us) => ({ op, name: `${op}-${us}`, shape, us });

  test('are told apart by their extents, whatever the order and layout', () => {
    const native = [
      step('Conv2D', [1, 8, 8, 7], 30),
      step('Relu', [1, 8, 8, 7], 99),
      step('Conv2D', [1, 4, 4, 32], 12),
      step('BatchMatMul', [1, 10], 5),
    ];
    const onnxruntime = [
      step('Conv', [1, 32, 4, 4], 8),
      step('Gemm', [1, 10], 6),
      step('Conv', [1, 16, 8, 8], 20),
    ];
    const rows = layersBehind({ native, onnxruntime }, 5).split('\n');
    expect(rows[0]).toContain('ahead in 2 products by 14 us');
    expect(rows.slice(2)).toEqual([
      '| Conv2D, 1x8x8x7 (Conv Conv-20) | 30 | 20 | 0.67 |',
      '| Conv2D, 1x4x4x32 (Conv Conv-8) | 12 | 8.0 | 0.67 |',
    ]);
    expect(layersBehind({ native, onnxruntime }, 1).split('\n')).toHaveLength(3);
  });

  test('are not told apart where there are others', () => {
    const one = [step('Conv2D', [1, 2], 1)];
    expect(layersBehind({ native: one, onnxruntime: [] }, 5)).toMatch('not the same');
    expect(layersBehind({ native: one, onnxruntime: [step('Conv', [1, 2], 3)] }, 5)).toMatch(
      'ahead in none',
    );
  });
});

test('the bytes of a folder are those of all its files', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tfjs-native-bytes-'));
  fs.mkdirSync(path.join(folder, 'a/b'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'one'), 'x'.repeat(10));
  fs.writeFileSync(path.join(folder, 'a/b/two'), 'x'.repeat(300));
  expect(folderBytes(folder)).toBe(310);
  fs.rmSync(folder, { recursive: true });
  expect(folderBytes(folder)).toBe(0);
});

describe('difference of outputs', () => {
  const outputs = [Float32Array.of(0.5, 0.5001, 0.5002), Float32Array.of(7)];

  test('is relative to the spread of an output', () => {
    expect(difference(outputs, outputs)).toBe(0);
    const moved = [Float32Array.of(0.5, 0.50011, 0.5002), Float32Array.of(7)];
    expect(difference(outputs, moved)).toBeCloseTo(0.05, 3);
    expect(difference(outputs, [outputs[0], Float32Array.of(7.7)])).toBeCloseTo(0.1);
  });

  test('of one value far below others is none', () => {
    expect(difference([Float32Array.of(6e-8)], [Float32Array.of(8e-8)])).toBeLessThan(1e-5);
    expect(difference([Float32Array.of(0.02)], [Float32Array.of(0.021)])).toBeCloseTo(0.05);
  });

  test.each([
    ['another count', [outputs[0]]],
    ['another size', [outputs[0], Float32Array.of(7, 7)]],
    ['another order', [outputs[1], outputs[0]]],
    ['a NaN', [Float32Array.of(0.5, NaN, 0.5002), outputs[1]]],
  ])('tells %s', (_name, actual) => {
    expect(difference(outputs, actual)).toBeGreaterThan(tolerance);
  });
});

describe('tables', () => {
  const both = (native, wasm) => ({ native, wasm });
  const figures = new Map([
    ['resnet50', new Map([1, 2].map((count) => [count, both(100 / count, 400 / count)]))],
    [
      'emotion',
      new Map([
        [1, both(2, 2)],
        [2, { native: 1 }],
      ]),
    ],
  ]);

  test('have a row a model and say what is missing', () => {
    expect(timesTable(figures, [1, 2], ['native', 'wasm', 'cpu'])).toBe(
      [
        '| model | threads | tfjs-native | tfjs wasm |',
        '| --- | --: | --: | --: |',
        '| ResNet50 224 | 1 / 2 | 100 / 50.0 | 400 / 200 |',
        '| emotion | 1 / 2 | 2.0 / 1.0 | 2.0 / missing |',
      ].join('\n'),
    );
  });

  test('have what else is known', () => {
    const native = { startMs: 123.4, rssBytes: 300 * 2 ** 20, scatter: 0.052 };
    const extras = new Map([['emotion', new Map([[2, { native }]])]]);
    expect(extrasTable(extras, [1, 2], ['native', 'cpu']).split('\n')[2]).toBe(
      '| emotion | 1 / 2 | missing / 123; 300; 5 |',
    );
    expect(scatter([1, 2, 3, 4, 5])).toBeCloseTo(2 / 3);
  });

  test('have geometric means of the ratios', () => {
    const rows = ratiosTable(figures, [1, 2], ['native', 'wasm']).split('\n');
    expect(rows.slice(2)).toEqual([
      '| ResNet50 224 | 1 / 2 | 4.00 / 4.00 |',
      '| emotion | 1 / 2 | 1.00 / missing |',
      '| geometric mean | 1 / 2 | 2.00 / 4.00 (1 of 2) |',
    ]);
  });
});

describe('contenders', () => {
  async function start(kind, threads) {
    const contender = new ContenderProcess(kind, 'mobilenet-v2', threads);
    const answer = await contender.answer();
    await contender.end();
    return answer;
  }

  const testThreads = process.platform === 'linux' ? test : test.skip;
  testThreads('wasm computes on as many threads as asked for', async () => {
    expect(await start('wasm', 2)).toMatchObject({ ready: true, note: '2 busy threads' });
  });

  test('one that cannot run is a problem of the race', async () => {
    const { medians, problems } = await race('mobilenet-v2', 9, ['wasm'], 0.1);
    expect(medians).toEqual({});
    expect(problems).toEqual([expect.stringMatching('wasm is missing: .* at most 8 threads')]);
  });
});

describe('models', () => {
  test('are those at hand where none are named', async () => {
    const { names, missing } = listModels();
    const { models, notes } = await chooseModels(undefined);
    expect(models).toEqual(names);
    expect(notes).toHaveLength(missing.length);
    expect(names).not.toContain('iris');
  });

  test('are named once each, and what is left out is said', async () => {
    const { models, notes } = await chooseModels('bert,rvm,resnet50,bert');
    expect(models).toEqual(['bert', 'resnet50']);
    expect(notes).toEqual([`rvm: left out, ${leftOut.rvm}`]);
    await expect(chooseModels('bert,humans')).rejects.toThrow(
      /^no such model: humans; there are .*iris.*human/,
    );
  });

  test('have extents that their graphs or their signatures give', () => {
    const placeholder = (name, type, sizes) => ({
      name,
      op: 'Placeholder',
      attr: {
        dtype: { type },
        shape: { shape: { dim: sizes.map((size) => ({ size: String(size) })) } },
      },
    });
    const node = [
      placeholder('image', 'DT_INT32', [-1, -1, 8, 3]),
      placeholder('ratio', 'DT_FLOAT', []),
    ];
    const dim = [-1, 16, 9, 3].map((size) => ({ size: String(size) }));
    const signature = { inputs: { first: { name: 'image:0', tensorShape: { dim } } } };
    const expected = [
      { name: 'image', shape: [1, 16, 8, 3], dtype: 'int32' },
      { name: 'ratio', shape: [], dtype: 'float32' },
    ];
    expect(modelInputs({ modelTopology: { node }, signature })).toEqual(expected);
    expect(modelInputs({ modelTopology: { node }, userDefinedMetadata: { signature } })).toEqual(
      expected,
    );
  });
});

test('the first argument names a bench', () => {
  const benches = ['models', 'kernels'];
  expect(chooseBench(['kernels', '--op', 'Add'], benches)).toEqual(['kernels', ['--op', 'Add']]);
  expect(chooseBench(['--threads', '1'], benches)).toEqual(['models', ['--threads', '1']]);
  expect(() => chooseBench(['kernel'], benches)).toThrow(
    'no such bench: kernel; there are models, kernels',
  );
});
