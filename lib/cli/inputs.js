'use strict';

const fs = require('node:fs/promises');
const path = require('node:path');
const { tensorsOfInputs } = require('../inputs/model-inputs');
const { UsageError } = require('./arguments');
const { readNpy } = require('./npy');

/** @typedef {typeof import('../namespace')} Tf */
/** @typedef {import('./models').Model} Model */
/** @typedef {import('./models').InputType} InputType */
/** @typedef {import('@tensorflow/tfjs-core').Tensor} Tensor */

/** @type {import('./arguments').Command['options']} */
const inputOptions = {
  input: {
    type: 'string',
    multiple: true,
    value: '[NAME=]FILE',
    help: 'values of an input: .npy, .json (lists), any other: bytes as they are in memory',
  },
  image: {
    type: 'string',
    multiple: true,
    value: '[NAME=]FILE',
    help: 'an image for an input [batch, height, width, 1, 3 or 4], which it is resized to',
  },
  range: {
    type: 'string',
    value: 'LEAST,MOST',
    help: 'what black and white of an image become (0,1)',
  },
};

/**
 * The inputs of a model from files.
 * @param {Tf} tf @param {Model} model @param {InputType[]} types
 * @param {Record<string, any>} values Of the options.
 * @param {(type: InputType) => Tensor} [fill] Makes those that no file is given for.
 * @returns {Promise<Tensor[]>} In the order of the model's inputs.
 * @throws {UsageError}
 */
async function readInputs(tf, model, types, values, fill) {
  const range = rangeOf(values.range);
  const files = filesOf(types, values);
  /** @type {Tensor[]} */
  const tensors = [];
  for (const [i, type] of types.entries()) {
    const given = files.get(i);
    if (given === undefined) {
      if (fill === undefined) throw new UsageError(`input ${type.name}: give --input or --image`);
      tensors.push(fill(type));
      continue;
    }
    const { file, isImage } = given;
    const bytes = await fs.readFile(file);
    const declared = /** @type {any[]} */ (model.inputs)[i];
    try {
      tensors.push(
        isImage
          ? imageTensor(tf, bytes, type, declared, range)
          : tensorOf(tf, file, bytes, declared),
      );
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new Error(`${file}: ${/** @type {Error} */ (error).message}`, { cause: error });
    }
  }
  return tensors;
}

/** @param {string | undefined} text @returns {[number, number]} */
function rangeOf(text = '0,1') {
  const [least, most, ...rest] = text.split(',').map((part) => (part.trim() === '' ? NaN : +part));
  if (Number.isFinite(least) && Number.isFinite(most) && rest.length === 0) return [least, most];
  throw new UsageError(`--range: expected two numbers like -1,1, got '${text}'`);
}

/**
 * @param {InputType[]} types @param {Record<string, any>} values
 * @returns {Map<number, {file: string, isImage: boolean}>} By the input's place.
 */
function filesOf(types, values) {
  /** @type {Map<number, {file: string, isImage: boolean}>} */
  const files = new Map();
  for (const option of ['input', 'image']) {
    for (const text of values[option] ?? []) {
      const named = types.findIndex(({ name }) => text.startsWith(`${name.replace(/:0$/, '')}=`));
      const place = named >= 0 ? named : types.findIndex((_, i) => !files.has(i));
      if (place < 0)
        throw new UsageError(`--${option} ${text}: the model has ${types.length} inputs`);
      const file = named >= 0 ? text.slice(text.indexOf('=') + 1) : text;
      files.set(place, { file, isImage: option === 'image' });
    }
  }
  return files;
}

/**
 * @param {Tf} tf @param {string} file @param {Buffer} bytes @param {any} declared
 * @returns {Tensor}
 */
function tensorOf(tf, file, bytes, declared) {
  const { dtype = 'float32' } = declared;
  switch (path.extname(file).toLowerCase()) {
    case '.npy': {
      const { data, shape, isColumnMajor } = readNpy(bytes);
      return withBatch(tf, declared, () =>
        isColumnMajor
          ? tf.transpose(tf.tensor(data, [...shape].reverse(), dtype))
          : tf.tensor(data, shape, dtype),
      );
    }
    case '.json':
      return withBatch(tf, declared, () =>
        tf.tensor(JSON.parse(bytes.toString('utf8')), undefined, dtype),
      );
    default: {
      const array = asStored(bytes, dtype);
      const { tensors } = tensorsOfInputs([declared], array, 'run');
      return tensors;
    }
  }
}

/** @param {Buffer} bytes @param {string} dtype */
function asStored(bytes, dtype) {
  if (dtype === 'bool') return bytes;
  if (bytes.length % 4 !== 0)
    throw new Error(`${dtype} takes 4 bytes a value, got ${bytes.length}`);
  const { buffer } = Uint8Array.from(bytes);
  return dtype === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer);
}

/**
 * One sample becomes a batch of one.
 * @param {Tf} tf @param {{shape?: any[]}} declared @param {() => Tensor} make
 */
function withBatch(tf, { shape }, make) {
  return tf.tidy(() => {
    const tensor = make();
    return shape != null && tensor.rank === shape.length - 1 ? tf.expandDims(tensor, 0) : tensor;
  });
}

/**
 * @param {Tf} tf @param {Buffer} bytes Of a JPEG, PNG, GIF, BMP or WebP.
 * @param {InputType} type @param {{shape?: any[]}} declared @param {[number, number]} range
 * @returns {Tensor}
 */
function imageTensor(tf, bytes, { name, shape, dtype }, declared, [least, most]) {
  const channels = shape[3];
  if (shape.length !== 4 || ![1, 3, 4].includes(channels)) {
    throw new UsageError(
      `--image: input ${name} is [${shape}], no [batch, height, width, channels]`,
    );
  }
  const isOpen = [1, 2].some((axis) => declared.shape == null || !(declared.shape[axis] > 0));
  return tf.tidy(() => {
    // Photos lie as the camera was held, and say so.
    const options = { channels, expandAnimations: false, orientation: true };
    const image = tf.node.decodeImage(bytes, options).toFloat();
    const [height, width] =
      isOpen && shape[1] === 1 && shape[2] === 1 ? image.shape : shape.slice(1);
    const resized = tf.image.resizeBilinear(image, [height, width], false, true);
    const scaled = resized.mul((most - least) / 255).add(least);
    const values = dtype === 'float32' ? scaled : scaled.round().cast(dtype);
    return values.expandDims(0);
  });
}

module.exports = { inputOptions, readInputs };
