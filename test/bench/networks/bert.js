'use strict';

// An encoder like BERT of the size of TinyBERT 4 (https://arxiv.org/abs/1909.10351, table 1): 4
// layers, 12 heads. Its input is the embedded text: looking tokens up costs nothing beside it.

const { GraphBuilder } = require('./graph-builder');

/** @typedef {import('./graph-builder').Node} Node */

const LAYERS = 4;
const HEADS = 12;

/** @param {number} [tokens] @param {number} [headWidth] */
function bert(tokens = 128, headWidth = 26) {
  const graph = new GraphBuilder();
  const width = HEADS * headWidth;
  const inner = Math.round((width * 1200) / 312);
  /** @param {Node} x @param {number[]} shape */
  const reshape = (x, shape) =>
    graph.add('Reshape', [x.name, graph.constant([shape.length], Int32Array.from(shape))], shape);
  /** @param {Node} x Swaps heads and tokens. */
  const swap = (x) =>
    graph.add(
      'Transpose',
      [x.name, graph.constant([4], Int32Array.of(0, 2, 1, 3))],
      [x.shape[0], x.shape[2], x.shape[1], x.shape[3]],
    );
  /** @param {Node} x */
  const heads = (x) => swap(reshape(graph.dense(x, width), [1, tokens, HEADS, headWidth]));
  /** @param {Node} a @param {Node} b @param {number[]} shape @param {boolean} turned */
  const product = (a, b, shape, turned) =>
    graph.add('BatchMatMulV2', [a.name, b.name], shape, {
      adj_x: { b: false },
      adj_y: { b: turned },
    });

  /** @param {Node} x [tokens, width] @returns {Node} */
  function attend(x) {
    const [query, key, value] = [heads(x), heads(x), heads(x)];
    const square = [1, HEADS, tokens, tokens];
    const scores = product(query, key, square, true);
    const scaled = graph.binary('Mul', scores, graph.scalar(1 / Math.sqrt(headWidth)));
    const weights = graph.add('Softmax', [scaled.name], square);
    const context = swap(product(weights, value, query.shape, false));
    return graph.dense(reshape(context, [tokens, width]), width);
  }

  /** x * P(X <= x), as TensorFlow's graphs spell it. @param {Node} x @returns {Node} */
  function gelu(x) {
    const erf = graph.unary('Erf', graph.binary('Mul', x, graph.scalar(Math.SQRT1_2)));
    const share = graph.binary(
      'Mul',
      graph.binary('AddV2', erf, graph.scalar(1)),
      graph.scalar(0.5),
    );
    return graph.binary('Mul', x, share);
  }

  let x = reshape(graph.input([1, tokens, width]), [tokens, width]);
  x = graph.layerNorm(x);
  for (let i = 0; i < LAYERS; i++) {
    x = graph.layerNorm(graph.binary('AddV2', attend(x), x));
    const expanded = gelu(graph.dense(x, inner));
    x = graph.layerNorm(graph.binary('AddV2', graph.dense(expanded, width), x));
  }
  return graph.artifacts(reshape(x, [1, tokens, width]));
}

module.exports = { bert };
