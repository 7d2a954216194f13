'use strict';

// Damages files: bytes that are changed, left out, put in, and ends that are missing.

const zlib = require('node:zlib');

/** @typedef {import('../random').Random} Random */

/** Values at which readers of numbers go wrong. */
const BYTES = [0, 1, 2, 7, 8, 0x7f, 0x80, 0xfe, 0xff];

/** @type {((file: Buffer, random: Random) => Buffer)[]} */
const damages = [
  function flipBit(file, random) {
    file[random.int(0, file.length - 1)] ^= 1 << random.int(0, 7);
    return file;
  },
  function setByte(file, random) {
    file[random.int(0, file.length - 1)] = random.pick(BYTES);
    return file;
  },
  // Sizes and tables stand near the beginning.
  function setHeaderByte(file, random) {
    file[random.int(0, Math.min(file.length, 64) - 1)] = random.pick(BYTES);
    return file;
  },
  function setNumber(file, random) {
    const at = random.int(0, Math.max(0, file.length - 4));
    const value = random.pick([0, 1, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, file.length]);
    const number = Buffer.alloc(4);
    if (random.chance(0.5)) number.writeUInt32BE(value);
    else number.writeUInt32LE(value);
    number.copy(file, at);
    return file;
  },
  function overwrite(file, random) {
    const at = random.int(0, file.length - 1);
    return file.fill(random.pick(BYTES), at, Math.min(at + random.int(1, 20), file.length));
  },
  function cut(file, random) {
    return file.subarray(0, random.int(0, file.length));
  },
  function leaveOut(file, random) {
    const at = random.int(0, file.length - 1);
    return Buffer.concat([file.subarray(0, at), file.subarray(at + random.int(1, 30))]);
  },
  function repeat(file, random) {
    const at = random.int(0, file.length - 1);
    const part = file.subarray(at, at + random.int(1, 200));
    return Buffer.concat([file.subarray(0, at), part, file.subarray(at)]);
  },
];

/** Makes the checksums of a PNG right, so that what is damaged is read. @param {Buffer} file */
function mendChecksums(file) {
  for (let at = 8; at + 12 <= file.length;) {
    const end = at + 8 + file.readUInt32BE(at);
    if (end + 4 > file.length) break;
    file.writeUInt32BE(zlib.crc32(file.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return file;
}

/**
 * @param {Uint8Array} file Is left as it is.
 * @param {Random} random
 * @param {string} format
 * @returns {{file: Buffer, names: string[]}} Another one, and what was done.
 */
function damage(file, random, format) {
  const names = [];
  let damaged = Buffer.from(file);
  for (let i = random.int(1, 3); i > 0 && damaged.length > 0; i--) {
    const one = random.pick(damages);
    names.push(one.name);
    damaged = one(Buffer.from(damaged), random);
  }
  const isMended = format === 'png' && random.chance(0.8);
  return { file: isMended ? mendChecksums(damaged) : damaged, names };
}

module.exports = { damage };
