'use strict';

const fs = require('node:fs/promises');
const path = require('node:path');
const { badArgument, isMissing, kindOf } = require('./errors.js');

/**
 * Where a caller said that a model lies. A `file://` URL can be meant in two ways, raw
 * (`file:///a b/é`) and percent-encoded (`file:///a%20b/%C3%A9`), and `%` is a legal character in
 * a file name. The rule: **the raw text is the path if something exists there, else the decoded
 * text is.** A plain path, as `tf.io.fileSystem` takes it, is never decoded.
 *
 * @typedef {object} Location
 * @property {string} raw Absolute path.
 * @property {string} decoded Absolute path; equal to `raw` where there is nothing to decode.
 */

/** `file://`, and `file:` before an absolute path, which means the same. */
const FILE_SCHEME = /^file:(?:\/\/|(?=\/))/i;

/** @param {unknown} text */
function isFileUrl(text) {
  return typeof text === 'string' && FILE_SCHEME.test(text);
}

/**
 * Whether a caller means the file system: with a URL, or with several.
 *
 * @param {unknown} urls
 */
function areFileUrls(urls) {
  return Array.isArray(urls) ? urls.length > 0 && urls.every(isFileUrl) : isFileUrl(urls);
}

/**
 * Percent-decodes a path.
 *
 * @param {string} text
 * @param {boolean} isWindows
 * @returns {string} `text` itself where it is not valid percent-encoding, or where an encoded
 *   separator or NUL would change what the path means (Node.js refuses such file URLs, too).
 */
function decodePath(text, isWindows) {
  if (/%(2f|00)/i.test(text) || (isWindows && /%5c/i.test(text))) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Parses a path, a `file://` URL or a `URL` object. Relative paths (`file://./model/model.json`)
 * are taken from the current working directory as it is now.
 *
 * @param {unknown} pathOrUrl
 * @param {import('./errors.js').IoOp} op
 * @param {Pick<typeof path, 'resolve' | 'sep'>} [platformPath] `path.win32` or `path.posix`.
 * @returns {Location}
 * @throws {import('../native-error.js').NativeError} `BAD_ATTR` if it is none of these.
 */
function parseLocation(pathOrUrl, op, platformPath = path) {
  const text = /** @type {{href?: unknown} | null} */ (pathOrUrl)?.href ?? pathOrUrl;
  if (typeof text !== 'string' || text === '') {
    throw badArgument(op, `path: expected a path or a file:// URL, got ${kindOf(text)}`);
  }
  if (text.includes('\0')) throw badArgument(op, `path: must not hold a NUL: ${kindOf(text)}`);
  if (!isFileUrl(text)) {
    if (text !== pathOrUrl) {
      throw badArgument(op, `path: expected a file: URL, got ${kindOf(text)}`);
    }
    const raw = platformPath.resolve(text);
    return { raw, decoded: raw };
  }
  const isWindows = platformPath.sep === '\\';
  const body = text.replace(FILE_SCHEME, '');
  if (body === '') throw badArgument(op, `path: the URL ${kindOf(text)} holds no path`);
  // On Windows a drive comes after the slash that starts the path of a URL: file:///C:/model
  const resolve = (/** @type {string} */ form) =>
    platformPath.resolve(isWindows ? form.replace(/^\/+(?=[a-z]:)/i, '') : form);
  return { raw: resolve(body), decoded: resolve(decodePath(body, isWindows)) };
}

/**
 * Applies the rule of `Location`.
 *
 * @param {Location} location
 * @returns {Promise<string>} An absolute path; whether something exists there is not known.
 */
async function chooseLocation({ raw, decoded }) {
  if (raw === decoded) return raw;
  try {
    await fs.stat(raw);
    return raw;
  } catch (error) {
    // Anything but "missing" (no permission, say) shows that the raw path is there.
    return isMissing(error) ? decoded : raw;
  }
}

module.exports = { isFileUrl, areFileUrls, decodePath, parseLocation, chooseLocation };
