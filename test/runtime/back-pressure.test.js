'use strict';

// What a producer that is faster than the kernels may pile up.

const { runFixture } = require('./support');

const MB = 1 << 20;

test.each(['loop', 'turns'])('inputs whose results nobody reads stay bounded (%s)', async (way) => {
  const ended = await runFixture('producer.js', { args: [way] });
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  const { written, peakBytes, last } = JSON.parse(ended.stdout);
  expect(last).toBe(4096);
  expect(written).toBeGreaterThan(800 * 1e6);
  // 128 MB of inputs, the weights and their packed form, what is pooled.
  expect(peakBytes).toBeLessThan(400 * MB);
});
