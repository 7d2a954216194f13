'use strict';

// Reads TensorBoard's event files with an implementation of protobuf and of CRC-32C that the code
// under test does not use.

const fs = require('node:fs');
const path = require('node:path');
const { crc32c } = require('@aws-crypto/crc32c');
const protobuf = require('protobufjs');

const SCHEMA = `
  syntax = "proto3";
  message Event {
    double wall_time = 1;
    int64 step = 2;
    oneof what { string file_version = 3; Summary summary = 5; }
  }
  message Summary {
    message Value {
      string tag = 1;
      SummaryMetadata metadata = 9;
      oneof value { float simple_value = 2; TensorProto tensor = 8; }
    }
    repeated Value value = 1;
  }
  message SummaryMetadata {
    message PluginData { string plugin_name = 1; bytes content = 2; }
    PluginData plugin_data = 1;
    string display_name = 2;
    string summary_description = 3;
    DataClass data_class = 4;
  }
  enum DataClass {
    DATA_CLASS_UNKNOWN = 0;
    DATA_CLASS_SCALAR = 1;
    DATA_CLASS_TENSOR = 2;
    DATA_CLASS_BLOB_SEQUENCE = 3;
  }
  message TensorProto { DataType dtype = 1; TensorShapeProto tensor_shape = 2; bytes tensor_content = 4; }
  enum DataType { DT_INVALID = 0; DT_FLOAT = 1; DT_DOUBLE = 2; }
  message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; }
`;
const Event = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('Event');

/** The masked checksum, from TFRecord's documentation. @param {Buffer} bytes */
function masked(bytes) {
  const crc = BigInt(crc32c(bytes));
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

/**
 * The events of a file, all of which must be whole.
 * @param {string} file
 */
function readEventFile(file) {
  const bytes = fs.readFileSync(file);
  const events = [];
  for (let place = 0; place < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(place));
    const data = bytes.subarray(place + 12, place + 12 + length);
    if (data.length !== length) throw new Error(`${file}: cut off within a record`);
    const sums = [bytes.readUInt32LE(place + 8), bytes.readUInt32LE(place + 12 + length)];
    const expected = [masked(bytes.subarray(place, place + 8)), masked(data)];
    if (String(sums) !== String(expected)) throw new Error(`${file}: wrong checksum at ${place}`);
    const options = { longs: Number, enums: String, bytes: Buffer, oneofs: true };
    events.push(Event.toObject(Event.decode(data), options));
    place += length + 16;
  }
  return events;
}

/** @param {string} folder @returns {string[]} its event files, oldest first */
function eventFiles(folder) {
  const number = (name) => Number(name.split('.').at(-2));
  return fs
    .readdirSync(folder)
    .sort((a, b) => number(a) - number(b))
    .map((name) => path.join(folder, name));
}

/** The tensor of a histogram, [left, right, count] for each bucket. */
function bucketsOf({ dtype, tensor_shape: shape, tensor_content: content }) {
  const [rows, columns] = shape.dim.map((dim) => dim.size ?? 0);
  if (dtype !== 'DT_DOUBLE' || columns !== 3) throw new Error('no histogram');
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: 3 }, (_, column) => content.readDoubleLE(8 * (3 * row + column))),
  );
}

/**
 * What a folder's only event file says, without times.
 * @param {string} folder
 * @returns {{tag: string, step: number, value?: number, buckets?: number[][]}[]}
 */
function readSummaries(folder) {
  const files = eventFiles(folder);
  if (files.length !== 1) throw new Error(`expected one file in ${folder}, got ${files}`);
  const [version, ...events] = readEventFile(files[0]);
  if (version.file_version !== 'brain.Event:2') throw new Error('no version');
  return events.map(({ step = 0, summary }) => {
    const [{ tag, simple_value: value, tensor }] = summary.value;
    if (tensor === undefined) return { tag, step, value };
    return { tag, step, buckets: bucketsOf(tensor) };
  });
}

module.exports = { readEventFile, readSummaries, eventFiles, bucketsOf };
