'use strict';

const { types } = require('node:util');
const { badArgument, badModel, kindOf } = require('../errors.js');
const { describingFields } = require('../model-json.js');
const { weightPieces } = require('../weight-pieces.js');
const { proxyClient } = require('./proxy.js');
const { reasonOf } = require('./retry.js');
const { shown } = require('./urls.js');

/** @typedef {import('@tensorflow/tfjs-core').io.ModelArtifacts} ModelArtifacts */
/** @typedef {import('@tensorflow/tfjs-core').io.SaveResult} SaveResult */

const OP = 'saveModel';

/** The name that tfjs-core gives to the part of the weights. */
const WEIGHTS_PART = 'model.weights.bin';

/**
 * Sends a model to a server: as `multipart/form-data` of the parts `model.json` and
 * `model.weights.bin`, by POST unless `requestInit.method` says otherwise. It is sent once only.
 *
 * @param {import('./handler.js').HttpRequest} request
 * @param {ModelArtifacts} artifacts
 * @param {typeof import('@tensorflow/tfjs-core').io} io
 * @returns {Promise<SaveResult>} With the server's response.
 * @throws {import('../../native-error.js').NativeError} `BAD_ATTR` for what cannot be sent,
 *   `BAD_MODEL` where the server does not take it.
 */
async function saveOverHttp({ path, requestInit, fetch: given, loadOptions }, artifacts, io) {
  const { modelTopology, weightSpecs } = artifacts;
  if (typeof path !== 'string') {
    throw badArgument(OP, `path: expected one URL, got ${kindOf(path)}`);
  }
  if (types.isAnyArrayBuffer(modelTopology) || ArrayBuffer.isView(modelTopology)) {
    throw badArgument(OP, 'modelTopology: expected a JSON object; binary ones cannot be saved');
  }
  const proxied = loadOptions.fetchFunc ? undefined : proxyClient();
  const body = new (proxied?.FormData ?? FormData)();
  const manifest = weightSpecs && [{ paths: [`./${WEIGHTS_PART}`], weights: weightSpecs }];
  const json = { modelTopology, ...describingFields(artifacts), weightsManifest: manifest };
  const text = JSON.stringify(json);
  body.append('model.json', new Blob([text], { type: 'application/json' }), 'model.json');

  let weightDataBytes = 0;
  const pieces = [];
  for await (const piece of weightPieces(artifacts)) {
    weightDataBytes += piece.length;
    pieces.push(piece);
  }
  if ((artifacts.weightData ?? artifacts.getWeightStream ?? undefined) !== undefined) {
    const blob = new Blob(/** @type {any} */ (pieces), { type: 'application/octet-stream' });
    body.append(WEIGHTS_PART, blob, WEIGHTS_PART);
  }

  const fetch = proxied?.fetch ?? given;
  let response;
  try {
    response = await fetch(path, { method: 'POST', ...requestInit, body });
  } catch (error) {
    if (requestInit.signal?.aborted) throw requestInit.signal.reason;
    const message = `the model cannot be sent (${shown(reasonOf(error))})`;
    throw badModel(OP, `${shown(path)}: ${message}`, error);
  }
  if (!response.ok) {
    const status = response.statusText
      ? `${response.status} ${response.statusText}`
      : response.status;
    const message = `the server answered ${status}; expected it to take the model`;
    throw badModel(OP, `${shown(path)}: ${message}`);
  }
  // tfjs-core's own count is wrong for views and for streams.
  const info = io.getModelArtifactsInfoForJSON({ ...artifacts, weightData: undefined });
  return { modelArtifactsInfo: { ...info, weightDataBytes }, responses: [response] };
}

module.exports = { saveOverHttp };
