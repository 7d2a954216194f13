'use strict';

/**
 * Saving a model is replacing two files, `model.json` and its weights, which no file system does
 * in one step. Three rules keep a reader from ever pairing a model.json with the weights of
 * another save:
 *
 * 1. The weights are complete, on the disk and under their final name before the model.json that
 *    names them takes its place by one atomic rename. That rename is the moment of the save.
 * 2. Weights never take the place of other weights. In a folder that holds no model yet they are
 *    called `weights.bin`, as programs written for `@tensorflow/tfjs-node` expect; a save over a
 *    model uses a name drawn at random. A hash of the content would not do: saving the same
 *    weights twice would yield one name, and removing the older save's file would break the newer.
 * 3. What the model.json before named is removed only after the rename. A reader that still holds
 *    the old model.json finds no weights then, sees that the model.json has changed, and begins
 *    again (load-model.js); any other program gets an error, never wrong weights.
 *
 * Of two saves at once, the later rename wins. The loser's weights may stay behind.
 */

const fs = require('node:fs/promises');
const path = require('node:path');
const { types } = require('node:util');
const { NativeError } = require('../native-error.js');
const { badArgument, badModel, kindOf, messageOf, systemCode } = require('./errors.js');
const { fileIdentity } = require('./files.js');
const { describingFields } = require('./model-json.js');
const names = require('./names.js');
const { weightPieces } = require('./weight-pieces.js');
const { RangeReader } = require('./weight-reader.js');
const { checkWeightSpec, measureWeights } = require('./weight-specs.js');

/** @typedef {import('@tensorflow/tfjs-core').io.ModelArtifacts} ModelArtifacts */
/** @typedef {import('@tensorflow/tfjs-core').io.WeightsManifestEntry} WeightsManifestEntry */

const OP = 'saveModel';

/** What it means where the folder cannot be made. @type {Record<string, string | undefined>} */
const IN_THE_WAY = {
  EEXIST: 'exists as a file; expected a directory, or nothing',
  ENOTDIR: 'expected a path of directories, but a file is in the way',
};

/** One job of libuv's thread pool. */
const WRITE_BYTES = 8 * 2 ** 20;

/**
 * Writes a new file and brings it to the disk.
 *
 * @param {string} file
 * @param {AsyncIterable<Uint8Array> | Uint8Array[]} pieces
 * @returns {Promise<number>} Its size in bytes.
 */
async function writeDurably(file, pieces) {
  const handle = await fs.open(file, 'wx');
  let sizeBytes = 0;
  try {
    for await (const piece of pieces) {
      for (let done = 0; done < piece.length;) {
        const length = Math.min(WRITE_BYTES, piece.length - done);
        const { bytesWritten } = await handle.write(piece, done, length);
        done += bytesWritten;
      }
      sizeBytes += piece.length;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return sizeBytes;
}

/**
 * Makes a folder, and those above it, where they are not there. Node's own way of doing so never
 * ends where a folder is there and yet says that there is no such thing (below /proc, say).
 *
 * @param {string} folder Absolute path.
 */
async function makeFolder(folder) {
  try {
    await fs.mkdir(folder);
  } catch (error) {
    const parent = path.dirname(folder);
    if (systemCode(error) === 'ENOENT' && parent !== folder && !(await exists(parent))) {
      await makeFolder(parent);
      await makeFolder(folder);
      return;
    }
    // EPERM: what Windows says of a drive.
    const isThere = ['EEXIST', 'EISDIR', 'EPERM'].includes(systemCode(error));
    const stats = isThere ? await fs.stat(folder).catch(() => undefined) : undefined;
    if (!stats?.isDirectory()) throw error;
  }
}

/**
 * Brings the names in a folder to the disk, where the system can do so (Windows cannot).
 *
 * @param {string} folder
 */
async function syncFolder(folder) {
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems know no fsync of a folder.
    if (!['EINVAL', 'ENOTSUP'].includes(systemCode(error))) throw error;
  } finally {
    await handle.close();
  }
}

/** @param {string} file */
async function exists(file) {
  return fs.lstat(file).then(
    () => true,
    () => false,
  );
}

/**
 * Gives the weights their final name by rule 2.
 *
 * @param {string} temporary
 * @param {string} folder
 * @returns {Promise<string>} The name.
 */
async function publishWeights(temporary, folder) {
  const modelFile = path.join(folder, names.MODEL_FILE);
  if (!(await exists(modelFile))) {
    const first = path.join(folder, names.FIRST_WEIGHTS_FILE);
    // Unlike a rename, a link fails where the name is taken. Where links are unknown, it fails too.
    const isOurs = await fs.link(temporary, first).then(
      () => true,
      () => false,
    );
    // Another save may have been faster since; then the name may have been in use before.
    if (isOurs && !(await exists(modelFile))) {
      await fs.unlink(temporary);
      return names.FIRST_WEIGHTS_FILE;
    }
    if (isOurs) await fs.unlink(first);
  }
  const name = names.writeOnceName();
  await fs.rename(temporary, path.join(folder, name));
  return name;
}

/**
 * The weights that the folder's present model.json names, as far as a save made them.
 *
 * @param {string} folder
 * @returns {Promise<string[]>} File names.
 */
async function findReplacedWeights(folder) {
  try {
    const json = JSON.parse(await fs.readFile(path.join(folder, names.MODEL_FILE), 'utf8'));
    /** @type {unknown[]} */
    const paths = json.weightsManifest.flatMap((/** @type {any} */ group) => group.paths);
    return paths
      .filter((name) => typeof name === 'string')
      .filter((name) => name === names.FIRST_WEIGHTS_FILE || names.isWriteOnceName(name));
  } catch {
    // No model yet, or one that nobody can load either: nothing is known to be replaced.
    return [];
  }
}

/**
 * Checks that the weights fit their specifications, so that nothing is saved that cannot be loaded.
 *
 * @param {WeightsManifestEntry[]} specs
 * @param {string} file
 * @param {number} sizeBytes
 */
async function checkWeights(specs, file, sizeBytes) {
  const identity = fileIdentity(await fs.stat(file, { bigint: true }));
  const reader = new RangeReader([{ name: file, file, sizeBytes, identity }]);
  try {
    const readAt = (/** @type {number} */ position, /** @type {number} */ length) =>
      reader.readAt(position, length);
    await measureWeights({ specs, sizeBytes, readAt, where: 'weightData', op: OP });
  } finally {
    await reader.close();
  }
}

/**
 * Writes the files of a model; what it writes or has written it adds to `own`.
 *
 * @param {string} folder
 * @param {ModelArtifacts} artifacts
 * @param {WeightsManifestEntry[] | undefined} specs
 * @param {Set<string>} own Files to remove if the save fails.
 * @returns {Promise<number>} Bytes of the weights.
 */
async function writeModel(folder, artifacts, specs, own) {
  const id = names.uniqueId();
  let sizeBytes = 0;
  /** @type {Record<string, unknown>} */
  const json = { modelTopology: artifacts.modelTopology };
  if (specs) {
    const temporary = path.join(folder, `.weights-${id}.tmp`);
    own.add(temporary);
    sizeBytes = await writeDurably(temporary, weightPieces(artifacts));
    await checkWeights(specs, temporary, sizeBytes);
    const name = await publishWeights(temporary, folder);
    own.add(path.join(folder, name));
    json.weightsManifest = [{ paths: [name], weights: specs }];
    await syncFolder(folder);
  }
  Object.assign(json, describingFields(artifacts));

  const temporary = path.join(folder, `.model-${id}.tmp`);
  own.add(temporary);
  await writeDurably(temporary, [Buffer.from(JSON.stringify(json), 'utf8')]);
  const replaced = await findReplacedWeights(folder);
  await fs.rename(temporary, path.join(folder, names.MODEL_FILE));
  // From here on the model is saved, and its files are no longer ours to remove.
  own.clear();
  await syncFolder(folder);
  await Promise.allSettled(replaced.map((name) => fs.unlink(path.join(folder, name))));
  return sizeBytes;
}

/**
 * Saves a model in a folder, which is created where needed: `model.json`, and the weights in one
 * file beside it. A failed save leaves the model that was there as it was, and no file of its own.
 *
 * @param {string} folder Absolute path.
 * @param {ModelArtifacts} artifacts
 * @returns {Promise<number>} Bytes of the weights.
 * @throws {import('../native-error.js').NativeError} `BAD_ATTR` if the artifacts do not fit
 *   together or are not of a kind that can be saved, `BAD_MODEL` if writing fails.
 */
async function saveModel(folder, artifacts) {
  const { modelTopology, weightSpecs, weightData, getWeightStream } = artifacts;
  if (types.isAnyArrayBuffer(modelTopology) || ArrayBuffer.isView(modelTopology)) {
    throw badArgument(OP, 'modelTopology: expected a JSON object; binary ones cannot be saved');
  }
  if (typeof modelTopology !== 'object' || modelTopology === null) {
    throw badArgument(OP, `modelTopology: expected a JSON object, got ${kindOf(modelTopology)}`);
  }
  const hasData = (weightData ?? getWeightStream ?? undefined) !== undefined;
  if (hasData !== ((weightSpecs ?? undefined) !== undefined)) {
    const [there, lacking] = hasData
      ? ['weightData', 'weightSpecs']
      : ['weightSpecs', 'weightData'];
    throw badArgument(OP, `${lacking}: expected along with ${there}, got none`);
  }
  const specs = weightSpecs?.map((spec, i) => checkWeightSpec(spec, `weightSpecs[${i}]`, OP));
  /** @type {Set<string>} */
  const own = new Set();
  try {
    await makeFolder(folder);
    return await writeModel(folder, artifacts, specs, own);
  } catch (error) {
    await Promise.allSettled([...own].map((file) => fs.unlink(file)));
    if (error instanceof NativeError) throw error;
    const problem = IN_THE_WAY[systemCode(error)] ?? 'the model cannot be saved';
    throw badModel(OP, `${folder}: ${problem} (${messageOf(error)})`, error);
  }
}

module.exports = { saveModel };
