'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { isGraphModel, readModelJson } = require('../io/model-json.js');
const { isFileUrl, parseLocation, chooseLocation } = require('../io/location.js');
const { UsageError } = require('./arguments');
const { showDownload } = require('./downloading');

/** @typedef {typeof import('../namespace')} Tf */
/** @typedef {import('@tensorflow/tfjs-layers').LayersModel | import('@tensorflow/tfjs-converter').GraphModel} Model */

/** @type {import('./arguments').Command['options']} */
const modelOptions = {
  shape: {
    type: 'string',
    multiple: true,
    value: '[NAME=]N,N,...',
    help: "shape of an input; by default the model's own, with 1 for what it leaves open",
  },
  threads: { type: 'string', value: 'N', help: 'size of the thread pool' },
};

/**
 * @param {Tf} tf @param {string} where A path, of the model.json or its folder, or a URL.
 * @returns {Promise<{model: Model, kind: 'graph model' | 'layers model', loadMs: number}>}
 */
async function loadModel(tf, where) {
  const start = performance.now();
  const url = /^[a-z][a-z\d+.-]+:\/\//i.test(where) && !isFileUrl(where) ? where : null;
  const json = url === null ? await readLocal(where) : await fetchJson(url);
  const source = url ?? tf.io.fileSystem(where);
  const isGraph = isGraphModel(json);
  const load = isGraph ? tf.loadGraphModel : tf.loadLayersModel;
  const download = url === null ? null : showDownload();
  try {
    const model = await load(/** @type {any} */ (source), { onProgress: download?.onProgress });
    const kind = isGraph ? 'graph model' : 'layers model';
    return { model: /** @type {Model} */ (model), kind, loadMs: performance.now() - start };
  } finally {
    download?.end();
  }
}

/** @param {string} where */
async function readLocal(where) {
  const file = await chooseLocation(parseLocation(where, 'loadModel'));
  const isFolder = fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const { json } = await readModelJson(isFolder ? path.join(file, 'model.json') : file);
  return json;
}

/** @param {string} url */
async function fetchJson(url) {
  const response = await fetch(url).catch((/** @type {any} */ error) => {
    throw new Error(`${url}: ${error.cause?.message ?? error.message}`, { cause: error });
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return response.json().catch((error) => {
    throw new Error(`${url}: not valid JSON (${error.message})`, { cause: error });
  });
}

/**
 * @typedef {object} InputType
 * @property {string} name
 * @property {number[]} shape
 * @property {'float32' | 'int32' | 'bool'} dtype
 */

/**
 * The model's inputs with the shapes that --shape gives, or that the model declares.
 * @param {Model} model @param {string[]} [texts]
 * @returns {InputType[]}
 * @throws {UsageError}
 */
function inputTypes(model, texts = []) {
  const declared = /** @type {any[]} */ (model.inputs);
  const given = givenShapes(declared, texts);
  return declared.map(({ name, shape, dtype }, i) => {
    const own = given.get(i);
    if (own === undefined && shape == null) {
      const message = `the model does not tell the shape of its input ${name}: give --shape ${name}=...`;
      throw new UsageError(message);
    }
    if (own !== undefined && shape != null && !agree(own, shape)) {
      const wanted = shape.map((/** @type {any} */ extent) => extent ?? -1);
      throw new UsageError(`--shape: ${name} is [${wanted}], got [${own}]`);
    }
    const open = (/** @type {any} */ extent) => (extent == null || extent < 0 ? 1 : extent);
    return { name, shape: own ?? shape.map(open), dtype };
  });
}

/** @param {number[]} own @param {(number | null)[]} declared */
const agree = (own, declared) =>
  own.length === declared.length &&
  declared.every((extent, axis) => extent == null || extent < 0 || extent === own[axis]);

/**
 * @param {{name: string}[]} declared @param {string[]} texts "name=1,2,3", or "1,2,3" of the next
 *     input without a name.
 * @returns {Map<number, number[]>} By the input's place.
 */
function givenShapes(declared, texts) {
  /** @type {Map<number, number[]>} */
  const given = new Map();
  for (const text of texts) {
    const split = text.lastIndexOf('=');
    const name = text.slice(0, Math.max(split, 0));
    const extents = text.slice(split + 1).replace(/[[\]\s]/g, '');
    const shape = extents === '' ? [] : extents.split(',').map(Number);
    if (!/^(\d+(,\d+)*)?$/.test(extents)) {
      throw new UsageError(`--shape: expected whole numbers like 1,224,224,3, got '${text}'`);
    }
    const place =
      split < 0
        ? declared.findIndex((_, i) => !given.has(i))
        : declared.findIndex((input) => input.name === name || input.name === `${name}:0`);
    if (place < 0) {
      const names = declared.map((input) => input.name).join(', ');
      throw new UsageError(`--shape ${text}: the inputs of the model are ${names}`);
    }
    given.set(place, shape);
  }
  return given;
}

module.exports = { loadModel, inputTypes, modelOptions };
