'use strict';

// What keeps the bench of kernels honest: every operator is in it, and all that are compared compute
// the same.

const tf = require('../../lib');
const { BenchProcess } = require('./bench-process');
const { difference, tolerance } = require('./compare');
const { Copies } = require('./copies');
const { kernelCases, leftOut, sizes } = require('./kernel-cases');
const { prepareCall } = require('./kernel-cases/call');
const { sizeOf } = require('./kernel-cases/tensors');
const { KernelContender, raceKernel } = require('./kernel-race');
const { kernelTable, findSlow, slowTable, farTable, ceilingsText } = require('./kernel-report');

const known = new Set([...kernelCases.map(({ op }) => op), ...Object.keys(leftOut)]);
const caseOf = (name) => kernelCases.find((one) => one.name === name);

test('every operator has a case, or a reason to have none', () => {
  const registered = tf.native.kernels('onednn');
  expect(registered.filter((op) => !known.has(op))).toEqual([]);
  expect([...known].filter((op) => !registered.includes(op))).toEqual([]);
  expect(kernelCases.filter(({ op }) => Object.hasOwn(leftOut, op))).toEqual([]);
});

test('cases have names of their own', () => {
  const names = kernelCases.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe('cases', () => {
  /** Shapes, dtypes and values of what a case's call gives, or null. */
  async function outputsOn(backend, kernelCase, size) {
    await tf.setBackend(backend);
    const prepared = prepareCall(tf, kernelCase, size);
    if (prepared === null) return null;
    const outputs = [await prepared.call()].flat();
    const given = outputs.map(({ shape, dtype }) => ({ shape, dtype }));
    const values = outputs.map((tensor) => tensor.dataSync());
    tf.dispose(outputs);
    prepared.dispose();
    return { given, values };
  }

  /** A call's largest tensor is about as large as its size says; filters are as models have them. */
  function expectLargest({ make }, outputs, size) {
    const { filter, ...inputs } = make(size).inputs;
    const counts = [...Object.values(inputs).flat(), ...(filter ? [] : outputs)].map(
      ({ shape, data }) => data?.length ?? sizeOf(shape),
    );
    expect(Math.max(...counts) / size).toBeGreaterThanOrEqual(0.5);
    expect(Math.max(...counts) / size).toBeLessThan(8);
  }

  test.each(kernelCases.map(({ name }) => name))('%s', async (name) => {
    const kernelCase = caseOf(name);
    const before = tf.memory().numTensors;
    for (const size of [sizes.tiny, sizes['1k']]) {
      const ours = await outputsOn('onednn', kernelCase, size);
      const expected = await outputsOn('cpu', kernelCase, size);
      expect(ours.given).toEqual(expected.given);
      expect(difference(expected.values, ours.values)).toBeLessThan(tolerance);
      if (size >= sizes['1k']) expectLargest(kernelCase, ours.given, size);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('races', () => {
  test('time those that have the kernel, and know what it moves', async () => {
    const contenders = ['native', 'cpu', 'wasm'].map((kind) => new KernelContender(kind, 1));
    try {
      const sum = await raceKernel(contenders, caseOf('Add a row'), '1k', 0.02);
      expect(sum).toMatchObject({ problems: [], bytes: 4 * (1024 + 32 + 1024) });
      expect(Object.keys(sum.times).sort()).toEqual(['cpu', 'native', 'wasm']);
      const product = await raceKernel(contenders, caseOf('BatchMatMul'), 'tiny', 0.02);
      expect(product).toMatchObject({ problems: [], products: 64 });
      // The wasm backend writes integers whatever the dtype.
      const hot = await raceKernel(contenders, caseOf('OneHot'), 'tiny', 0.02);
      expect(hot).toMatchObject({ problems: [], times: { wasm: { differs: true } } });
      expect(hot.times.cpu).not.toHaveProperty('differs');
      const pair = await raceKernel(contenders, caseOf('Complex'), 'tiny', 0.02);
      expect(pair.problems).toEqual([]);
      expect(Object.keys(pair.times).sort()).toEqual(['cpu', 'native']);
    } finally {
      for (const contender of contenders) await contender.end();
    }
  });

  test.each([1, 2])('give copies on %d threads their turns', async (threads) => {
    const contender = new KernelContender('native', threads);
    const copies = new Copies(threads);
    try {
      await copies.start();
      const { problems, copied } = await raceKernel(
        [contender],
        caseOf('Neg'),
        '16m',
        0.02,
        copies,
      );
      expect(problems).toEqual([]);
      expect(copied.own).toBeGreaterThan(0);
      expect(copied.memcpy).toBeGreaterThan(0);
    } finally {
      await contender.end();
      await copies.end();
    }
  });

  test('go on without what does not start, and say so once', async () => {
    const contender = new KernelContender('wasm', 9);
    const problems = [];
    for (const size of /** @type {const} */ (['tiny', '1k'])) {
      const cell = await raceKernel([contender], caseOf('Add'), size, 0.02);
      expect(cell.times).toEqual({});
      problems.push(...cell.problems);
    }
    await contender.end();
    expect(problems).toEqual([expect.stringMatching('^Add, tiny: wasm: is missing: .* at most 8')]);
  });

  test('go on without what does not answer', async () => {
    const contender = new BenchProcess('kernel-process.js', ['cpu', '1'], 1);
    await contender.answer();
    expect(await contender.ask({ prepare: { name: 'Conv3D', size: '1m' } })).toEqual({});
    expect(await contender.ask({ first: true }, 1)).toMatchObject({ late: true });
    expect(contender.hasEnded).toBe(true);
  });
});

describe('reports', () => {
  const cell = (name, size, times, more = {}) => ({ name, size, times, problems: [], ...more });
  const cells = [
    cell('Add', 'tiny', { native: { ms: 1e-3 }, cpu: { ms: 5e-4 }, wasm: { ms: 1e-4 } }),
    cell('Sub', 'tiny', { native: { ms: 1e-3 }, cpu: { ms: 9e-4 }, wasm: { ms: 1e-4 } }),
    cell('Neg', '64k', { native: { ms: 0.02, bestMs: 0.016 }, cpu: { ms: 4 }, wasm: { ms: 0.005 } }, { bytes: 524288 }),
    cell('Conv2D', '1m', { native: { ms: 10 }, cpu: { ms: 2000, mark: 'more' } }, { products: 6e8 }),
    cell('OneHot', '1k', { native: { ms: 2e-3 }, wasm: { ms: 1e-3, differs: true } }),
    cell('Where', '1k', { native: { ms: 2000, mark: 'more' }, cpu: { ms: 2000, mark: 'more' } }),
  ]; // prettier-ignore
  const ceilings = { gigaflops: 200, gigabytes: new Map([['64k', 52.4288]]) };

  test('have a row a call', () => {
    expect(kernelTable(cells, ceilings).split('\n').slice(2)).toEqual([
      '| Add | tiny | 1.00 | 0.50 | 0.10 | 0.50 | 0.10 |  |  |',
      '| Sub | tiny | 1.00 | 0.90 | 0.10 | 0.90 | 0.10 |  |  |',
      '| Neg | 64k | 20.0 | 4000 | 5.00 | 200 | 0.25 | 32.8 GB/s | 62.5 |',
      '| Conv2D | 1m | 10000 | > 2000000 |  | > 200 |  | 120 GFLOP/s | 60.0 |',
      '| OneHot | 1k | 2.00 |  | ≠ 1.00 |  | 0.50 |  |  |',
      '| Where | 1k | > 2000000 | > 2000000 |  |  |  |  |  |',
    ]);
  });

  test('say what is slow, the worst first', () => {
    expect(findSlow(cells).map(({ cell: { name }, kind, times }) => [name, kind, times])).toEqual([
      ['Neg', 'wasm', 4],
      ['Add', 'cpu', 2],
    ]);
    expect(slowTable(cells).split('\n')).toHaveLength(4);
    expect(slowTable([])).toBe('None is slower than it should be.');
  });

  test('say what is far from the ceiling, the farthest first', () => {
    const copied = { own: 40, memcpy: 25 };
    const moving = (name, ms, rates = copied) =>
      cell(name, '16m', { native: { ms } }, { bytes: 1e8, copied: rates });
    const product = cell('MatMul', '16m', { native: { ms: 10 } }, { products: 1e8 });
    // While Tan was timed, memory was slow.
    const slow = moving('Tan', 10, { own: 12, memcpy: 8 });
    const calls = [...cells, moving('Abs', 3), moving('Exp', 5), slow, product, moving('Pow', 20)];
    expect(farTable(calls, ceilings).split('\n').slice(2)).toEqual([
      '| MatMul | 16m | 20.0 GFLOP/s | 10.0 |  |',
      '| Pow | 16m | 5.00 GB/s | 12.5 | 20.0 |',
      '| Exp | 16m | 20.0 GB/s | 50.0 | 80.0 |',
    ]);
    expect(farTable(cells, ceilings)).toBe('None is far from the ceiling.');
    expect(ceilingsText(ceilings, calls)).toMatch(
      'beside each call of 16m 12.0 to 40.0 GB/s (memcpy of the C library 8.00 to 25.0)',
    );
    expect(ceilingsText(ceilings, cells)).not.toMatch('16m');
  });
});
