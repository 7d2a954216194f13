'use strict';

const path = require('node:path');
const { NativeError } = require('../../native-error.js');
const { kindOf } = require('../../io/errors.js');
const { SummaryFileWriter } = require('./summary-file-writer.js');

/** By folder. @type {Map<string, SummaryFileWriter>} */
const writers = new Map();

/**
 * A writer of TensorBoard's logs. For one folder there is one writer: as long as it is open, further
 * calls give the same, whatever else they ask for.
 *
 * @param {string} logdir The folder; it is made where it is missing. The file in it is named
 *     `events.out.tfevents.<seconds>.<host>.<process>.<number><suffix>` and made by this call.
 * @param {number} [maxQueue] As many summaries may wait to be written.
 * @param {number} [flushMillis] Summaries wait for no more than this time.
 * @param {string} [filenameSuffix]
 * @returns {SummaryFileWriter}
 * @throws {NativeError} BAD_ATTR also when the file cannot be made; `cause` is the system's error.
 */
function summaryFileWriter(logdir, maxQueue = 10, flushMillis = 120_000, filenameSuffix = '.v2') {
  /** @param {string} argument @param {string} expected @param {unknown} value */
  const bad = (argument, expected, value) => {
    const message = `${argument}: expected ${expected}, got ${kindOf(value)}`;
    return new NativeError('BAD_ATTR', 'summaryFileWriter', message);
  };
  if (typeof logdir !== 'string' || logdir === '') {
    throw bad('logdir', 'a non-empty string', logdir);
  }
  if (!Number.isInteger(maxQueue) || maxQueue < 0) {
    throw bad('maxQueue', 'a non-negative integer', maxQueue);
  }
  if (typeof flushMillis !== 'number' || !(flushMillis >= 0)) {
    throw bad('flushMillis', 'a non-negative number', flushMillis);
  }
  if (typeof filenameSuffix !== 'string' || /[/\\]/.test(filenameSuffix)) {
    throw bad('filenameSuffix', 'a string without slashes', filenameSuffix);
  }
  const folder = path.resolve(logdir);
  let writer = writers.get(folder);
  if (writer === undefined || writer.isClosed) {
    writer = new SummaryFileWriter(folder, maxQueue, flushMillis, filenameSuffix);
    writers.set(folder, writer);
  }
  return writer;
}

module.exports = { summaryFileWriter };
