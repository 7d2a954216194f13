'use strict';

// The messages of TensorBoard's event files. Numbers of fields are those of TensorFlow's event.proto,
// summary.proto and tensor.proto.

const { bytesField, doubleField, floatField } = require('./protobuf.js');
const { int64Field, messageField, stringField } = require('./protobuf.js');

const DT_DOUBLE = 2;
const DATA_CLASS_TENSOR = 2;

/** @param {Buffer[]} fields @returns {Buffer} an Event of the present moment */
const event = (...fields) => Buffer.concat([doubleField(1, Date.now() / 1000), ...fields]);

/** The event that every file begins with. */
const versionEvent = () => event(stringField(3, 'brain.Event:2'));

/**
 * @param {number} step an integer
 * @param {string} name
 * @param {Buffer[]} fields the value's own, and its metadata
 */
const summaryEvent = (step, name, fields) =>
  event(int64Field(2, step), messageField(5, [messageField(1, [stringField(1, name), ...fields])]));

/** @param {string | undefined} description @returns {Buffer[]} */
const descriptionFields = (description) =>
  description === undefined ? [] : [stringField(3, description)];

/**
 * The form that tfjs-node writes, and that readers of all ages understand: a simple value. It needs
 * metadata for its description alone.
 * @param {string} name @param {number} value @param {number} step
 * @param {string} [description]
 * @returns {Buffer}
 */
function scalarEvent(name, value, step, description) {
  const fields = [floatField(2, value)];
  if (description !== undefined) fields.push(messageField(9, descriptionFields(description)));
  return summaryEvent(step, name, fields);
}

/**
 * @param {string} name
 * @param {Float64Array} buckets of [n, 3]: left edge, right edge, count
 * @param {number} step
 * @param {string} [description]
 * @returns {Buffer}
 */
function histogramEvent(name, buckets, step, description) {
  const shape = [buckets.length / 3, 3].map((size) => messageField(2, [int64Field(1, size)]));
  const content = Buffer.alloc(buckets.byteLength);
  buckets.forEach((value, i) => content.writeDoubleLE(value, i * 8));
  return summaryEvent(step, name, [
    messageField(8, [
      int64Field(1, DT_DOUBLE),
      messageField(2, shape),
      ...(content.length > 0 ? [bytesField(4, content)] : []),
    ]),
    messageField(9, [
      messageField(1, [stringField(1, 'histograms')]),
      ...descriptionFields(description),
      int64Field(4, DATA_CLASS_TENSOR),
    ]),
  ]);
}

module.exports = { versionEvent, scalarEvent, histogramEvent };
