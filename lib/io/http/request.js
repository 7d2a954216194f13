'use strict';

const { badModel } = require('../errors.js');
const retry = require('./retry.js');
const { originOf, shown } = require('./urls.js');

const OP = 'loadModel';

/** Headers that `fetch` does not send on to where a redirect leads, nor do we. */
const CREDENTIALS = ['authorization', 'cookie', 'host', 'proxy-authorization'];

/**
 * How files are requested.
 *
 * @typedef {object} RequestSettings
 * @property {(url: string, init: any, options?: any) => Promise<any>} fetch
 * @property {Record<string, any>} requestInit
 * @property {number} retries Attempts after the first.
 * @property {number} retryDelayMs Before the first retry; doubled for each further one.
 * @property {number} stallTimeoutMs After so long without a byte an attempt has failed.
 * @property {Set<string>} origins Where the caller's credentials may go.
 */

/**
 * Counts the attempts at one file, and ends them.
 */
class Attempts {
  #settings;
  #signal;

  /** @param {RequestSettings} settings @param {AbortSignal} signal */
  constructor(settings, signal) {
    this.#settings = settings;
    this.#signal = signal;
    this.count = 1;
  }

  /** How often it was tried, for messages. */
  get text() {
    return this.count > 1 ? ` after ${this.count} attempts` : '';
  }

  /**
   * Waits until the next attempt is due.
   *
   * @param {string | null} [retryAfter]
   * @returns {Promise<boolean>} False where there is none.
   */
  async next(retryAfter) {
    const { retries, retryDelayMs, requestInit } = this.#settings;
    const method = String(requestInit.method ?? 'GET').toUpperCase();
    // Whatever else a method does it may do twice if it is sent twice.
    if (this.count > retries || (method !== 'GET' && method !== 'HEAD')) return false;
    const signals = [this.#signal, requestInit.signal].filter((signal) => signal);
    await retry.sleep(retry.delayBefore(this.count, retryDelayMs, retryAfter), signals);
    this.count += 1;
    return true;
  }
}

/**
 * Ends an attempt where no byte comes for long, and where the caller wants it to end.
 */
class Watch {
  #controller = new AbortController();
  #stallTimeoutMs;
  /** @type {AbortSignal[]} */
  #outer;

  /** @param {number} stallTimeoutMs @param {(AbortSignal | null | undefined)[]} signals */
  constructor(stallTimeoutMs, signals) {
    this.#stallTimeoutMs = stallTimeoutMs;
    this.#outer = signals.filter((signal) => signal !== null && signal !== undefined);
    for (const signal of this.#outer) {
      if (signal.aborted) this.#controller.abort(signal.reason);
      else signal.addEventListener('abort', this.#onAbort);
    }
  }

  /** To be given to `fetch`. */
  get signal() {
    return this.#controller.signal;
  }

  /**
   * Waits for a step of the attempt.
   *
   * @template T
   * @param {Promise<T>} step
   * @returns {Promise<T>}
   */
  async step(step) {
    const { signal } = this.#controller;
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    /** @type {() => void} */
    let onAbort = () => {};
    // Not every fetchFunc heeds a signal.
    const ended = new Promise((_, reject) => {
      onAbort = () => reject(signal.reason);
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort);
      timer = setTimeout(() => {
        const message = `no byte came for ${this.#stallTimeoutMs / 1000} seconds`;
        this.abort(Object.assign(new Error(message), { code: 'STALLED' }));
      }, this.#stallTimeoutMs);
    });
    try {
      return await Promise.race([step, ended]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** @param {unknown} reason */
  abort(reason) {
    this.#controller.abort(reason);
  }

  /** Forgets the caller's signals. */
  close() {
    for (const signal of this.#outer) signal.removeEventListener('abort', this.#onAbort);
  }

  #onAbort = (/** @type {any} */ event) => this.abort(event.target.reason);
}

/**
 * What to give to `fetch` for a URL.
 *
 * @param {RequestSettings} settings
 * @param {string} url
 * @param {Record<string, string>} headers To add.
 * @param {AbortSignal} signal
 */
function initFor({ requestInit, origins }, url, headers, signal) {
  const origin = originOf(url);
  const isForeign = origin !== undefined && origins.size > 0 && !origins.has(origin);
  if (!isForeign && Object.keys(headers).length === 0) return { ...requestInit, signal };
  const all = new Headers(requestInit.headers);
  if (isForeign) for (const name of CREDENTIALS) all.delete(name);
  for (const [name, value] of Object.entries(headers)) all.set(name, value);
  return { ...requestInit, headers: all, signal };
}

/**
 * A response, and the watch over its body, which whoever reads that closes.
 *
 * @typedef {object} WatchedResponse
 * @property {any} response
 * @property {string} requestedUrl
 * @property {string} url It came from, after redirects.
 * @property {Watch} watch
 */

/**
 * Requests one of several URLs until there is a response that is no failure.
 *
 * @param {RequestSettings} settings
 * @param {string[]} urls In turn, where a server says that it does not have or give the file.
 * @param {string} what What the file is for.
 * @param {Attempts} attempts
 * @param {AbortSignal} signal
 * @param {Record<string, string>} [headers] To add.
 * @param {Record<string, boolean>} [options] For a `fetchFunc` of the caller's.
 * @returns {Promise<WatchedResponse>}
 * @throws {import('../../native-error.js').NativeError} `BAD_MODEL`; or the reason of the signal.
 */
async function request(settings, urls, what, attempts, signal, headers = {}, options) {
  const { fetch, stallTimeoutMs, requestInit } = settings;
  const refusals = [];
  for (let index = 0; ;) {
    const url = urls[index];
    const watch = new Watch(stallTimeoutMs, [signal, requestInit.signal]);
    let response;
    try {
      const init = initFor(settings, url, headers, watch.signal);
      response = await watch.step(fetch(url, init, options));
    } catch (error) {
      watch.close();
      for (const outer of [signal, requestInit.signal]) if (outer?.aborted) throw outer.reason;
      if (retry.isPassing(error) && (await attempts.next())) continue;
      const message = `cannot be fetched${attempts.text} (${shown(retry.reasonOf(error))}); expected ${what}`;
      throw retry.outOfReach(badModel(OP, `${shown(url)}: ${message}`, error));
    }
    // Only where it was asked for: whoever does so has the file already.
    const isUnchanged = response.status === 304 && 'if-none-match' in headers;
    const isUnmodified = response.status === 304 && 'if-modified-since' in headers;
    if (response.ok || isUnchanged || isUnmodified) {
      return { response, requestedUrl: url, url: response.url || url, watch };
    }

    watch.abort(new Error('not wanted'));
    watch.close();
    const { status } = response;
    const retryAfter = response.headers?.get?.('retry-after');
    if (retry.PASSING_STATUSES.has(status) && (await attempts.next(retryAfter))) continue;
    const text = response.statusText ? `${status} ${response.statusText}` : status;
    refusals.push(`${shown(url)}: the server answered ${text}${attempts.text}`);
    if (status < 400 || status >= 500 || ++index === urls.length) {
      const refusal = badModel(OP, `${refusals.join('; ')}; expected ${what}`);
      throw retry.PASSING_STATUSES.has(status) ? retry.outOfReach(refusal) : refusal;
    }
  }
}

module.exports = { Attempts, request };
