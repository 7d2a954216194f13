'use strict';

const u16 = (/** @type {number} */ value) => [value & 255, value >> 8];

/** Data in blocks of at most 255 bytes, and the empty one that ends them. */
function blocks(bytes) {
  const all = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.slice(at, at + 255);
    all.push(block.length, ...block);
  }
  return [...all, 0];
}

/** Indices as codes that never grow: a clear code now and then keeps the table small. */
function codesOf(indices, bits) {
  const clear = 1 << bits;
  const width = bits + 1;
  const codes = [];
  indices.forEach((index, i) => {
    if (i % (clear - 2) === 0) codes.push(clear);
    codes.push(index);
  });
  codes.push(clear + 1);
  const bytes = [];
  let buffer = 0;
  let filled = 0;
  for (const code of codes) {
    buffer |= code << filled;
    for (filled += width; filled >= 8; filled -= 8) {
      bytes.push(buffer & 255);
      buffer >>= 8;
    }
  }
  if (filled > 0) bytes.push(buffer & 255);
  return bytes;
}

/** Rows in the order in which an interlaced frame has them. */
function interlacedRows(height) {
  const rows = [];
  for (const [first, step] of [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ]) {
    for (let y = first; y < height; y += step) rows.push(y);
  }
  return rows;
}

function frameBytes(frame) {
  const { left = 0, top = 0, width, height, indices, disposal = 0, transparent = -1 } = frame;
  const { interlaced = false, colors, bits = 3 } = frame;
  const order = interlaced ? interlacedRows(height) : Array.from({ length: height }, (_, y) => y);
  const ordered = order.flatMap((y) => indices.slice(y * width, (y + 1) * width));
  const flags = (interlaced ? 0x40 : 0) | (colors ? 0x80 | (bits - 1) : 0);
  return [
    ...[0x21, 0xf9, 4, (disposal << 2) | (transparent >= 0 ? 1 : 0), ...u16(5)],
    ...[Math.max(transparent, 0), 0],
    ...[0x2c, ...u16(left), ...u16(top), ...u16(width), ...u16(height), flags],
    ...(colors ?? []).flat(),
    ...[bits, ...blocks(codesOf(ordered, bits))],
  ];
}

/**
 * A GIF of 8 colours, whose frames say where they lie and what becomes of them.
 * @param {object} image
 * @param {number} image.width @param {number} image.height
 * @param {number[][]} image.colors Eight.
 * @param {object[]} image.frames
 * @param {boolean} [image.isEnded] False: the mark of the end is left out.
 */
function writeGif({ width, height, colors, frames, isEnded = true }) {
  return Uint8Array.from([
    ...Buffer.from('GIF89a'),
    ...[...u16(width), ...u16(height), 0x80 | 0x70 | 2, 0, 0],
    ...colors.flat(),
    ...frames.flatMap(frameBytes),
    ...(isEnded ? [0x3b] : []),
  ]);
}

module.exports = { writeGif };
