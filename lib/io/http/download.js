'use strict';

const { NativeError } = require('../../native-error.js');
const { badModel } = require('../errors.js');
const { bytesOf, streamPieces } = require('../streams/pieces.js');
const { Attempts, request } = require('./request.js');
const { isPassing, outOfReach, reasonOf } = require('./retry.js');
const { shown } = require('./urls.js');

/** @typedef {import('./request.js').RequestSettings} RequestSettings */
/** @typedef {import('./request.js').WatchedResponse} WatchedResponse */
/** @typedef {import('../streams/pieces.js').OpenedSource} OpenedSource */

const OP = 'loadModel';

/**
 * What a response says of its body.
 *
 * @param {any} response
 */
function describe(response) {
  const get = (/** @type {string} */ name) => response.headers?.get?.(name) ?? undefined;
  const length = get('content-length');
  const encoding = get('content-encoding');
  const isEncoded = encoding !== undefined && encoding !== 'identity';
  // A fetchFunc may give headers that know nothing, or anything.
  const isLength = !isEncoded && typeof length === 'string' && /^\d+$/.test(length);
  return {
    isEncoded,
    sizeBytes: isLength ? Number(length) : undefined,
    etag: /** @type {string | undefined} */ (get('etag')),
    lastModified: /** @type {string | undefined} */ (get('last-modified')),
    type: /** @type {string | undefined} */ (get('content-type')),
  };
}

/** @typedef {ReturnType<typeof describe>} Description */

/**
 * Whether two responses are known to hold the same bytes.
 *
 * @param {Description} a
 * @param {Description} b
 */
function isSameFile(a, b) {
  if (a.isEncoded !== b.isEncoded) return false;
  if (a.etag !== undefined || b.etag !== undefined) return a.etag === b.etag;
  return a.lastModified !== undefined && a.lastModified === b.lastModified;
}

/**
 * The pieces of a response's body.
 *
 * @param {WatchedResponse} watched
 * @param {number | undefined} sizeBytes
 * @returns {AsyncGenerator<Uint8Array>}
 */
async function* bodyPieces({ response, watch }, sizeBytes) {
  let done = 0;
  let isComplete = false;
  try {
    if (response.body) {
      const pieces = streamPieces(response.body);
      try {
        for (;;) {
          const next = await watch.step(pieces.next());
          if (next.done) break;
          const bytes = bytesOf(next.value);
          if (bytes === undefined) throw new TypeError('the body holds pieces that are no bytes');
          done += bytes.length;
          yield bytes;
        }
      } finally {
        pieces.return(undefined).catch(() => {});
      }
    } else {
      // A fetchFunc may give less than a whole Response.
      yield new Uint8Array(await watch.step(response.arrayBuffer()));
      done = sizeBytes ?? 0;
    }
    isComplete = sizeBytes === undefined || done >= sizeBytes;
    if (!isComplete) {
      throw Object.assign(new Error('the connection was closed'), { code: 'TRUNCATED' });
    }
  } finally {
    // Lets go of the connection where the body is not read to its end.
    if (!isComplete) watch.abort(new Error('not wanted'));
    watch.close();
  }
}

/**
 * A download: opened, and begun again where the connection breaks.
 */
class Download {
  #settings;
  #urls;
  #what;
  #signal;
  #attempts;

  /**
   * @param {RequestSettings} settings
   * @param {string[]} urls Where the file may be, best first.
   * @param {string} what What the file is for.
   * @param {AbortSignal} signal
   */
  constructor(settings, urls, what, signal) {
    this.#settings = settings;
    this.#urls = urls;
    this.#what = what;
    this.#signal = signal;
    this.#attempts = new Attempts(settings, signal);
  }

  /**
   * @param {Record<string, string>} [headers] To add.
   * @param {boolean} [isBinary] What a `fetchFunc` of the caller's is told.
   * @returns {Promise<WatchedResponse>}
   */
  request(headers = {}, isBinary = true) {
    const options = isBinary ? { isBinary } : undefined;
    const [settings, what] = [this.#settings, this.#what];
    return request(settings, this.#urls, what, this.#attempts, this.#signal, headers, options);
  }

  /**
   * Reads what was requested. Where the connection breaks, it goes on with the rest if the server
   * shows that the file is the same; if not, and if the reader can, it begins again.
   *
   * @param {WatchedResponse} first
   * @param {boolean} canRestart
   * @returns {OpenedSource}
   */
  read(first, canRestart) {
    const description = describe(first.response);
    return {
      sizeBytes: description.sizeBytes,
      pieces: this.#pieces(first, description, canRestart),
    };
  }

  /**
   * @param {WatchedResponse} first
   * @param {Description} description
   * @param {boolean} canRestart
   * @returns {AsyncGenerator<Uint8Array | null>}
   */
  async *#pieces(first, description, canRestart) {
    let watched = first;
    let done = 0;
    let skip = 0;
    let expected = description.sizeBytes;
    for (;;) {
      try {
        for await (const piece of bodyPieces(watched, expected)) {
          const bytes = piece.subarray(Math.min(skip, piece.length));
          skip -= piece.length - bytes.length;
          done += bytes.length;
          if (bytes.length > 0) yield bytes;
        }
        return;
      } catch (error) {
        await this.#prepareRetry(error, watched.url, done, description);
      }
      const isStrong = description.etag !== undefined && !description.etag.startsWith('W/');
      const canResume = isStrong && !description.isEncoded && done > 0;
      /** @type {Record<string, string>} */
      const headers = {};
      if (canResume) {
        headers.range = `bytes=${done}-`;
        headers['if-range'] = /** @type {string} */ (description.etag);
      }
      watched = await this.request(headers);
      const now = describe(watched.response);
      const range = watched.response.headers?.get?.('content-range');
      const isRest = watched.response.status === 206;
      expected = now.sizeBytes;
      skip = 0;
      if (isRest ? range?.startsWith(`bytes ${done}-`) : isSameFile(now, description)) {
        if (!isRest) skip = done;
      } else if (done === 0) {
        description = now;
      } else if (canRestart && !isRest && now.sizeBytes === description.sizeBytes) {
        description = now;
        done = 0;
        yield null;
      } else {
        watched.watch.abort(new Error('not wanted'));
        watched.watch.close();
        const message =
          'the connection broke, and the server does not tell that the file is the same';
        throw badModel(OP, `${shown(watched.url)}: ${message}; expected ${this.#what}`);
      }
    }
  }

  /**
   * @param {unknown} error What broke the connection.
   * @param {string} url
   * @param {number} done Bytes that came.
   * @param {Description} description
   */
  async #prepareRetry(error, url, done, { sizeBytes }) {
    const signals = [this.#signal, this.#settings.requestInit.signal];
    for (const signal of signals) if (signal?.aborted) throw signal.reason;
    if (error instanceof NativeError) throw error;
    if (isPassing(error) && (await this.#attempts.next())) return;
    const far = sizeBytes === undefined ? `${done} bytes` : `${done} of ${sizeBytes} bytes`;
    const message = `broke off at ${far}${this.#attempts.text} (${shown(reasonOf(error))})`;
    throw outOfReach(badModel(OP, `${shown(url)}: ${message}; expected ${this.#what}`, error));
  }
}

/**
 * A weight file on a server.
 *
 * @param {RequestSettings} settings
 * @param {string[]} urls Where it may be, best first.
 * @param {string} what What the file is for.
 * @returns {import('../streams/pieces.js').Source}
 */
function httpSource(settings, urls, what) {
  return {
    async open({ signal, canRestart }) {
      const download = new Download(settings, urls, what, signal);
      return download.read(await download.request(), canRestart);
    },
  };
}

/**
 * The whole of a response's body.
 *
 * @param {Download} download
 * @param {WatchedResponse} first
 * @returns {Promise<Buffer | object>} An object only where a `fetchFunc` gives nothing but that.
 */
async function readWhole(download, first) {
  const { response } = first;
  if (!response.body) {
    first.watch.close();
    const isText = typeof response.text === 'function';
    return isText ? Buffer.from(await response.text()) : response.json();
  }
  /** @type {Uint8Array[]} */
  let pieces = [];
  for await (const piece of download.read(first, true).pieces) {
    if (piece === null) pieces = [];
    else pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/**
 * Downloads a file as a whole.
 *
 * @param {RequestSettings} settings
 * @param {string} url
 * @param {string} what What the file is for.
 * @returns {Promise<{content: Buffer | object, url: string, type: string | undefined}>} `content`: as
 *   of `readWhole`. `url`: after redirects.
 */
async function fetchWhole(settings, url, what) {
  const download = new Download(settings, [url], what, new AbortController().signal);
  const first = await download.request({}, false);
  const { type } = describe(first.response);
  return { content: await readWhole(download, first), url: first.url, type };
}

module.exports = { Download, describe, fetchWhole, httpSource, readWhole };
