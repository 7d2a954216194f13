'use strict';

// One spoiled call on the native backend: it may give a result or throw an error, and nothing else.

const tf = require('../../lib');
const { generators } = require('./generators');
const { operators } = require('./operators');
const { Random } = require('./random');
const { spoil } = require('./mutate');
const { makeTensor } = require('./tensors');
const { poisonFreeBlocks, isPoisoned } = require('./poison');

/** @typedef {import('./mutate').HostileInput} HostileInput */

/** Room for what a reasonable call needs: a shape of a billion must not take the machine down. */
const ROOM_BYTES = 48 << 20;

let isLimited = false;

/** @param {HostileInput} input */
function makeInput({ spec, trick }) {
  if (!spec) return spec;
  if (trick.kind === 'strings') {
    return tf.tensor(Array.from(spec.values, String).slice(0, 50), undefined, 'string');
  }
  const made = makeTensor(tf, spec);
  if (trick.kind === 'claims') {
    return { dataId: made.dataId, shape: trick.shape, dtype: made.dtype };
  }
  if (trick.kind === 'disposed') made.dispose();
  return made;
}

/** @param {any} output A tensor or what a kernel calls one. @param {boolean} isSync */
async function read({ dataId }, isSync) {
  return isSync ? tf.backend().readSync(dataId) : tf.backend().read(dataId);
}

/** @param {any} error @returns {string | null} What is wrong with how a call was refused. */
function problemOfError(error) {
  if (!(error instanceof Error)) return `threw ${String(error)}, which is no Error`;
  if (error.code === 'INTERNAL') return `internal error: ${error.message}`;
  // What stumbles over a bad value in our own code names neither operator nor attribute.
  const [, frame = ''] = (error.stack ?? '').split('\n    at ');
  const isOurs = /[\\/]lib[\\/][a-z-]+\.js/.test(frame) && !frame.includes('node_modules');
  if (isOurs && !(error instanceof tf.native.NativeError)) return `stumbles: ${error.stack}`;
  return null;
}

/**
 * @param {any} output @param {any} values
 * @param {boolean} claims Whether an input is told to have another shape.
 * @param {boolean} isByte Whether a bool input has other values than 0 and 1, and so may outputs.
 * @returns {string | null}
 */
function problemOfOutput({ shape, dtype }, values, claims, isByte) {
  if (dtype === 'string') return null;
  const count = tf.util.sizeFromShape(shape) * (dtype === 'complex64' ? 2 : 1);
  // A view of a tensor that claims to be smaller than it is has all of its values.
  if (claims ? values.length < count : values.length !== count) {
    return `${values.length} values for shape [${shape}] of ${dtype}`;
  }
  if (isByte && dtype === 'bool') return null;
  return isPoisoned(values, dtype) ? `an output ${dtype}[${shape}] was not written` : null;
}

/** The backend must go on working. @returns {string | null} */
function problemOfAdd() {
  const sum = tf.tidy(() => Array.from(tf.add([1, 2, 3], [10, 20, 30]).dataSync()));
  return sum.join() === '11,22,33' ? null : `afterwards an add gives ${sum}`;
}

/**
 * @param {string} op @param {number} seed
 * @returns {Promise<{problem: string | null, results: boolean, errors: boolean, call: any}>}
 */
async function runHostile(op, seed) {
  await tf.setBackend('onednn');
  if (!isLimited) tf.native.setMemoryCeiling(tf.native.memory().liveBytes + ROOM_BYTES);
  isLimited = true;
  const random = new Random(seed, `hostile ${op}`);
  const call = spoil(random, generators[op](random), operators.get(op));
  let problem = null;
  let results = false;
  tf.engine().startScope();
  try {
    const made = Array.isArray(call.inputs)
      ? call.inputs.map(makeInput)
      : Object.fromEntries(Object.entries(call.inputs).map(([k, v]) => [k, makeInput(v)]));
    const inputs = /** @type {any} */ (operators.get(op).pack(made));
    poisonFreeBlocks(tf.backend());
    const isDirect = random.chance(0.3);
    const outputs = isDirect
      ? tf.getKernel(op, 'onednn').kernelFunc({ inputs, attrs: call.attrs, backend: tf.backend() })
      : tf.engine().runKernel(op, inputs, call.attrs);
    const list = [outputs].flat();
    const given = Object.values(call.inputs);
    const claims = given.some(({ trick }) => trick.kind === 'claims');
    const isByte = given.some(
      ({ spec }) => spec?.dtype === 'bool' && spec.values.some((value) => value > 1),
    );
    try {
      for (const output of list) {
        const values = await read(output, random.chance(0.5));
        problem ??= problemOfOutput(output, values, claims, isByte);
      }
    } finally {
      if (isDirect) for (const { dataId } of list) tf.backend().disposeData(dataId);
    }
    results = true;
  } catch (error) {
    problem = problemOfError(error);
  } finally {
    tf.engine().endScope();
  }
  problem ??= problemOfAdd();
  return { problem, results, errors: !results, call };
}

module.exports = { runHostile };
