'use strict';

const { fetchWhole, httpSource } = require('./download.js');

/** @typedef {import('../streams/pieces.js').Source} Source */
/** @typedef {import('../streams/collect.js').SourceGroup} SourceGroup */

/**
 * Gets the files of a model: from a server, by way of the cache, or out of it.
 *
 * @typedef {object} Fetcher
 * @property {(url: string, what: string) => Promise<{content: Buffer | object, url: string,
 *   type: string | undefined}>} whole Gets a file of JSON or a topology. `url`: after redirects.
 * @property {(urls: string[], name: string, what: string) => Source} source A weight file, by the
 *   URLs where it may be and by its name in the manifest.
 * @property {(groups: SourceGroup[]) => Promise<void>} prepare Called when all sources are known,
 *   before one of them is opened.
 */

/**
 * @param {import('./request.js').RequestSettings} settings
 * @returns {Fetcher} One that keeps nothing.
 */
function directFetcher(settings) {
  return {
    whole: (url, what) => fetchWhole(settings, url, what),
    source: (urls, _name, what) => httpSource(settings, urls, what),
    prepare: async () => {},
  };
}

module.exports = { directFetcher };
