'use strict';

// Where TensorFlow puts the windows of a convolution or pooling, as ONNX's pads.

const { text, list } = require('./attributes');

/**
 * @typedef {object} Window
 * @property {number[]} filter Height and width.
 * @property {number[]} strides
 * @property {number[]} [dilations]
 */

/** @param {Window} window @param {number} d */
const span = ({ filter, dilations = [1, 1] }, d) => (filter[d] - 1) * dilations[d] + 1;

/**
 * Output extents of windows over an image, and ONNX's pads: both begins, then both ends.
 * @param {any} node @param {number[]} extents Height and width. @param {Window} window
 */
function slidingWindows(node, extents, window) {
  const kind = text(node.attr.padding);
  const explicit = list(node.attr.explicit_paddings);
  const sides = [0, 1].map((d) => {
    if (kind === 'VALID') return [0, 0];
    if (kind === 'EXPLICIT') return explicit.slice(2 + 2 * d, 4 + 2 * d);
    if (kind !== 'SAME') throw new Error(`ONNX export: padding ${kind}`);
    const size = Math.ceil(extents[d] / window.strides[d]);
    return split((size - 1) * window.strides[d] + span(window, d) - extents[d]);
  });
  const out = sides.map(([begin, end], d) => {
    const room = extents[d] + begin + end - span(window, d);
    return Math.floor(room / window.strides[d]) + 1;
  });
  return { out, pads: onnxPads(sides) };
}

/**
 * ONNX's pads of a transposed convolution with outputs of the given extents: those of the
 * convolution whose gradient it is. Rows that no window reaches are `outputPadding`.
 * @param {any} node @param {number[]} extents Of the input. @param {number[]} outExtents
 * @param {Window} window
 */
function transposedWindows(node, extents, outExtents, window) {
  const forward = slidingWindows(node, outExtents, window);
  if (String(forward.out) !== String(extents)) {
    throw new Error(`ONNX export: ${node.name} has an input of ${extents}, not ${forward.out}`);
  }
  const outputPadding = [0, 1].map((d) => {
    const reached = (extents[d] - 1) * window.strides[d] + span(window, d);
    return outExtents[d] - reached + forward.pads[d] + forward.pads[2 + d];
  });
  return { pads: forward.pads, outputPadding };
}

/** The smaller half comes first. @param {number} total @returns {number[]} */
function split(total) {
  const begin = Math.floor(Math.max(0, total) / 2);
  return [begin, Math.max(0, total) - begin];
}

/** @param {number[][]} sides */
const onnxPads = (sides) => [...sides.map(([begin]) => begin), ...sides.map(([, end]) => end)];

module.exports = { slidingWindows, transposedWindows };
