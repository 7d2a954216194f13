'use strict';

const { messageOf, systemCode } = require('../errors.js');

/** What a network does wrong now and may do right in a second. */
const PASSING_CODES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_SOCKET',
  'STALLED',
  'TRUNCATED',
]);

/** What a server says when it may do better in a second. */
const PASSING_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/** No server keeps us waiting for longer than that before the next attempt. */
const MAX_DELAY_MS = 30_000;

/**
 * An error and what caused it, from the outside in.
 *
 * @param {unknown} error
 * @returns {unknown[]}
 */
function chainOf(error) {
  const chain = [];
  for (let one = error; one && chain.length < 8; one = /** @type {any} */ (one).cause) {
    chain.push(one);
  }
  return chain;
}

/**
 * Whether the next attempt may succeed.
 *
 * @param {unknown} error
 */
function isPassing(error) {
  return chainOf(error).some((one) => PASSING_CODES.has(systemCode(one)));
}

/**
 * What went wrong, as the innermost error has it: `fetch failed` alone helps nobody.
 *
 * @param {unknown} error
 */
function reasonOf(error) {
  const innermost = chainOf(error).at(-1);
  // The error of an address with several numbers has a code and no text.
  return messageOf(innermost) || systemCode(innermost) || 'unknown reason';
}

/**
 * How long to wait before an attempt.
 *
 * @param {number} retry 1 for the first one that is not the first attempt.
 * @param {number} firstDelayMs
 * @param {string | null | undefined} retryAfter The header of that name: seconds or a date.
 */
function delayBefore(retry, firstDelayMs, retryAfter) {
  const seconds = Number(retryAfter);
  const wanted = retryAfter
    ? Number.isNaN(seconds)
      ? Date.parse(retryAfter) - Date.now()
      : seconds * 1000
    : 0;
  // Somewhat random, so that many clients of a server that fell over do not come back as one.
  const own = firstDelayMs * 2 ** (retry - 1) * (0.5 + Math.random() / 2);
  return Math.min(MAX_DELAY_MS, Math.max(own, Number.isNaN(wanted) ? 0 : wanted));
}

/**
 * @param {number} ms
 * @param {AbortSignal[]} signals Each ends the wait with its reason.
 * @returns {Promise<void>}
 */
async function sleep(ms, signals) {
  /** @type {() => void} */
  let onAbort = () => {};
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  try {
    await new Promise((resolve, reject) => {
      onAbort = () => reject(signals.find(({ aborted }) => aborted)?.reason);
      for (const signal of signals) {
        if (signal.aborted) onAbort();
        signal.addEventListener('abort', onAbort);
      }
      timer = setTimeout(resolve, ms);
    });
  } finally {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', onAbort);
  }
}

/** Errors that say nothing about the model, as no server had a say. */
const unreached = new WeakSet();

/**
 * Marks an error as one of a server that cannot be reached or is in trouble.
 *
 * @template {object} E
 * @param {E} error
 * @returns {E} The same.
 */
function outOfReach(error) {
  unreached.add(error);
  return error;
}

/** @param {unknown} error Whether it was marked as `outOfReach`. */
function isOutOfReach(error) {
  return typeof error === 'object' && error !== null && unreached.has(error);
}

module.exports = {
  isOutOfReach,
  outOfReach,
  PASSING_STATUSES,
  delayBefore,
  isPassing,
  reasonOf,
  sleep,
};
