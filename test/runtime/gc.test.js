'use strict';

const { runFixture } = require('./support');

const MB = 1 << 20;

// Two gigabytes each, of which few may be live at any time. Nothing here asks for a collection:
// the engine must know the sizes.
describe.each([
  ['large tensors', MB / 4, 2000],
  ['small tensors', 1024, 500_000],
])('%s that are forgotten', (_, elements, count) => {
  test.each([
    ['in a loop that never yields', 'sync'],
    ['in a loop that reads', 'read'],
    ['in a loop that awaits', 'async'],
  ])('%s are reclaimed', async (_name, mode) => {
    // Awaiting costs a turn of the event loop each.
    const rounds = mode === 'async' ? Math.min(count, 20_000) : count;
    const run = await runFixture('forget.js', { args: [mode, `${elements}`, `${rounds}`] });
    expect(run).toMatchObject({ code: 0, signal: null, stderr: '' });
    const { highestBytes, isRight, numTensors } = JSON.parse(run.stdout);
    expect(isRight).toBe(true);
    // tfjs counts them still: nobody disposed them.
    expect(numTensors).toBeGreaterThanOrEqual(rounds);
    expect(highestBytes).toBeLessThan(400 * MB);
  });
});

test('a collection frees exactly what nobody holds', async () => {
  const run = await runFixture('collect.js', { nodeArgs: ['--expose-gc'] });
  expect(run).toMatchObject({ code: 0, signal: null, stderr: '' });
  const rows = run.stdout.trim().split('\n').map(JSON.parse);
  expect(rows.map(([name]) => name)).toEqual([
    'written',
    'computed',
    'one of several outputs',
    'a part of a whole',
    'viewed',
    'disposed',
  ]);
  for (const [name, before, during, after] of rows) {
    const held = name === 'one of several outputs' ? 10 * (MB / 4) : 10 * MB;
    expect([name, during - before]).toEqual([name, name === 'disposed' ? 0 : held]);
    expect([name, after]).toEqual([name, before]);
  }
});

test('backends that nobody holds go, with their data and their queue', async () => {
  const run = await runFixture('drop-backends.js', { nodeArgs: ['--expose-gc'] });
  expect(run).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(JSON.parse(run.stdout)).toEqual({ left: 0, value: 51, liveBytes: 0 });
});
