'use strict';

const fs = require('node:fs/promises');
const { badModel, kindOf, messageOf } = require('./errors.js');
const { requireFile } = require('./files.js');
const { checkWeightSpec } = require('./weight-specs.js');

/** @typedef {import('@tensorflow/tfjs-core').io.WeightsManifestEntry} WeightsManifestEntry */
/** @typedef {import('@tensorflow/tfjs-core').io.ModelJSON} ModelJson */

/**
 * @typedef {object} WeightGroup
 * @property {string[]} paths
 * @property {WeightsManifestEntry[]} specs
 */

const OP = 'loadModel';

/** What a model.json is, for the "expected" half of a message. */
const MODEL_JSON = 'the model.json of a TensorFlow.js model';

/** Always there, as in the files of other TensorFlow.js writers; null has a meaning of its own. */
const ORIGIN_FIELDS = /** @type {const} */ (['format', 'generatedBy', 'convertedBy']);

const OPTIONAL_FIELDS = /** @type {const} */ ([
  'trainingConfig',
  'userDefinedMetadata',
  'signature',
  'modelInitializer',
  'initializerSignature',
]);

/**
 * What a model.json and the artifacts have in common, besides topology and weights.
 *
 * @param {import('@tensorflow/tfjs-core').io.ModelArtifacts} source Or a model.json.
 */
function describingFields(source) {
  /** @type {Record<string, unknown>} */
  const fields = {};
  for (const key of ORIGIN_FIELDS) fields[key] = source[key];
  for (const key of OPTIONAL_FIELDS) {
    if (source[key] !== undefined && source[key] !== null) fields[key] = source[key];
  }
  return fields;
}

/**
 * @param {string} text
 * @param {string} where What it was read from, for errors.
 * @param {string} what What it is for.
 * @returns {unknown} The parsed content.
 */
function parseJson(text, where, what) {
  try {
    // Some editors and converters put a byte order mark first, which JSON.parse refuses.
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    throw badModel(OP, `${where}: not valid JSON (${messageOf(error)}); expected ${what}`, error);
  }
}

/**
 * @param {string} file
 * @param {string} what What the file is for.
 * @returns {Promise<unknown>} The parsed content.
 */
async function readJson(file, what) {
  await requireFile(file, what);
  let text;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch (error) {
    throw badModel(OP, `${file}: cannot be read (${messageOf(error)}); expected ${what}`, error);
  }
  return parseJson(text, file, what);
}

/** @param {any} value */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Whether the model is one for `tf.loadGraphModel`.
 *
 * @param {ModelJson} json
 */
function isGraphModel(json) {
  return (
    json.format === 'graph-model' || Array.isArray(/** @type {any} */ (json.modelTopology)?.node)
  );
}

/**
 * Checks that the nodes of a graph have names, and that their inputs are nodes of the graph.
 *
 * @param {any[]} nodes
 * @param {string} where
 */
function checkNodes(nodes, where) {
  const names = new Set(nodes.map((node) => node?.name));
  for (const [n, node] of nodes.entries()) {
    if (!isObject(node) || typeof node.name !== 'string' || typeof node.op !== 'string') {
      const expected = 'expected a node with a name and an op';
      throw badModel(OP, `${where}[${n}]: ${expected}, got ${kindOf(node)}`);
    }
    const inputs = node.input ?? [];
    const named = `${where}[${n}] (${kindOf(node.name)})`;
    if (!Array.isArray(inputs)) {
      throw badModel(OP, `${named}: input: expected an array, got ${kindOf(inputs)}`);
    }
    for (const input of inputs) {
      // "^node" is a control input, "node:1" the second output of a node.
      if (typeof input === 'string' && names.has(input.replace(/^\^/, '').split(':')[0])) continue;
      throw badModel(OP, `${named}: input: expected the name of a node, got ${kindOf(input)}`);
    }
  }
}

/**
 * Checks what TensorFlow.js takes for granted in a topology of a declared format. A topology of
 * no declared format is passed on as it is: other packages keep their own in there.
 *
 * @param {any} json
 * @param {string} file
 */
function checkTopology(json, file) {
  const topology = json.modelTopology;
  if (!isObject(topology)) {
    throw badModel(OP, `${file}: modelTopology: expected an object, got ${kindOf(topology)}`);
  }
  const where = `${file}: modelTopology`;
  if (json.format === 'graph-model') {
    if (!Array.isArray(topology.node)) {
      const got = kindOf(topology.node);
      throw badModel(OP, `${where}.node: expected an array of graph nodes, got ${got}`);
    }
    checkNodes(topology.node, `${where}.node`);
    if (!isObject(topology.versions)) {
      const got = kindOf(topology.versions);
      throw badModel(OP, `${where}.versions: expected an object, got ${got}`);
    }
    if (json.weightsManifest === undefined || json.weightsManifest === null) {
      const got = kindOf(json.weightsManifest);
      throw badModel(OP, `${file}: weightsManifest: expected an array of groups, got ${got}`);
    }
  } else if (json.format === 'layers-model') {
    const config = topology.model_config ?? topology;
    if (!isObject(config) || typeof config.class_name !== 'string') {
      throw badModel(OP, `${where}: expected a model_config or a class_name with its config`);
    }
  }
}

/**
 * Checks a weights manifest.
 *
 * @param {unknown} manifest
 * @param {string} file
 * @returns {WeightGroup[]}
 */
function checkManifest(manifest, file) {
  if (!Array.isArray(manifest)) {
    const got = kindOf(manifest);
    throw badModel(OP, `${file}: weightsManifest: expected an array of groups, got ${got}`);
  }
  return manifest.map((group, g) => {
    const where = `${file}: weightsManifest[${g}]`;
    if (!isObject(group)) throw badModel(OP, `${where}: expected an object, got ${kindOf(group)}`);
    for (const key of ['paths', 'weights']) {
      if (!Array.isArray(group[key])) {
        throw badModel(OP, `${where}.${key}: expected an array, got ${kindOf(group[key])}`);
      }
    }
    for (const [p, path] of group.paths.entries()) {
      if (typeof path !== 'string' || path === '') {
        throw badModel(OP, `${where}.paths[${p}]: expected a file name, got ${kindOf(path)}`);
      }
    }
    /** @type {unknown[]} */
    const entries = group.weights;
    const specs = entries.map((entry, w) => checkWeightSpec(entry, `${where}.weights[${w}]`, OP));
    return { paths: group.paths, specs };
  });
}

/**
 * Checks the content of a model.json.
 *
 * @param {unknown} content
 * @param {string} where What it was read from, for errors.
 * @param {boolean} [mayLackTopology] Whether weights alone will do, as they do over HTTP.
 * @returns {{json: ModelJson, groups: WeightGroup[] | undefined}} `groups` is undefined where the
 *   model has a topology only.
 */
function checkModelJson(content, where, mayLackTopology = false) {
  const json = /** @type {any} */ (content);
  if (!isObject(json)) throw badModel(OP, `${where}: expected an object, got ${kindOf(json)}`);
  const hasManifest = json.weightsManifest !== undefined && json.weightsManifest !== null;
  const isWeightsOnly = hasManifest && json.modelTopology === undefined && !json.format;
  if (!(isWeightsOnly && mayLackTopology)) checkTopology(json, where);
  return { json, groups: hasManifest ? checkManifest(json.weightsManifest, where) : undefined };
}

/**
 * Reads and checks a model.json.
 *
 * @param {string} file
 */
async function readModelJson(file) {
  return checkModelJson(await readJson(file, MODEL_JSON), file);
}

/**
 * Reads the pair of files that `@tensorflow/tfjs-node` takes: a topology, and a weights manifest
 * on its own.
 *
 * @param {string} topologyFile Parsed where its name ends in `.json`, else passed on as bytes.
 * @param {string} manifestFile
 * @returns {Promise<{json: ModelJson, groups: WeightGroup[]}>}
 */
async function readModelPair(topologyFile, manifestFile) {
  /** @type {any} */
  let modelTopology;
  if (/\.json$/i.test(topologyFile)) {
    modelTopology = await readJson(topologyFile, 'a model topology');
    checkTopology({ modelTopology }, topologyFile);
  } else {
    await requireFile(topologyFile, 'a model topology');
    modelTopology = Uint8Array.from(await fs.readFile(topologyFile)).buffer;
  }
  const weightsManifest = /** @type {any} */ (await readJson(manifestFile, 'a weights manifest'));
  const groups = checkManifest(weightsManifest, manifestFile);
  return { json: { modelTopology, weightsManifest }, groups };
}

module.exports = {
  MODEL_JSON,
  checkManifest,
  checkModelJson,
  checkTopology,
  describingFields,
  isGraphModel,
  parseJson,
  readModelJson,
  readModelPair,
};
