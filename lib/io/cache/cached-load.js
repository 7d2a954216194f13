'use strict';

const { badArgument, badModel, kindOf, messageOf } = require('../errors.js');
const { shown } = require('../http/urls.js');
const { isOutOfReach } = require('../http/retry.js');
const { RefreshingFetcher, isLost, storedFetcher } = require('./fetchers.js');
const { cacheFolder, isEnabled } = require('./settings.js');
const { CacheError, CacheStore } = require('./store.js');

/** @typedef {import('@tensorflow/tfjs-core').io.ModelArtifacts} ModelArtifacts */
/** @typedef {import('../http/fetcher.js').Fetcher} Fetcher */
/** @typedef {import('../http/handler.js').HttpRequest} HttpRequest */
/** @typedef {import('../http/request.js').RequestSettings} RequestSettings */
/** @typedef {import('./store.js').FileRecord} FileRecord */

/**
 * Loads the model through a fetcher.
 *
 * @typedef {(fetcher: Fetcher, onProgress: ((fraction: number) => void) | undefined) =>
 *   Promise<ModelArtifacts>} LoadWith
 */

/** How much of the progress is the download; the rest is reading what was downloaded. */
const DOWNLOAD_SHARE = 0.95;

/**
 * Whether a model is to be loaded by way of the cache.
 *
 * @param {HttpRequest} request
 * @returns {boolean}
 */
function wantsCache({ loadOptions, requestInit }) {
  const { cache } = loadOptions;
  if (cache !== undefined && typeof cache !== 'boolean') {
    throw badArgument('loadModel', `cache: expected a boolean, got ${kindOf(cache)}`);
  }
  const method = String(requestInit.method ?? 'GET').toUpperCase();
  return (cache ?? isEnabled()) && method === 'GET' && requestInit.cache !== 'no-store';
}

/** @param {HttpRequest} request @returns {string} Tells models in the cache apart. */
function keyOf({ path, loadOptions }) {
  const { weightPathPrefix, fromTFHub } = loadOptions;
  return JSON.stringify([[path].flat(), weightPathPrefix ?? null, fromTFHub === true]);
}

/**
 * @param {CacheStore} store
 * @param {FileRecord[]} records
 * @returns {Promise<FileRecord[]>} Those that are what they were.
 */
async function intactOf(store, records) {
  const intact = [];
  for (const record of records) if (await store.isIntact(record)) intact.push(record);
  return intact;
}

/**
 * Loads a model over HTTP by way of the cache: what the server says is unchanged comes from the disk,
 * and all of it does where the server is out of reach. A model in the cache is always as a whole what
 * the server had at one time.
 *
 * @param {HttpRequest} request
 * @param {RequestSettings} settings
 * @param {LoadWith} load
 * @param {() => Promise<ModelArtifacts>} direct Loads it without the cache.
 * @returns {Promise<ModelArtifacts>}
 */
async function loadThroughCache(request, settings, load, direct) {
  try {
    return await loadCached(request, settings, load);
  } catch (error) {
    if (isLost(error)) return direct();
    if (!(error instanceof CacheError)) throw error;
    const message = `the cache in ${cacheFolder()} is not used: ${error.message}`;
    process.emitWarning(message, { type: 'TfjsNativeWarning', code: 'TFJS_NATIVE_CACHE' });
    return direct();
  }
}

/** @param {HttpRequest} request @param {RequestSettings} settings @param {LoadWith} load */
async function loadCached(request, settings, load) {
  const { onProgress } = request.loadOptions;
  const mode = request.requestInit.cache;
  const store = new CacheStore(cacheFolder());
  const key = keyOf(request);
  const url = /** @type {string} */ ([request.path].flat().at(-1));
  const entry = await store.read(key);
  const intact = entry ? await intactOf(store, entry.files) : [];
  const isComplete = entry !== undefined && intact.length === entry.files.length;
  const fromDisk = () => load(storedFetcher(store, intact), onProgress);
  if (isComplete && (mode === 'only-if-cached' || mode === 'force-cache')) return fromDisk();
  if (mode === 'only-if-cached') {
    const state = entry ? 'its copy in the cache is damaged' : 'not in the cache';
    throw badModel('loadModel', `${shown(url)}: ${state}; expected a model that was loaded before`);
  }

  const known = mode === 'reload' ? [] : intact;
  let told = 0;
  const tell = (/** @type {number} */ fraction) => {
    if (fraction <= told) return;
    told = fraction;
    onProgress?.(fraction);
  };
  const fetcher = new RefreshingFetcher(store, settings, known, (fraction) =>
    tell(fraction * DOWNLOAD_SHARE),
  );
  /** @type {Fetcher} */
  const publishing = {
    whole: (...args) => fetcher.whole(...args),
    source: (...args) => fetcher.source(...args),
    async prepare(groups) {
      await fetcher.prepare(groups);
      if (!fetcher.hasDownloaded && isComplete) return;
      const savedAt = new Date().toISOString();
      await store.publish(key, { version: 1, url, savedAt, files: fetcher.records });
    },
  };
  /** @type {number | undefined} */
  let readFrom;
  try {
    return await load(publishing, (fraction) => {
      readFrom ??= told;
      tell(readFrom + (1 - readFrom) * fraction);
    });
  } catch (error) {
    if (!entry || !isOutOfReach(error)) throw error;
    if (isComplete) return fromDisk();
    const message = `${messageOf(error)}; its copy in the cache is damaged`;
    throw badModel('loadModel', message.replace(/^\[loadModel\] /, ''), error);
  }
}

module.exports = { loadThroughCache, wantsCache };
