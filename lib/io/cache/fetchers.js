'use strict';

const fs = require('node:fs/promises');
const { badModel, isMissing, messageOf } = require('../errors.js');
const { Download, describe, readWhole } = require('../http/download.js');
const { shown } = require('../http/urls.js');
const { groupBytes, wrongLength } = require('../streams/weight-chunks.js');

/** @typedef {import('../http/fetcher.js').Fetcher} Fetcher */
/** @typedef {import('../http/request.js').RequestSettings} RequestSettings */
/** @typedef {import('../http/request.js').WatchedResponse} WatchedResponse */
/** @typedef {import('../streams/pieces.js').Source} Source */
/** @typedef {import('./store.js').CacheStore} CacheStore */
/** @typedef {import('./store.js').FileRecord} FileRecord */

const OP = 'loadModel';

/** One job of libuv's thread pool. */
const READ_BYTES = 2 ** 20;

/** Files that are downloaded at a time. */
const MAX_PARALLEL = 4;

/** Errors of files that were in the cache a moment ago. */
const lost = new WeakSet();

/** @param {unknown} error Whether a file was lost while it was in use, as when the cache is cleared. */
function isLost(error) {
  return typeof error === 'object' && error !== null && lost.has(error);
}

/**
 * @param {unknown} error
 * @param {string} what
 */
function unreadable(error, what) {
  const reason = isMissing(error) ? 'was removed from the cache' : messageOf(error);
  const result = badModel(OP, `${what}: ${reason}; load the model again`, error);
  lost.add(result);
  return result;
}

/**
 * @param {CacheStore} store
 * @param {() => FileRecord} recordOf Known when the source is opened.
 * @param {string} what
 * @returns {Source} Of a file in the cache, which was found to be intact.
 */
function storedSource(store, recordOf, what) {
  return {
    async open() {
      const { sha256, sizeBytes } = recordOf();
      const pieces = (async function* () {
        let handle;
        try {
          handle = await fs.open(store.blobFile(sha256), 'r');
          const piece = new Uint8Array(Math.min(READ_BYTES, sizeBytes));
          for (let position = 0; position < sizeBytes;) {
            const { bytesRead } = await handle.read(piece, 0, piece.length, position);
            if (bytesRead === 0) throw new Error('became shorter');
            position += bytesRead;
            yield piece.subarray(0, bytesRead);
          }
        } catch (error) {
          throw unreadable(error, what);
        } finally {
          await handle?.close();
        }
      })();
      return { sizeBytes, pieces };
    },
  };
}

/**
 * A fetcher that asks nobody.
 *
 * @param {CacheStore} store
 * @param {FileRecord[]} records Intact ones.
 * @returns {Fetcher}
 */
function storedFetcher(store, records) {
  /** @param {string} name @param {string} what */
  const recordOf = (name, what) => {
    const record = records.find((one) => one.name === name);
    if (record === undefined)
      throw badModel(OP, `${shown(name)}: not in the cache; expected ${what}`);
    return record;
  };
  return {
    async whole(url, what) {
      const { sha256 } = recordOf(url, what);
      const content = await fs.readFile(store.blobFile(sha256)).catch((error) => {
        throw unreadable(error, what);
      });
      return { content, url, type: undefined };
    },
    source: (_urls, name, what) => storedSource(store, () => recordOf(name, what), what),
    prepare: async () => {},
  };
}

/**
 * A fetcher that downloads into the cache what the server says has changed, and what is not there.
 */
class RefreshingFetcher {
  #store;
  #settings;
  #known;
  #onProgress;
  /** @type {FileRecord[]} */
  #wholes = [];
  /** @type {{urls: string[], name: string, what: string, record?: FileRecord}[]} */
  #weights = [];
  #controller = new AbortController();

  /**
   * @param {CacheStore} store
   * @param {RequestSettings} settings
   * @param {FileRecord[]} known Intact ones.
   * @param {(fraction: number) => void} onProgress Told of the part of the weights that is here.
   */
  constructor(store, settings, known, onProgress) {
    this.#store = store;
    this.#settings = settings;
    this.#known = known;
    this.#onProgress = onProgress;
    /** Whether anything was downloaded. */
    this.hasDownloaded = false;
  }

  /** @returns {FileRecord[]} What the model is made of, complete after `prepare`. */
  get records() {
    const weights = this.#weights.map(({ record }) => /** @type {FileRecord} */ (record));
    return [...this.#wholes, ...weights];
  }

  /** @type {Fetcher['whole']} */
  async whole(url, what) {
    const asked = await this.#ask([url], url, what, false);
    const { first, record, download } = asked;
    const { type } = describe(first.response);
    if (record) {
      this.#wholes.push(record);
      const content = await fs.readFile(this.#store.blobFile(record.sha256)).catch((error) => {
        throw unreadable(error, what);
      });
      return { content, url: first.url, type };
    }
    const content = await readWhole(download, first);
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const stored = await this.#store.write(
      (async function* () {
        yield bytes;
      })(),
    );
    this.#wholes.push(this.#recordOf(url, first, stored));
    this.hasDownloaded = true;
    return { content, url: first.url, type };
  }

  /** @type {Fetcher['source']} */
  source(urls, name, what) {
    /** @type {{urls: string[], name: string, what: string, record?: FileRecord}} */
    const weight = { urls, name, what };
    this.#weights.push(weight);
    return storedSource(this.#store, () => /** @type {FileRecord} */ (weight.record), what);
  }

  /** @type {Fetcher['prepare']} */
  async prepare(groups) {
    const sizes = groups.map(({ specs }) => groupBytes(specs));
    const total = sizes.reduce((/** @type {number} */ sum, bytes) => sum + (bytes ?? 0), 0);
    let done = 0;
    const onBytes = (/** @type {number} */ bytes) => {
      done += bytes;
      if (total > 0) this.#onProgress(Math.min(1, done / total));
    };
    let next = 0;
    const rest = async () => {
      while (next < this.#weights.length) await this.#get(this.#weights[next++], onBytes);
    };
    try {
      await Promise.all(Array.from({ length: MAX_PARALLEL }, rest));
    } catch (error) {
      this.#controller.abort(error);
      throw error;
    }
    // Nothing is kept that is known to be of no use.
    let index = 0;
    for (const { specs, sources, where } of groups) {
      const own = this.#weights.slice(index, (index += sources.length));
      const bytes = own.reduce((sum, { record }) => sum + (record?.sizeBytes ?? 0), 0);
      const expected = groupBytes(specs);
      if (expected !== undefined && bytes !== expected) {
        throw wrongLength(specs, where, `${bytes} bytes`);
      }
    }
  }

  /**
   * @param {{urls: string[], name: string, what: string, record?: FileRecord}} weight
   * @param {(bytes: number) => void} onBytes
   */
  async #get(weight, onBytes) {
    const { urls, name, what } = weight;
    const { first, record, download } = await this.#ask(urls, name, what, true);
    if (record) {
      weight.record = record;
      onBytes(record.sizeBytes);
      return;
    }
    const { pieces } = download.read(first, true);
    const counted = (async function* () {
      let own = 0;
      for await (const piece of pieces) {
        onBytes(piece === null ? -own : piece.length);
        own = piece === null ? 0 : own + piece.length;
        yield piece;
      }
    })();
    weight.record = this.#recordOf(name, first, await this.#store.write(counted));
    this.hasDownloaded = true;
  }

  /**
   * Asks the server for a file, unless it is what is here already.
   *
   * @param {string[]} urls
   * @param {string} name
   * @param {string} what
   * @param {boolean} isBinary
   * @returns {Promise<{first: WatchedResponse, download: Download, record: FileRecord | undefined}>}
   *   `record`: what is here, where it is.
   */
  async #ask(urls, name, what, isBinary) {
    const known = this.#known.find((one) => one.name === name && urls.includes(one.url));
    /** @type {Record<string, string>} */
    const headers = {};
    if (known?.etag) headers['if-none-match'] = known.etag;
    if (known?.lastModified) headers['if-modified-since'] = known.lastModified;
    const isConditional = Object.keys(headers).length > 0;
    const ordered = known ? [known.url, ...urls.filter((url) => url !== known.url)] : urls;
    const { signal } = this.#controller;
    const download = new Download(this.#settings, ordered, what, signal);
    // Where there is a copy, a server that is out of reach is not waited for.
    const asking = isConditional
      ? new Download({ ...this.#settings, retries: 0 }, ordered, what, signal)
      : download;
    const first = await asking.request(headers, isBinary);
    const isSame = first.response.status === 304;
    if (isSame) first.watch.close();
    return { first, download, record: isSame ? known : undefined };
  }

  /**
   * @param {string} name
   * @param {WatchedResponse} first
   * @param {{sha256: string, sizeBytes: number}} stored
   * @returns {FileRecord}
   */
  #recordOf(name, first, stored) {
    const { etag, lastModified } = describe(first.response);
    return { name, url: first.requestedUrl, ...stored, etag, lastModified };
  }
}

module.exports = { RefreshingFetcher, isLost, storedFetcher };
