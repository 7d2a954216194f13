'use strict';

const { loadOverHttp } = require('./handler.js');
const { saveOverHttp } = require('./save.js');

/** @typedef {typeof import('@tensorflow/tfjs-core').io} Io */
/** @typedef {import('@tensorflow/tfjs-core').io.IOHandler} IOHandler */
/** @typedef {import('@tensorflow/tfjs-core').io.LoadOptions} LoadOptions */

/**
 * Loads and saves models over HTTP in our way wherever that copy of tfjs-core does so: for URLs of
 * `http://` and `https://`, and for the handlers that `tf.io.http` and its like give. The registry
 * of URL schemes takes no second handler for these, so the one that is there changes its methods.
 *
 * @param {Io} io tfjs-core's `io`.
 */
function installHttp(io) {
  const handler = Object.getPrototypeOf(io.http('http://localhost/model.json'));
  handler.load = function () {
    return loadOverHttp(this, this.loadOptions.streamWeights === true);
  };
  handler.loadStream = function () {
    return loadOverHttp(this, true);
  };
  handler.save = function (/** @type {any} */ artifacts) {
    return saveOverHttp(this, artifacts, io);
  };

  /**
   * An `IOHandler` for models on a server, as in `@tensorflow/tfjs-node`.
   *
   * @param {string | string[]} path The URL of a `model.json`, or the pair of those of a topology
   *   (parsed if its path ends in `.json`, else passed on as bytes) and of a weights manifest.
   * @param {RequestInit} [requestInit] What to give to `fetch`. It must hold no body.
   * @param {string} [weightPathPrefix] What the names of weight files are put behind.
   * @returns {IOHandler}
   */
  const nodeHTTPRequest = (path, requestInit, weightPathPrefix) =>
    io.http(/** @type {string} */ (path), { requestInit, weightPathPrefix });
  return { nodeHTTPRequest };
}

module.exports = { installHttp };
