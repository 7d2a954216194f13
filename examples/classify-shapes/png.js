'use strict';

/** A small PNG reader and writer: 8 bits a channel, grey or RGB, not interlaced. */

const zlib = require('node:zlib');

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Channels of each colour type that is supported. */
const CHANNELS_OF_COLOR_TYPE = new Map([
  [0, 1],
  [2, 3],
]);
/** A header that announces more than this is refused before anything is allocated for it. */
const MAX_BYTES = 1 << 28;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

/**
 * @param {Uint8Array} bytes
 * @returns {number} the CRC-32 that ends every chunk
 */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * The filter's guess of a byte from the ones to the left, above, and above left.
 * @param {number} filter 0 to 4
 * @param {number} left
 * @param {number} up
 * @param {number} upLeft
 * @returns {number}
 */
function predict(filter, left, up, upLeft) {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4: {
      const toLeft = Math.abs(up - upLeft);
      const toUp = Math.abs(left - upLeft);
      const toUpLeft = Math.abs(left + up - 2 * upLeft);
      if (toLeft <= toUp && toLeft <= toUpLeft) return left;
      return toUp <= toUpLeft ? up : upLeft;
    }
    default:
      return 0;
  }
}

/**
 * @param {Uint8Array} pixels
 * @param {number} row
 * @param {number} stride bytes in a row
 * @param {number} channels
 * @param {number} x byte within the row
 * @param {number} filter
 * @returns {number}
 */
function predictAt(pixels, row, stride, channels, x, filter) {
  const at = row * stride + x;
  const left = x >= channels ? pixels[at - channels] : 0;
  const up = row > 0 ? pixels[at - stride] : 0;
  const upLeft = row > 0 && x >= channels ? pixels[at - stride - channels] : 0;
  return predict(filter, left, up, upLeft);
}

/**
 * @param {string} type four letters
 * @param {Uint8Array} data
 * @returns {Buffer} length, type, data, checksum
 */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/**
 * Writes a PNG; every row gets the filter whose residuals sum lowest.
 * @param {{width: number, height: number, channels: number, pixels: Uint8Array}} image `channels`
 *   is 1 (grey) or 3 (RGB), `pixels` holds height * width * channels values, rows from the top
 * @returns {Buffer} the file's bytes
 * @throws {Error} when channels or the number of pixels do not fit
 */
function encodePng({ width, height, channels, pixels }) {
  if (channels !== 1 && channels !== 3) {
    throw new Error(`encodePng: channels: expected 1 or 3, got ${channels}`);
  }
  const stride = width * channels;
  if (!(stride > 0) || !(height > 0) || pixels.length !== stride * height) {
    throw new Error(
      `encodePng: pixels: expected ${height} x ${width} x ${channels} values, got ${pixels.length}`,
    );
  }
  const rows = [];
  for (let row = 0; row < height; row++) {
    let best = { line: Buffer.alloc(0), cost: Infinity };
    for (let filter = 0; filter <= 4; filter++) {
      const line = Buffer.alloc(stride + 1);
      line[0] = filter;
      let cost = 0;
      for (let x = 0; x < stride; x++) {
        const guess = predictAt(pixels, row, stride, channels, x, filter);
        line[x + 1] = pixels[row * stride + x] - guess;
        cost += Math.min(line[x + 1], 256 - line[x + 1]);
      }
      if (cost < best.cost) best = { line, cost };
    }
    rows.push(best.line);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', zlib.deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/**
 * @param {Buffer} bytes
 * @returns {{header: Buffer, data: Buffer}} the IHDR chunk and all IDAT chunks joined
 */
function readChunks(bytes) {
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Error('decodePng: not a PNG file');
  let header = null;
  const data = [];
  for (let at = 8; ;) {
    if (at + 12 > bytes.length) throw new Error('decodePng: file ends before its IEND chunk');
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const end = at + 8 + length;
    if (end + 4 > bytes.length) {
      throw new Error(`decodePng: chunk ${type}: ${length} bytes announced, file ends before`);
    }
    if (crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end)) {
      throw new Error(`decodePng: chunk ${type}: wrong checksum`);
    }
    const content = bytes.subarray(at + 8, end);
    if (header === null && type !== 'IHDR') {
      throw new Error(`decodePng: expected chunk IHDR first, got ${type}`);
    }
    if (type === 'IEND') break;
    if (type === 'IHDR') header = content;
    else if (type === 'IDAT') data.push(content);
    // A chunk whose first letter is upper case (bit 5 clear) must be understood.
    else if ((bytes[at + 4] & 0x20) === 0) {
      throw new Error(`decodePng: chunk ${type} is not supported`);
    }
    at = end + 4;
  }
  if (header === null || header.length !== 13) {
    throw new Error('decodePng: chunk IHDR: expected 13 bytes');
  }
  return { header, data: Buffer.concat(data) };
}

/**
 * @param {Buffer} header
 * @returns {{width: number, height: number, channels: number}}
 */
function parseHeader(header) {
  const width = header.readUInt32BE(0);
  const height = header.readUInt32BE(4);
  const [bitDepth, colorType, compression, filter, interlace] = header.subarray(8);
  const channels = CHANNELS_OF_COLOR_TYPE.get(colorType);
  if (bitDepth !== 8 || channels === undefined) {
    throw new Error(
      'decodePng: expected 8-bit grey or RGB (bit depth 8, colour type 0 or 2), ' +
        `got bit depth ${bitDepth}, colour type ${colorType}`,
    );
  }
  if (compression !== 0 || filter !== 0 || interlace !== 0) {
    throw new Error(
      'decodePng: expected compression 0, filter method 0 and no interlacing, ' +
        `got ${compression}, ${filter}, ${interlace}`,
    );
  }
  if (width === 0 || height === 0 || (width * channels + 1) * height > MAX_BYTES) {
    throw new Error(`decodePng: size ${width} x ${height} is not supported`);
  }
  return { width, height, channels };
}

/**
 * @param {Buffer} data zlib stream
 * @param {number} expectedBytes
 * @returns {Buffer} the filtered rows
 */
function inflateRows(data, expectedBytes) {
  let rows;
  try {
    rows = zlib.inflateSync(data, { maxOutputLength: expectedBytes });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`decodePng: image data: ${reason}`, { cause });
  }
  if (rows.length !== expectedBytes) {
    throw new Error(`decodePng: image data: expected ${expectedBytes} bytes, got ${rows.length}`);
  }
  return rows;
}

/**
 * Reads a PNG.
 * @param {Buffer} bytes the file's content
 * @returns {{width: number, height: number, channels: number, pixels: Uint8Array}} `channels` is
 *   1 (grey) or 3 (RGB); `pixels` holds height * width * channels values, rows from the top
 * @throws {Error} when the file is malformed, truncated, or of a kind that is not supported
 */
function decodePng(bytes) {
  const { header, data } = readChunks(bytes);
  const { width, height, channels } = parseHeader(header);
  const stride = width * channels;
  const rows = inflateRows(data, (stride + 1) * height);
  const pixels = new Uint8Array(stride * height);
  for (let row = 0; row < height; row++) {
    const start = row * (stride + 1);
    const filter = rows[start];
    if (filter > 4)
      throw new Error(`decodePng: row ${row}: filter: expected 0 to 4, got ${filter}`);
    for (let x = 0; x < stride; x++) {
      const guess = predictAt(pixels, row, stride, channels, x, filter);
      pixels[row * stride + x] = rows[start + 1 + x] + guess;
    }
  }
  return { width, height, channels, pixels };
}

module.exports = { decodePng, encodePng };
