'use strict';

const { summable, tensor } = require('../tensors');
const { productScale, tail } = require('./convolution');

/** @typedef {import('../random').Random} Random */
/** @typedef {import('../draft').Generator} Generator */

/**
 * Two stacks of matrices that can be multiplied.
 * @param {Random} random @param {import('../operators').Operator} op @param {any} dtype
 */
function operands(random, op, dtype) {
  const extent = () =>
    random.chance(0.03) ? 0 : random.pick([1, 1, 2, 3, 5, 8, 16, 17, 33, 64, 70]);
  const [rows, inner, columns] = random.list(3, extent);
  const attrs = {
    transposeA: op.draw(random, 'transposeA'),
    transposeB: op.draw(random, 'transposeB'),
  };
  const batch = random.pick([[], [], [], [1], [3], [2, 2], [4, 1], [0]]);
  const batches = [batch, random.chance(0.2) ? [] : batch].map((list) =>
    list.map((value) => (random.chance(0.2) ? 1 : value)),
  );
  const [aBatch, bBatch] = random.shuffled(batches);
  const a = summable(
    random,
    [...aBatch, ...(attrs.transposeA ? [inner, rows] : [rows, inner])],
    dtype,
  );
  const b = summable(
    random,
    [...bBatch, ...(attrs.transposeB ? [columns, inner] : [inner, columns])],
    dtype,
  );
  const rank = Math.max(aBatch.length, bBatch.length);
  const at = (list, i) => list[list.length - rank + i] ?? 1;
  const outBatch = random.list(rank, (i) => (at(aBatch, i) === 1 ? at(bBatch, i) : at(aBatch, i)));
  return { a, b, attrs, outShape: [...outBatch, rows, columns] };
}

/**
 * One tensor or two with some labels in common, an output of some of them in any order.
 * @type {Generator}
 */
const contraction = (random) => {
  const labels = random.list(random.int(0, 5), (i) => 'abcde'[i]);
  const extents = labels.map(() => (random.chance(0.03) ? 0 : random.pick([1, 1, 2, 3, 5, 8, 17])));
  const some = (chance) => random.shuffled(labels.filter(() => random.chance(chance)));
  const terms = random.list(random.pick([1, 2, 2, 2]), () => some(0.6));
  const output = random.shuffled([...new Set(terms.flat())]).filter(() => random.chance(0.6));
  const dtype = random.pick(['float32', 'float32', 'float32', 'int32', 'bool']);
  const inputs = terms.map((term) =>
    summable(
      random,
      term.map((label) => extents[labels.indexOf(label)]),
      dtype,
    ),
  );
  const [a, b] = inputs;
  return {
    inputs,
    attrs: { equation: `${terms.map((term) => term.join('')).join()}->${output.join('')}` },
    scale: b ? productScale(a, b) : 'sum',
  };
};

/** @type {Record<string, Generator>} */
const generators = {
  Einsum: contraction,
  BatchMatMul: (random, op) => {
    const dtype = random.pick(['float32', 'float32', 'int32', 'bool']);
    const { a, b, attrs } = operands(random, op, dtype);
    return { inputs: [a, b], attrs, scale: productScale(a, b) };
  },
  _FusedMatMul: (random, op) => {
    const dtype = random.chance(0.15) ? 'int32' : 'float32';
    const { a, b, attrs, outShape } = operands(random, op, dtype);
    const more = tail(random, op, outShape, dtype);
    return {
      inputs: [a, b, ...more.inputs],
      attrs: { ...attrs, ...more.attrs },
      scale: productScale(a, b),
    };
  },
  FusedBatchNorm: (random) => {
    const shape = random.shape({ min: 1, max: 4 });
    const parameter = random.chance(0.8) ? shape.slice(-1) : shape;
    const kinds = { floats: ['unit', 'few', 'holes'] };
    const x = tensor(random, shape, 'float32', kinds);
    const variance = tensor(random, parameter, 'float32', { floats: 'positive' });
    const side = () => tensor(random, parameter, 'float32', kinds);
    return {
      inputs: [x, side(), variance, side, side],
      attrs: { varianceEpsilon: () => random.pick([0.001, 0.1]) },
      tolerance: 1e-5,
    };
  },
  LRN: (random) => localResponse(random, random.shape({ min: 4, max: 4 }), 1),
  LRNGrad: (random) => localResponse(random, random.shape({ min: 4, max: 4, empty: 0 }), 3),
};

/** @param {Random} random @param {number[]} shape @param {number} count Of inputs of that shape. */
function localResponse(random, shape, count) {
  return {
    inputs: random.list(count, () => tensor(random, shape, 'float32', { floats: 'unit' })),
    attrs: {
      depthRadius: random.int(0, 6),
      bias: random.pick([0.5, 1, 2]),
      alpha: random.pick([1e-4, 0.3, 1]),
      beta: random.pick([0.5, 0.75, 1, 1.3]),
    },
    tolerance: 1e-5,
  };
}

module.exports = { generators };
