'use strict';

// The part of the protobuf wire format that event files need. Each function gives the bytes of one
// field; those of a message are its fields', one after the other.

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** @param {bigint} value of 64 bits, without a sign @returns {Buffer} */
function varint(value) {
  const bytes = [];
  for (; value > 0x7fn; value >>= 7n) bytes.push(Number(value & 0x7fn) | 0x80);
  bytes.push(Number(value));
  return Buffer.from(bytes);
}

/** @param {number} field @param {number} wireType */
const tag = (field, wireType) => varint(BigInt((field << 3) | wireType));

/**
 * Also written where it is 0, the default, so that records of a kind are of one length.
 * @param {number} field
 * @param {number} value an integer: int64, or an enumeration's
 */
function int64Field(field, value) {
  return Buffer.concat([tag(field, VARINT), varint(BigInt.asUintN(64, BigInt(value)))]);
}

/** @param {number} field @param {number} value */
function doubleField(field, value) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(field, FIXED64), bytes]);
}

/** @param {number} field @param {number} value rounded to float32; beyond that, infinity */
function floatField(field, value) {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([tag(field, FIXED32), bytes]);
}

/** @param {number} field @param {Uint8Array} bytes */
function bytesField(field, bytes) {
  return Buffer.concat([tag(field, LENGTH_DELIMITED), varint(BigInt(bytes.length)), bytes]);
}

/** @param {number} field @param {string} text */
const stringField = (field, text) => bytesField(field, Buffer.from(text, 'utf8'));

/** @param {number} field @param {Buffer[]} fields of the message */
const messageField = (field, fields) => bytesField(field, Buffer.concat(fields));

module.exports = { int64Field, doubleField, floatField, bytesField, stringField, messageField };
