'use strict';

/**
 * A BMP of any kind.
 * @param {object} image
 * @param {number} image.width
 * @param {number} image.height Negative: its first row comes first.
 * @param {number} image.bits Of a pixel.
 * @param {number[][]} [image.rows] Bytes of rows in the file's order, without padding.
 * @param {number[]} [image.data] In their place: compressed pixels.
 * @param {number} [image.compression]
 * @param {number[][]} [image.colors] Of the palette: RGB.
 * @param {number[]} [image.masks]
 * @param {12 | 40 | 108} [image.headerBytes]
 * @returns {Buffer}
 */
function writeBmp(image) {
  const { width, height, bits, rows = [], compression = 0, colors = [], masks = [] } = image;
  const { headerBytes = 40 } = image;
  const isOld = headerBytes === 12;
  const palette = Buffer.from(colors.flatMap(([r, g, b]) => (isOld ? [b, g, r] : [b, g, r, 0])));
  const header = Buffer.alloc(14 + headerBytes + (headerBytes === 40 ? 4 * masks.length : 0));
  header.write('BM', 0, 'latin1');
  header.writeUInt32LE(header.length + palette.length, 10);
  header.writeUInt32LE(headerBytes, 14);
  if (isOld) {
    header.writeUInt16LE(width, 18);
    header.writeUInt16LE(height, 20);
    header.writeUInt16LE(1, 22);
    header.writeUInt16LE(bits, 24);
  } else {
    header.writeInt32LE(width, 18);
    header.writeInt32LE(height, 22);
    header.writeUInt16LE(1, 26);
    header.writeUInt16LE(bits, 28);
    header.writeUInt32LE(compression, 30);
    header.writeUInt32LE(colors.length, 46);
    masks.forEach((mask, i) => header.writeUInt32LE(mask, 54 + 4 * i));
  }
  const padded = rows.map((row) => [...row, ...Array((4 - (row.length % 4)) % 4).fill(0)]);
  const file = Buffer.concat([header, palette, Buffer.from(image.data ?? padded.flat())]);
  file.writeUInt32LE(file.length, 2);
  return file;
}

module.exports = { writeBmp };
