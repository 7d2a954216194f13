'use strict';

const tf = require('../../lib');
const { writeBmp } = require('./bmp-writer');
const { contentsOf, failureOf, noiseImage, sampleImage } = require('./support');
const { writeGif } = require('./gif-writer');
const { pngThatClaims } = require('./png-writer');

/** Small files that claim to be large. */
async function bombs() {
  const jpeg = await sampleImage(16, 16, 3).jpeg().toBuffer();
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  jpeg.writeUInt16BE(65500, frame + 5);
  jpeg.writeUInt16BE(65500, frame + 7);
  const colors = Array(8).fill([1, 2, 3]);
  const frames = Array(100).fill({ width: 1, height: 1, indices: [0] });
  const webp = await sampleImage(16, 16, 3).webp({ lossless: true }).toBuffer();
  webp.writeUInt32LE(0x0fffffff, 21);
  return {
    JPEG: jpeg,
    PNG: pngThatClaims(0x7fffffff, 0x7fffffff),
    'PNG, wide': pngThatClaims(0x7fffffff, 1),
    'GIF, large': writeGif({ width: 65535, height: 65535, colors, frames: frames.slice(0, 1) }),
    'GIF, long': writeGif({ width: 4000, height: 4000, colors, frames }),
    BMP: writeBmp({ width: 0x7fffffff, height: -0x7fffffff, bits: 24 }),
    WebP: webp,
  };
}

test('what would take more than 2^31 bytes is refused before it is allocated', async () => {
  for (const [name, file] of Object.entries(await bombs())) {
    tf.native.resetPeakMemory();
    const before = tf.native.memory();
    const failure = failureOf(() => tf.node.decodeImage(file));
    expect([name, failure.code, failure.op]).toEqual([name, 'BAD_SHAPE', 'decodeImage']);
    expect(failure.message).toMatch(
      /^\[decodeImage\] contents: \[[\d,]+\], as int32, would take more than the 2147483648 bytes of maxBytes$/,
    );
    await expect(tf.node.decodeImageAsync(file)).rejects.toMatchObject({ code: 'BAD_SHAPE' });
    expect(tf.native.memory().peakBytes).toBe(before.peakBytes);
  }
});

test('maxBytes counts 4 bytes a value, frames included', async () => {
  const png = await sampleImage(10, 5, 3).png().toBuffer();
  expect(contentsOf(tf.node.decodePng(png, { maxBytes: 600 })).shape).toEqual([5, 10, 3]);
  expect(() => tf.node.decodePng(png, { maxBytes: 599 })).toThrow(/599 bytes of maxBytes/);
  expect(() => tf.node.decodePng(png, { maxBytes: 600, channels: 4 })).toThrow(/600 bytes/);
  const colors = Array(8).fill([1, 2, 3]);
  const frames = Array(3).fill({ width: 2, height: 2, indices: [0, 1, 2, 3] });
  const gif = writeGif({ width: 2, height: 2, colors, frames });
  expect(contentsOf(tf.node.decodeGif(gif, { maxBytes: 144 })).shape).toEqual([3, 2, 2, 3]);
  expect(() => tf.node.decodeGif(gif, { maxBytes: 143 })).toThrow(/143 bytes/);
  const first = { maxBytes: 48, expandAnimations: false };
  expect(contentsOf(tf.node.decodeImage(gif, first)).shape).toEqual([2, 2, 3]);
});

test('a small JPEG within the limits of a large one is decoded', async () => {
  const file = await sampleImage(64, 64, 3).jpeg().toBuffer();
  const { shape } = contentsOf(tf.node.decodeJpeg(file, { ratio: 8, maxBytes: 8 * 8 * 3 * 4 }));
  expect(shape).toEqual([8, 8, 3]);
});

test('scaling down does not hide what a progressive JPEG takes', async () => {
  const file = await sampleImage(16, 16, 3).jpeg({ progressive: true }).toBuffer();
  const frame = file.indexOf(Buffer.from([0xff, 0xc2]));
  file.writeUInt16BE(65500, frame + 5);
  file.writeUInt16BE(65500, frame + 7);
  const { code, message } = failureOf(() => tf.node.decodeJpeg(file, { channels: 1, ratio: 8 }));
  expect(code).toBe('BAD_SHAPE');
  expect(message).toMatch(/a JPEG of 65500 x 65500 pixels in several scans would take more/);
});

test('a GIF whose frames are larger than its canvas may be is refused', () => {
  const colors = Array(8).fill([1, 2, 3]);
  const frames = [{ width: 65535, height: 65535, indices: [] }];
  const file = writeGif({ width: 1, height: 1, colors, frames });
  expect(failureOf(() => tf.node.decodeGif(file))).toMatchObject({ code: 'BAD_SHAPE' });
});

test('the memory ceiling holds', async () => {
  const png = await noiseImage(600, 500).png().toBuffer();
  tf.native.trimMemory();
  tf.native.setMemoryCeiling(tf.native.memory().liveBytes + 1_000_000);
  try {
    expect(failureOf(() => tf.node.decodePng(png))).toMatchObject({
      code: 'OUT_OF_MEMORY',
      op: 'decodePng',
    });
    await expect(tf.node.decodePngAsync(png)).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
  } finally {
    tf.native.setMemoryCeiling(0);
  }
  const image = tf.node.decodePng(png);
  expect(image.shape).toEqual([500, 600, 3]);
  image.dispose();
});

test('a JPEG of endless scans is refused', async () => {
  const file = await sampleImage(64, 64, 1)
    .toColourspace('b-w')
    .jpeg({ progressive: true })
    .toBuffer();
  // Its last scan, which refines what is there, over and over.
  const start = file.lastIndexOf(Buffer.from([0xff, 0xda]));
  const scan = file.subarray(start, file.length - 2);
  const end = file.subarray(file.length - 2);
  const bomb = Buffer.concat([file.subarray(0, start), ...Array(2000).fill(scan), end]);
  const failure = failureOf(() => tf.node.decodeJpeg(bomb));
  expect(failure).toMatchObject({ code: 'BAD_ATTR' });
  expect(failure.message).toMatch(/too many scans/);
});
