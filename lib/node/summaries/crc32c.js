'use strict';

/** Castagnoli's polynomial, its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/** What a TFRecord adds to a checksum, so that one of data that holds checksums is not taken for it. */
const MASK_DELTA = 0xa282ead8;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; ++bit) {
    remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
  }
  return remainder;
});

/**
 * @param {Uint8Array} bytes
 * @returns {number} CRC-32C, 32 bits without a sign
 */
function crc32c(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff];
  return ~crc >>> 0;
}

/**
 * @param {Uint8Array} bytes
 * @returns {number} their checksum as TFRecord files hold it
 */
function maskedCrc32c(bytes) {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

module.exports = { maskedCrc32c };
