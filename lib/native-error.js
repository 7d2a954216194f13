'use strict';

/**
 * Every value that `NativeError.code` takes. They are stable: programs may compare against them.
 *
 * - `BAD_SHAPE`, `BAD_DTYPE`, `BAD_ATTR`: a shape, a dtype or another argument does not fit.
 * - `UNSUPPORTED`: the request is well formed, but this build or device cannot do it.
 * - `OUT_OF_MEMORY`: the memory ceiling or the device's memory is exhausted.
 * - `DISPOSED`: a tensor or device is used after it was disposed.
 * - `DEVICE_LOST`: the device failed and lost its contents.
 * - `BAD_MODEL`: a model's files are missing, malformed, or cannot be read or written.
 * - `INTERNAL`: a defect of this package.
 */
const ERROR_CODES = Object.freeze(
  /** @type {const} */ ([
    'BAD_SHAPE',
    'BAD_DTYPE',
    'BAD_ATTR',
    'UNSUPPORTED',
    'OUT_OF_MEMORY',
    'DISPOSED',
    'DEVICE_LOST',
    'BAD_MODEL',
    'INTERNAL',
  ]),
);

/** @typedef {(typeof ERROR_CODES)[number]} ErrorCode */

/**
 * The one class of the errors that this package throws. Its text reads `[op] message`, for example
 * `[Softmax] logits: expected rank >= 1, got 0`; where tfjs's own kernels have texts that programs may
 * compare with, it is theirs.
 */
class NativeError extends Error {
  /**
   * @param {ErrorCode} code What went wrong, for programs.
   * @param {string} op The operator (`Softmax`) or the option or call (`loadModel`) that failed.
   * @param {string} message What was expected and what was found, for people.
   * @param {string} [device] The device that it happened on, where one is involved.
   * @param {{cause?: unknown, verbatim?: boolean}} [options] `cause`: the error that led to this
   *     one. `verbatim`: the message is tfjs's own, which programs compare with, and the whole text.
   */
  constructor(code, op, message, device, options) {
    super(options?.verbatim ? message : `[${op}] ${message}`, options);
    /** @readonly */
    this.code = code;
    /** @readonly */
    this.op = op;
    /** @readonly */
    this.device = device;
  }
}
// On the prototype, as for the built-in errors, so that it is not listed among the own properties.
Object.defineProperty(NativeError.prototype, 'name', {
  value: 'NativeError',
  configurable: true,
  writable: true,
});

module.exports = { NativeError, ERROR_CODES };
