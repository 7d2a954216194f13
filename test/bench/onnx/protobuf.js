'use strict';

// Writes the protocol buffer wire format: just what an ONNX file needs.
// https://protobuf.dev/programming-guides/encoding/

/** A message under construction; numbers are field numbers. */
class Message {
  constructor() {
    /** @type {Buffer[]} */
    this.parts = [];
  }

  /** @param {number | bigint} value */
  static #varint(value) {
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes = [];
    do {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      bytes.push(rest > 0n ? low | 0x80 : low);
    } while (rest > 0n);
    return Buffer.from(bytes);
  }

  /** @param {number} field @param {number} wireType */
  #tag(field, wireType) {
    this.parts.push(Message.#varint((field << 3) | wireType));
  }

  /** @param {number} field @param {number | bigint} value */
  int(field, value) {
    this.#tag(field, 0);
    this.parts.push(Message.#varint(value));
    return this;
  }

  /** @param {number} field @param {number} value */
  float(field, value) {
    this.#tag(field, 5);
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    this.parts.push(bytes);
    return this;
  }

  /** @param {number} field @param {string | Buffer | Message} value */
  bytes(field, value) {
    const data =
      value instanceof Message
        ? value.finish()
        : typeof value === 'string'
          ? Buffer.from(value)
          : value;
    this.#tag(field, 2);
    this.parts.push(Message.#varint(data.length), data);
    return this;
  }

  finish() {
    return Buffer.concat(this.parts);
  }
}

module.exports = { Message };
