'use strict';

// One file, whole or damaged, that is decoded at once and on another thread: both give the same image,
// or the same error.

const tf = require('../../../lib');
const { poisonFreeBlocks } = require('../poison');
const { Random } = require('../random');
const { damage } = require('./damage');
const { FORMATS } = require('./files');

/** What a result may take: a size that is damaged must not take the machine down. */
const MAX_BYTES = 16 << 20;
const WHOLE = 0.1;

/** @param {Random} random */
function drawOptions(random) {
  return {
    channels: random.pick([0, 0, 1, 3, 4]),
    expandAnimations: random.chance(0.8),
    orientation: random.chance(0.4),
    ratio: random.pick([1, 1, 2, 8]),
    fancyUpscaling: random.chance(0.7),
    tryRecoverTruncated: random.chance(0.3),
    acceptableFraction: random.pick([1, 1, 0.5, 0]),
    maxBytes: MAX_BYTES,
  };
}

/** What became of a call. @param {() => any} call */
async function outcomeOf(call) {
  try {
    const tensor = await call();
    const { shape, dtype } = tensor;
    const values = tensor.dataSync();
    tensor.dispose();
    return { shape, dtype, values };
  } catch (error) {
    return { error };
  }
}

/** @param {any} error @returns {string | null} */
function problemOfError(error) {
  if (!(error instanceof tf.native.NativeError)) return `threw ${error?.stack ?? String(error)}`;
  if (error.code === 'INTERNAL') return `internal error: ${error.message}`;
  return null;
}

/** @returns {string | null} */
function problemOfImage({ shape, dtype, values }) {
  if (dtype !== 'int32') return `the dtype is ${dtype}`;
  if (values.length !== tf.util.sizeFromShape(shape))
    return `${values.length} values in [${shape}]`;
  if (values.length * 4 > MAX_BYTES) return `[${shape}] is more than was allowed`;
  const wrong = values.findIndex((value) => value < 0 || value > 255);
  return wrong < 0 ? null : `value ${wrong} of [${shape}] is ${values[wrong]}`;
}

/** What differs between two outcomes. @returns {string | null} */
function differenceOf(first, second) {
  if (first.error || second.error) {
    const texts = [first, second].map(({ error }) => error && `${error.code} ${error.message}`);
    return texts[0] === texts[1] ? null : `at once: ${texts[0]}; later: ${texts[1]}`;
  }
  if (String(first.shape) !== String(second.shape)) return `[${first.shape}] and [${second.shape}]`;
  return first.values.every((value, i) => value === second.values[i]) ? null : 'other values';
}

/**
 * @param {string} format @param {number} seed
 * @returns {Promise<{results?: boolean, errors?: boolean, problem?: string | null, text: string}>}
 */
async function runImage(format, seed) {
  const random = new Random(seed, `image ${format}`);
  const whole = await FORMATS[format](random);
  const isWhole = random.chance(WHOLE);
  const { file, names } = isWhole
    ? { file: Buffer.from(whole), names: ['whole'] }
    : damage(whole, random, format);
  const options = drawOptions(random);
  const text = `${JSON.stringify(options)} ${names}: ${file.toString('base64')}`;
  const before = tf.memory().numDataBuffers;
  // Values that no decoder writes show what was left out.
  poisonFreeBlocks(tf.backend());
  const first = await outcomeOf(() => tf.node.decodeImage(file, options));
  poisonFreeBlocks(tf.backend());
  const second = await outcomeOf(() => tf.node.decodeImageAsync(file, options));
  const leaked = tf.memory().numDataBuffers - before;
  const problem =
    (first.error ? problemOfError(first.error) : problemOfImage(first)) ??
    differenceOf(first, second) ??
    (isWhole && first.error && !isRunLength(format) ? `refused: ${first.error.message}` : null) ??
    (leaked !== 0 ? `leaks ${leaked} tensors` : null);
  return { results: !first.error, errors: first.error !== undefined, problem, text };
}

/** Random runs of a BMP may end early. */
const isRunLength = (/** @type {string} */ format) => format === 'bmp';

module.exports = { runImage };
