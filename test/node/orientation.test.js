'use strict';

const tf = require('../../lib');
const { contentsOf, readBySharp, sampleImage } = require('./support');

const ALL = [1, 2, 3, 4, 5, 6, 7, 8];

const WRITERS = {
  jpeg: (image) => image.jpeg({ quality: 95 }),
  png: (image) => image.png(),
  webp: (image) => image.webp({ lossless: true }),
};

/** @param {string} format @param {number} orientation */
function write(format, orientation, channels = 3) {
  const image = sampleImage(23, 14, channels).withMetadata({ orientation });
  return WRITERS[format](image).toBuffer();
}

describe.each(Object.keys(WRITERS))('%s', (format) => {
  test.each(ALL)('orientation %d, as sharp turns it', async (orientation) => {
    const file = await write(format, orientation);
    const options = { orientation: true, dctMethod: 'INTEGER_ACCURATE' };
    const found = contentsOf(tf.node.decodeImage(file, options));
    expect(found).toMatchObject(await readBySharp(file, { rotate: true }));
    expect(found.shape).toEqual(orientation < 5 ? [14, 23, 3] : [23, 14, 3]);
  });

  test('is left alone unless asked for', async () => {
    const file = await write(format, 6);
    const found = contentsOf(tf.node.decodeImage(file, { dctMethod: 'INTEGER_ACCURATE' }));
    expect(found).toMatchObject(await readBySharp(file));
    expect(found.shape).toEqual([14, 23, 3]);
  });
});

test.each([1, 2, 3, 4])('%d channels', async (channels) => {
  const file = await write('png', 6, channels);
  const turned = contentsOf(tf.node.decodePng(file, { orientation: true }));
  const plain = contentsOf(tf.node.decodePng(file));
  const own = plain.shape[2];
  expect(turned.shape).toEqual([23, 14, own]);
  for (let y = 0; y < 14; y++) {
    for (let x = 0; x < 23; x++) {
      const from = (23 * y + x) * own;
      const to = (14 * x + 13 - y) * own;
      expect(turned.values.slice(to, to + own)).toEqual(plain.values.slice(from, from + own));
    }
  }
});

test('files without metadata, or with damaged ones, are as they are', async () => {
  const plain = await sampleImage(23, 14, 3).jpeg().toBuffer();
  const expected = contentsOf(tf.node.decodeJpeg(plain));
  expect(contentsOf(tf.node.decodeJpeg(plain, { orientation: true }))).toEqual(expected);
  const file = await write('jpeg', 6);
  const header = file.indexOf('Exif');
  for (let at = header; at < header + 24; at++) {
    const damaged = Buffer.from(file);
    damaged[at] ^= 0xff;
    const { shape } = contentsOf(tf.node.decodeJpeg(damaged, { orientation: true }));
    expect([14 * 23 * 3, shape[2]]).toEqual([shape[0] * shape[1] * shape[2], 3]);
  }
});
