'use strict';

const { loadThroughCache, wantsCache } = require('../cache/cached-load.js');
const { badArgument, badModel, kindOf } = require('../errors.js');
const json = require('../model-json.js');
const { readArtifacts } = require('../streams/artifacts.js');
const { directFetcher } = require('./fetcher.js');
const { proxyClient } = require('./proxy.js');
const { originOf, shown, weightUrls } = require('./urls.js');

/** @typedef {import('@tensorflow/tfjs-core').io.LoadOptions} LoadOptions */
/** @typedef {import('@tensorflow/tfjs-core').io.ModelArtifacts} ModelArtifacts */
/** @typedef {import('./fetcher.js').Fetcher} Fetcher */
/** @typedef {import('./request.js').RequestSettings} RequestSettings */

/**
 * What this package heeds beyond tfjs's options.
 *
 * @typedef {object} HttpOptions
 * @property {number} [retries] How often to try again where a read fails for a reason that may pass
 *   (the connection breaks; 408, 425, 429, 500, 502, 503, 504). 3 unless given.
 * @property {number} [retryDelayMs] The time before the first retry, in milliseconds; it doubles with
 *   each. 250 unless given. A server's `Retry-After` goes before it, up to 30 s.
 * @property {number} [stallTimeoutMs] After so many milliseconds without a byte an attempt has failed.
 *   60000 unless given.
 * @property {boolean} [cache] Whether to keep the model on the disk, and to load it from there where
 *   the server says that it is unchanged or cannot be reached. As `tf.native.cache` has it unless
 *   given. `requestInit.cache` is heeded as browsers do: `no-store` neither reads nor writes the
 *   cache, `reload` only writes it, `force-cache` asks the server only for what is not in it, and
 *   `only-if-cached` never asks.
 */

/**
 * An HTTPRequest of tfjs-core.
 *
 * @typedef {object} HttpRequest
 * @property {string | string[]} path
 * @property {LoadOptions & HttpOptions} loadOptions
 * @property {Record<string, any>} requestInit
 * @property {any} fetch
 */

const DEFAULTS = { retries: 3, retryDelayMs: 250, stallTimeoutMs: 60_000 };

/**
 * @param {HttpRequest} request
 * @param {keyof typeof DEFAULTS} name
 * @param {(value: number) => boolean} isGood
 * @param {string} expected
 */
function numberOption({ loadOptions }, name, isGood, expected) {
  const value = loadOptions[name] ?? DEFAULTS[name];
  if (isGood(value)) return value;
  throw badArgument('loadModel', `${name}: expected ${expected}, got ${kindOf(value)}`);
}

/**
 * For the `fetch` of tfjs-core's platform, where tests of programs put stand-ins that compare what they
 * get with what the program gave. `fetch` itself finds the signal all the same.
 *
 * @param {Record<string, any>} init
 */
function withHiddenSignal({ signal, ...shown }) {
  return Object.defineProperty(shown, 'signal', { value: signal });
}

/**
 * @param {HttpRequest} request
 * @returns {RequestSettings}
 */
function settingsOf(request) {
  const { loadOptions, path, requestInit } = request;
  const isTime = (/** @type {number} */ ms) => Number.isFinite(ms) && ms > 0 && ms < 2 ** 31;
  const named = [path, loadOptions.weightPathPrefix ?? []].flat();
  const origins = named.map(originOf).filter((origin) => origin !== undefined);
  const proxied = loadOptions.fetchFunc ? undefined : proxyClient()?.fetch;
  // Called as a function alone: a browser's fetch wants no other `this`.
  const own = proxied ?? request.fetch;
  const isPlatform = !loadOptions.fetchFunc && !proxied;
  return {
    fetch: (url, init, options) => {
      const given = isPlatform ? withHiddenSignal(init) : init;
      return options ? own(url, given, options) : own(url, given);
    },
    requestInit,
    retries: numberOption(
      request,
      'retries',
      (n) => Number.isInteger(n) && n >= 0,
      'an integer >= 0',
    ),
    retryDelayMs: numberOption(request, 'retryDelayMs', isTime, 'milliseconds > 0'),
    stallTimeoutMs: numberOption(request, 'stallTimeoutMs', isTime, 'milliseconds > 0'),
    origins: new Set(origins),
  };
}

/**
 * Downloads and parses a JSON file.
 *
 * @param {Fetcher} fetcher
 * @param {string} url
 * @param {string} what
 */
async function fetchJson(fetcher, url, what) {
  const { content, url: finalUrl, type } = await fetcher.whole(url, what);
  if (!Buffer.isBuffer(content)) return { content, finalUrl };
  // Servers that answer everything with a page of their own are told by the type.
  const expected = /json|octet-stream|text\/plain/.test(type ?? 'json')
    ? what
    : `${what}; the server sent ${type}`;
  return { content: json.parseJson(content.toString('utf8'), shown(url), expected), finalUrl };
}

/**
 * Downloads what says of which weights the model is made.
 *
 * @param {Fetcher} fetcher
 * @param {string[]} urls A model.json; or a topology and a weights manifest.
 */
async function fetchTopology(fetcher, urls) {
  const last = /** @type {string} */ (urls.at(-1));
  if (urls.length === 1) {
    const { content, finalUrl } = await fetchJson(fetcher, last, json.MODEL_JSON);
    const { modelTopology, weightsManifest } = /** @type {any} */ (content) ?? {};
    if ((modelTopology ?? weightsManifest ?? undefined) === undefined) {
      // tfjs-core's words first.
      const message = 'contains neither model topology or manifest for weights';
      throw badModel('loadModel', `${shown(last)}: ${message}; expected ${json.MODEL_JSON}`);
    }
    return { ...json.checkModelJson(content, shown(last), true), finalUrl };
  }
  const what = 'a model topology';
  let modelTopology;
  if (/\.json$/i.test(new URL(urls[0], 'http://relative.invalid').pathname)) {
    modelTopology = (await fetchJson(fetcher, urls[0], what)).content;
    json.checkTopology({ modelTopology }, shown(urls[0]));
  } else {
    const { content } = await fetcher.whole(urls[0], what);
    modelTopology = Uint8Array.from(/** @type {any} */ (content)).buffer;
  }
  const { content, finalUrl } = await fetchJson(fetcher, last, 'a weights manifest');
  const groups = json.checkManifest(content, shown(last));
  const model = /** @type {any} */ ({ modelTopology, weightsManifest: content });
  return { json: model, groups, finalUrl };
}

/**
 * Loads a model through a fetcher.
 *
 * @param {HttpRequest} request
 * @param {RequestSettings} settings
 * @param {Fetcher} fetcher
 * @param {{stream: boolean, onProgress: ((fraction: number) => void) | undefined}} options
 * @returns {Promise<ModelArtifacts>}
 */
async function loadWith(request, settings, fetcher, options) {
  const { weightPathPrefix, weightUrlConverter, fromTFHub } = request.loadOptions;
  const urls = [request.path].flat();
  const requestedUrl = /** @type {string} */ (urls.at(-1));
  const { json: model, groups, finalUrl } = await fetchTopology(fetcher, urls);
  if (groups === undefined) {
    await fetcher.prepare([]);
    return readArtifacts(model, undefined, options);
  }
  const place = { requestedUrl, finalUrl, prefix: weightPathPrefix, isHub: fromTFHub === true };
  /** @param {string} name @param {string} where */
  const locate = async (name, where) => {
    // The name is checked in any case, so that a converter may put it behind a prefix.
    const found = weightUrls(name, place, where);
    if (!weightUrlConverter) return found;
    const answer = /** @type {unknown} */ (await weightUrlConverter(name));
    if (typeof answer !== 'string' || answer === '') {
      const message = `expected a URL for ${kindOf(name)}, got ${kindOf(answer)}`;
      throw badArgument('loadModel', `weightUrlConverter: ${message}`);
    }
    // The caller's own answer is trusted like a URL that the caller gave.
    const origin = originOf(answer);
    if (origin !== undefined) settings.origins.add(origin);
    return [answer];
  };
  const sourceGroups = await Promise.all(
    groups.map(async ({ paths, specs }, g) => {
      const where = `${shown(requestedUrl)}: weightsManifest[${g}]`;
      const sources = paths.map(async (name, p) => {
        const found = await locate(name, `${where}.paths[${p}]`);
        return fetcher.source(found, name, `weight file ${kindOf(name)}`);
      });
      const names = paths.length > 3 ? [...paths.slice(0, 2), '…', paths.at(-1)] : paths;
      const named = `${where} (${names.join(', ')})`;
      return { specs, sources: await Promise.all(sources), where: named };
    }),
  );
  await fetcher.prepare(sourceGroups);
  return readArtifacts(model, sourceGroups, options);
}

/**
 * Loads a model over HTTP.
 *
 * @param {HttpRequest} request
 * @param {boolean} stream Whether to return a stream of the weights of a graph model.
 * @returns {Promise<ModelArtifacts>} With the weights in `weightData`, in one buffer if they take less
 *   than 2 GiB; or with `getWeightStream`, of which each call downloads them anew, or reads them anew
 *   from the cache.
 * @throws {import('../../native-error.js').NativeError} `BAD_MODEL` where the server does not give a
 *   complete and sound model, or where the manifest names weights outside of the model's folder;
 *   `BAD_ATTR` for options; `OUT_OF_MEMORY`. The reason of `requestInit.signal` where that is aborted.
 */
async function loadOverHttp(request, stream) {
  const settings = settingsOf(request);
  const { onProgress } = request.loadOptions;
  const options = { stream, onProgress };
  const direct = () => loadWith(request, settings, directFetcher(settings), options);
  if (!wantsCache(request)) return direct();
  /** @type {import('../cache/cached-load.js').LoadWith} */
  const load = (fetcher, onPart) =>
    loadWith(request, settings, fetcher, { stream, onProgress: onPart });
  return loadThroughCache(request, settings, load, direct);
}

module.exports = { loadOverHttp };
