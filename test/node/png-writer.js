'use strict';

const zlib = require('node:zlib');

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Samples of a pixel by colour type. */
const SAMPLES = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Where the seven passes of an interlaced file begin, and their steps: x, y, dx, dy. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/** @param {string} type @param {Uint8Array} data */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(zlib.crc32(body), 4 + body.length);
  return frame;
}

/** @param {object} header */
function headerChunk({ width, height, bits, colorType, interlaced = false }) {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([bits, colorType, 0, 0, interlaced ? 1 : 0], 8);
  return chunk('IHDR', data);
}

/** Samples of one row as bytes, the filter's type (none) before them. */
function packRow(samples, bits) {
  if (bits === 16) {
    const row = Buffer.alloc(1 + 2 * samples.length);
    samples.forEach((sample, i) => row.writeUInt16BE(sample, 1 + 2 * i));
    return row;
  }
  const row = Buffer.alloc(1 + Math.ceil((samples.length * bits) / 8));
  samples.forEach((sample, i) => {
    row[1 + Math.floor((i * bits) / 8)] |= sample << (8 - bits - ((i * bits) % 8));
  });
  return row;
}

/**
 * A PNG of any kind.
 * @param {object} image
 * @param {number} image.width @param {number} image.height
 * @param {number} image.bits Of a sample.
 * @param {0 | 2 | 3 | 4 | 6} image.colorType
 * @param {number[]} image.samples
 * @param {boolean} [image.interlaced]
 * @param {[string, number[]][]} [image.chunks] Before the pixels: PLTE, tRNS and others.
 * @returns {Buffer}
 */
function writePng(image) {
  const { width, height, bits, colorType, samples, interlaced = false, chunks = [] } = image;
  const perPixel = SAMPLES[colorType];
  const rows = [];
  for (const [x0, y0, dx, dy] of interlaced ? PASSES : [[0, 0, 1, 1]]) {
    if (x0 >= width) continue;
    for (let y = y0; y < height; y += dy) {
      const row = [];
      for (let x = x0; x < width; x += dx) {
        const at = (y * width + x) * perPixel;
        row.push(...samples.slice(at, at + perPixel));
      }
      rows.push(packRow(row, bits));
    }
  }
  return Buffer.concat([
    SIGNATURE,
    headerChunk({ width, height, bits, colorType, interlaced }),
    ...chunks.map(([type, data]) => chunk(type, Uint8Array.from(data))),
    chunk('IDAT', zlib.deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A file of a few bytes that claims to be large. @param {number} width @param {number} height */
function pngThatClaims(width, height) {
  return Buffer.concat([
    SIGNATURE,
    headerChunk({ width, height, bits: 8, colorType: 2 }),
    chunk('IDAT', zlib.deflateSync(Buffer.alloc(100))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

module.exports = { SAMPLES, pngThatClaims, writePng };
