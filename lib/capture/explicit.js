'use strict';

const tfc = require('@tensorflow/tfjs-core');
const { NativeError } = require('../native-error');
const { Captures } = require('./captures');
const { noteVariables } = require('./constants');
const { reasonForEager } = require('./guards');
const {
  capturesOfModel,
  compiledFunctions,
  isGraphModel,
  isLayersModel,
  runModel,
} = require('./targets');

/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */
/** @typedef {import('@tensorflow/tfjs-core').DataType} DataType */
/** @typedef {import('@tensorflow/tfjs-layers').LayersModel} LayersModel */
/** @typedef {import('@tensorflow/tfjs-converter').GraphModel} GraphModel */
/** @typedef {Tensor | Tensor[] | {[name: string]: Tensor}} Outputs */
/** @typedef {{shape: number[], dtype?: DataType}} InputSpec A tensor is one. float32 by default. */

/**
 * @callback CompiledCall
 * @param {...Tensor} inputs With the shapes and dtypes that it was compiled for.
 * @returns {any} What the function gives: a tensor, a list or an object of tensors.
 */

/** @typedef {CompiledCall & {dispose: () => void}} Compiled dispose() lets go of graph and constants. */

/**
 * @typedef {object} WarmupReport
 * @property {boolean} captured Whether the next run with these shapes is a replay.
 * @property {string | null} reason Why not.
 */

/** Runs in which a model has to be captured: seen, recorded, replayed; one more for caches inside. */
const warmupRuns = 4;

/**
 * @param {string} op @param {string} name @param {any} spec
 * @returns {{shape: number[], dtype: DataType}}
 */
function checkedSpec(op, name, spec) {
  const { shape, dtype = 'float32' } = spec ?? {};
  const isShape =
    Array.isArray(shape) && shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
  if (!isShape) {
    const text = `${name}: expected a shape of non-negative integers, got ${JSON.stringify(shape)}`;
    throw new NativeError('BAD_SHAPE', op, text);
  }
  if (!['float32', 'int32', 'bool'].includes(dtype)) {
    throw new NativeError(
      'BAD_DTYPE',
      op,
      `${name}: expected float32, int32 or bool, got ${dtype}`,
    );
  }
  return { shape: [...shape], dtype };
}

/**
 * @param {any} target @param {string} op
 * @returns {(inputs: Tensor[]) => any}
 */
function callOf(target, op) {
  if (isGraphModel(target) || isLayersModel(target)) {
    return (inputs) => target.predict(inputs.length === 1 ? inputs[0] : inputs);
  }
  if (typeof target === 'function') return (inputs) => target(...inputs);
  throw new NativeError('BAD_ATTR', op, `target: expected a model or a function, got ${target}`);
}

/**
 * @param {any} value What a function returned.
 * @returns {{tensors: Tensor[], assemble: (tensors: Tensor[]) => any}}
 */
function takeApart(value) {
  const isTensor = (/** @type {unknown} */ part) => part instanceof tfc.Tensor;
  if (isTensor(value)) return { tensors: [value], assemble: ([tensor]) => tensor };
  const isList = Array.isArray(value);
  const tensors =
    value instanceof Object && !(value instanceof Promise) ? Object.values(value) : [];
  if (tensors.length === 0 || !tensors.every(isTensor)) {
    const text = 'the function has to return a tensor, or a list or an object of tensors';
    throw new NativeError('UNSUPPORTED', 'compile', text);
  }
  if (isList) return { tensors, assemble: (list) => list };
  const names = Object.keys(value);
  const assemble = (/** @type {Tensor[]} */ list) =>
    Object.fromEntries(list.map((tensor, i) => [names[i], tensor]));
  return { tensors, assemble };
}

/**
 * Compiles a function of tensors, or a model's predict(), for inputs of given shapes and dtypes. The
 * function runs once, on zeros. It must be synchronous, and compute its outputs from its inputs,
 * variables (whose assignment it sees) and tensors that do not change.
 * @param {((...inputs: Tensor[]) => any) | LayersModel | GraphModel} target
 * @param {{inputs: InputSpec[], precision?: 'float32'}} options `precision` is what it computes in:
 *     there is no lower one yet.
 * @returns {Promise<Compiled>} Runs the compiled graph; where that may not be (gradients, tf.profile,
 *     another backend) the function itself.
 * @throws {NativeError} BAD_SHAPE, BAD_DTYPE, BAD_ATTR of what is given; UNSUPPORTED with the reason
 *     why the function cannot be captured. Whatever the function throws.
 */
async function compile(target, options) {
  const call = callOf(target, 'compile');
  const { inputs: specs, precision = 'float32' } = options ?? {};
  if (precision !== 'float32') {
    const text = `precision: expected 'float32', got ${JSON.stringify(precision)}`;
    throw new NativeError('BAD_ATTR', 'compile', text);
  }
  if (!Array.isArray(specs) || specs.length === 0) {
    throw new NativeError('BAD_ATTR', 'compile', 'inputs: expected a list of shapes and dtypes');
  }
  const expected = specs.map((spec, i) => checkedSpec('compile', `input ${i}`, spec));
  /** @type {import('@tensorflow/tfjs-core').Variable[]} */
  let variables = [];
  const captures = new Captures(() => noteVariables(variables), {
    onRecorded: (touched) => {
      variables = Object.values(tfc.engine().state.registeredVariables).filter(({ dataId }) =>
        touched.has(dataId),
      );
    },
  });
  /** @type {(tensors: Tensor[]) => any} */
  let assemble = (tensors) => tensors;
  /** @param {Tensor[]} tensors */
  const fn = (tensors) => {
    const apart = takeApart(call(tensors));
    assemble = apart.assemble;
    return apart.tensors;
  };

  const reason = reasonForEager();
  if (reason !== null) throw new NativeError('UNSUPPORTED', 'compile', reason);
  tfc.tidy(() => {
    captures.run(
      'compile',
      expected.map(({ shape, dtype }) => tfc.zeros(shape, dtype)),
      fn,
    );
  });
  await captures.settled();
  if (captures.size === 0) {
    throw new NativeError('UNSUPPORTED', 'compile', captures.lastReason ?? 'it cannot be captured');
  }

  let isDisposed = false;
  /** @param {Tensor[]} tensors */
  const compiled = (...tensors) => {
    if (isDisposed) throw new NativeError('DISPOSED', 'compile', 'the graph has been disposed');
    checkInputs(tensors, expected);
    return assemble(captures.run('compile', tensors, fn));
  };
  compiledFunctions.set(compiled, captures);
  return Object.assign(compiled, {
    dispose() {
      isDisposed = true;
      captures.clear();
    },
  });
}

/** @param {any[]} tensors @param {{shape: number[], dtype: DataType}[]} expected */
function checkInputs(tensors, expected) {
  if (tensors.length !== expected.length) {
    const text = `expected ${expected.length} inputs, got ${tensors.length}`;
    throw new NativeError('BAD_SHAPE', 'compile', text);
  }
  tensors.forEach((tensor, i) => {
    const { shape, dtype } = expected[i];
    if (!(tensor instanceof tfc.Tensor)) {
      throw new NativeError('BAD_DTYPE', 'compile', `input ${i}: expected a tensor`);
    }
    if (tensor.dtype !== dtype) {
      const text = `input ${i}: expected ${dtype}, got ${tensor.dtype}`;
      throw new NativeError('BAD_DTYPE', 'compile', text);
    }
    if (!tfc.util.arraysEqual(tensor.shape, shape)) {
      const text = `input ${i}: expected shape [${shape}], got [${tensor.shape}]`;
      throw new NativeError('BAD_SHAPE', 'compile', text);
    }
  });
}

/**
 * The shapes of one run of a model, with the dtypes that it declares.
 * @param {any} model @param {any} shapes Of all inputs; of a single input, its shape.
 * @returns {{shape: number[], dtype: DataType}[]}
 */
function specsOf(model, shapes) {
  const { inputs } = model;
  const isSingle = inputs.length === 1 && Array.isArray(shapes) && !Array.isArray(shapes[0]);
  const list = isSingle ? [shapes] : shapes;
  if (!Array.isArray(list) || list.length !== inputs.length) {
    const text = `shapes: expected one for each of the ${inputs.length} inputs of the model`;
    throw new NativeError('BAD_SHAPE', 'warmup', text);
  }
  return list.map((shape, i) => {
    const { name, shape: declared, dtype } = inputs[i];
    const spec = checkedSpec('warmup', name, { shape, dtype });
    const fits =
      declared == null ||
      (declared.length === shape.length &&
        declared.every(
          (/** @type {any} */ extent, /** @type {number} */ axis) =>
            extent == null || extent < 0 || extent === shape[axis],
        ));
    if (!fits) {
      const wanted = declared.map((/** @type {any} */ extent) => extent ?? -1);
      const text = `${name}: expected shape [${wanted}], got [${shape}]`;
      throw new NativeError('BAD_SHAPE', 'warmup', text);
    }
    return spec;
  });
}

/**
 * Runs a model on zeros until it is captured for these shapes, so that its next run with them is a
 * replay.
 * @param {LayersModel | GraphModel} model
 * @param {number[][] | number[][][]} shapes For each set of shapes to capture: the shape of the
 *     model's input, or the list of the shapes of its inputs, in their order.
 * @returns {Promise<WarmupReport[]>} One for each set.
 * @throws {NativeError} BAD_SHAPE, BAD_DTYPE, BAD_ATTR. Whatever the model throws.
 */
async function warmup(model, shapes) {
  if (!isGraphModel(model) && !isLayersModel(model)) {
    throw new NativeError('BAD_ATTR', 'warmup', `model: expected a model, got ${model}`);
  }
  if (!Array.isArray(shapes)) {
    throw new NativeError('BAD_SHAPE', 'warmup', 'shapes: expected a list');
  }
  const sets = shapes.map((set) => specsOf(model, set));
  const reports = [];
  for (const specs of sets) reports.push(await warmupOne(model, specs));
  return reports;
}

/**
 * @param {LayersModel | GraphModel} model @param {{shape: number[], dtype: DataType}[]} specs
 * @returns {Promise<WarmupReport>}
 */
async function warmupOne(model, specs) {
  const tensors = specs.map(({ shape, dtype }) => tfc.zeros(shape, dtype));
  const captures = () => capturesOfModel(model);
  const replays = () => captures().reduce((sum, { replayed }) => sum + replayed, 0);
  try {
    for (let run = 0; run < warmupRuns; run++) {
      const before = replays();
      tfc.dispose(await runModel(model, tensors.length === 1 ? tensors[0] : tensors));
      if (replays() > before) return { captured: true, reason: null };
      await Promise.all(captures().map((part) => part.settled()));
    }
  } finally {
    tfc.dispose(tensors);
  }
  const reasons = captures().map(({ lastReason }) => lastReason);
  return {
    captured: false,
    reason: reasonForEager() ?? reasons.find((reason) => reason !== null) ?? 'nothing to capture',
  };
}

module.exports = { compile, warmup };
