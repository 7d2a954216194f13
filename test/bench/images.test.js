'use strict';

const sharp = require('sharp');
const { decoders, photograph, writers } = require('./images');
const { differences, timeAll } = require('./run-images');

const names = Object.keys(decoders);

test.each(Object.keys(writers))('%s: all decoders see the same picture', async (format) => {
  const file = await photograph(format, 96, 64);
  expect(await sharp(file).metadata()).toMatchObject({
    format,
    width: 96,
    height: 64,
    channels: 3,
  });
  expect(await differences(names, file)).toEqual([]);
});

test('a decoder that sees another picture is found', async () => {
  const file = await photograph('png', 96, 64);
  const { decode } = decoders.sync;
  decoders.sync.decode = (contents) => decode(contents).sub(5);
  try {
    expect(await differences(['sharp', 'sync'], file)).toEqual([
      'sync has other pixels than sharp',
    ]);
  } finally {
    decoders.sync.decode = decode;
  }
});

test('every decoder is timed in every round', async () => {
  const times = await timeAll(names, await photograph('jpeg', 96, 64), 2, 0);
  expect(times.map(({ passed, busy }) => [passed.length, busy.length])).toEqual(
    names.map(() => [8, 8]),
  );
  expect(times.every(({ passed }) => passed.every((ms) => ms > 0))).toBe(true);
});
