'use strict';

const { runFixture } = require('./support');

const expected = {
  backends: ['onednn', 'onednn'],
  values: [
    [11, 22],
    [11, 22],
  ],
  synchronous: [
    [11, 22],
    [11, 22],
  ],
  product: [55],
};

test.each(['same-core', 'other-place'])('two copies (%s) work together', async (how) => {
  const ended = await runFixture('two-copies.js', { args: [how] });
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(JSON.parse(ended.stdout)).toEqual(expected);
});

test('two copies work over two copies of tfjs-core', async () => {
  const ended = await runFixture('two-copies.js', { args: ['other-core'] });
  expect(ended).toMatchObject({ code: 0, signal: null });
  expect(JSON.parse(ended.stdout)).toEqual(expected);
  // tfjs itself tells of its own second cpu backend; of ours there is nothing to tell.
  expect(ended.stderr).not.toContain('onednn');
});
