'use strict';

const { badModel, kindOf } = require('../errors.js');
const { formsOf } = require('../weight-paths.js');

const OP = 'loadModel';

/** Relative URLs, of which only a `fetchFunc` can know what they mean, are taken to be below this. */
const ANY_BASE = 'http://relative.invalid/base/';

/**
 * A URL, or a text that holds some, for messages: without passwords.
 *
 * @param {string} text
 */
function shown(text) {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]*@/gi, '$1');
}

/**
 * Cuts a URL into what stands before the file's name and what follows it, as tfjs-core does.
 *
 * @param {string} url
 * @returns {{prefix: string, suffix: string}} `suffix` is the query, with its question mark.
 */
function splitUrl(url) {
  const lastSlash = url.lastIndexOf('/');
  const query = url.lastIndexOf('?');
  return {
    prefix: url.slice(0, lastSlash + 1) || '/',
    suffix: query > lastSlash ? url.slice(query) : '',
  };
}

/**
 * Where a URL leads to.
 *
 * @param {string} url
 * @returns {string | undefined} Undefined for relative URLs and what is none.
 */
function originOf(url) {
  try {
    return new URL(url).origin;
  } catch {
    return undefined;
  }
}

/**
 * Puts a weight file's name behind a prefix.
 *
 * @param {string} prefix
 * @param {string} name
 * @param {string} suffix
 * @param {string} where Names the entry of the manifest in errors.
 */
function joinUrl(prefix, name, suffix, where) {
  const url = prefix + name + suffix;
  let isInside = false;
  try {
    const folder = new URL(prefix, ANY_BASE);
    const file = new URL(url, ANY_BASE);
    const path = folder.pathname.slice(0, folder.pathname.lastIndexOf('/') + 1);
    isInside = file.origin === folder.origin && file.pathname.startsWith(path);
  } catch {
    // No URL is no place in the folder either.
  }
  if (isInside) return url;
  const message = `weight path ${kindOf(name)} leads to ${shown(url)}`;
  throw badModel(OP, `${where}: ${message}; expected a file below ${shown(prefix)}`);
}

/**
 * The URLs at which a weight file may be, best first.
 *
 * Relative names are resolved against the URL that the model.json came from in the end. Where a
 * server redirects every file on its own (to a signed URL, say), only the URL that was asked for
 * leads to the weights; TensorFlow Hub is known to do so.
 *
 * @param {string} name As the manifest has it.
 * @param {object} place
 * @param {string} place.requestedUrl Of the file that names the weights.
 * @param {string} place.finalUrl The same after redirects.
 * @param {string | undefined} place.prefix The caller's `weightPathPrefix`.
 * @param {boolean} place.isHub Whether the option `fromTFHub` was given.
 * @param {string} where Names the entry of the manifest in errors.
 * @returns {string[]}
 */
function weightUrls(name, { requestedUrl, finalUrl, prefix, isHub }, where) {
  formsOf(name, where);
  const requested = splitUrl(requestedUrl);
  if (prefix) {
    const urls = [joinUrl(prefix, name, requested.suffix, where)];
    // tfjs-core puts no slash in between; its documentation has one.
    if (!prefix.endsWith('/')) urls.push(joinUrl(`${prefix}/`, name, requested.suffix, where));
    return urls;
  }
  const final = splitUrl(finalUrl);
  const places = isHub ? [requested, final] : [final, requested];
  return [...new Set(places.map((one) => joinUrl(one.prefix, name, one.suffix, where)))];
}

module.exports = { originOf, shown, weightUrls };
