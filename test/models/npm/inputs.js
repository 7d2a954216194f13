'use strict';

// Inputs for models whose packages bring none.

/** Of what a model leaves open beside the batch. @type {Record<string, Record<string, number[]>>} */
const shapes = {
  faceboxes: { image_tensor: [1, 256, 256, 3] },
  handtrack: { input_tensor: [1, 256, 256, 3] },
  'movenet-multipose': { input: [1, 256, 256, 3] },
  rvm: { src: [1, 256, 256, 3] },
};

/** Numbers that have to be certain ones. @type {Record<string, Record<string, number>>} */
const scalars = {
  // The recurrent states begin as zero.
  rvm: { downsample_ratio: 0.5, r1i: 0, r2i: 0, r3i: 0, r4i: 0 },
};

/**
 * A picture of sorts: smooth, with something fine on it.
 * @param {number} size @param {number} round @param {boolean} isInteger
 */
function wavesOf(size, round, isInteger) {
  const wave = (/** @type {number} */ i) =>
    Math.sin(i * 0.37 + round) * 0.5 + Math.cos(i * 0.0013) * 0.3;
  const values = new (isInteger ? Int32Array : Float32Array)(size);
  return values.map((_, i) => (isInteger ? 127 + 120 * wave(i) : wave(i)));
}

/**
 * @param {any} tf @param {string} model @param {any} topology Of the graph.
 * @param {number} round Other values for each.
 * @returns {Record<string, any>} By the input's name.
 */
function inputsOf(tf, model, topology, round) {
  /** @type {Record<string, any>} */
  const inputs = {};
  for (const { name, op, attr } of topology.node) {
    if (op !== 'Placeholder') continue;
    const number = scalars[model]?.[name];
    const dims = attr.shape?.shape?.dim ?? [];
    const shape = shapes[model]?.[name] ?? dims.map(({ size }) => Math.max(1, Number(size)));
    const isInteger = attr.dtype.type !== 'DT_FLOAT';
    const size = tf.util.sizeFromShape(shape);
    inputs[name] =
      number === undefined
        ? tf.tensor(wavesOf(size, round, isInteger), shape, isInteger ? 'int32' : 'float32')
        : tf.scalar(number);
  }
  return inputs;
}

module.exports = { inputsOf };
