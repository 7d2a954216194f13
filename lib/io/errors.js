'use strict';

const { NativeError } = require('../native-error.js');

/** @typedef {'loadModel' | 'saveModel' | 'removeModel' | 'listModels' | 'readData'} IoOp The call that an error is reported for. */

/**
 * An error about a model's files.
 *
 * @param {IoOp} op
 * @param {string} message Starts with the file that it is about.
 * @param {unknown} [cause]
 */
function badModel(op, message, cause) {
  return new NativeError('BAD_MODEL', op, message, undefined, cause === undefined ? {} : { cause });
}

/**
 * An error about an argument that the caller passed.
 *
 * @param {IoOp} op
 * @param {string} message
 * @param {unknown} [cause]
 */
function badArgument(op, message, cause) {
  return new NativeError('BAD_ATTR', op, message, undefined, cause === undefined ? {} : { cause });
}

/**
 * The `code` of a file system error (`ENOENT`), or '' for other errors.
 *
 * @param {unknown} error
 * @returns {string}
 */
function systemCode(error) {
  const code = /** @type {{code?: unknown} | null | undefined} */ (error)?.code;
  return typeof code === 'string' ? code : '';
}

/**
 * Whether an error says that there is no such file.
 *
 * @param {unknown} error
 */
function isMissing(error) {
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(systemCode(error));
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function messageOf(error) {
  // Not by instanceof: under Jest, errors of node:fs belong to another realm.
  const message = /** @type {{message?: unknown} | null | undefined} */ (error)?.message;
  return typeof message === 'string' ? message : String(error);
}

/**
 * What a value is, for the "got" half of a message.
 *
 * @param {unknown} value
 * @returns {string}
 */
function kindOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (['number', 'boolean', 'undefined', 'bigint'].includes(typeof value)) return String(value);
  return `a value of type ${typeof value}`;
}

module.exports = { badModel, badArgument, systemCode, isMissing, messageOf, kindOf };
