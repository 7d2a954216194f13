'use strict';

const { summable, tensor } = require('../tensors');
const { productScale, tail, fusedScale } = require('./convolution');

/** @typedef {import('../random').Random} Random */
/** @typedef {import('./index').Generator} Generator */

/** Two stacks of matrices that can be multiplied. @param {Random} random @param {any} dtype */
function operands(random, dtype) {
  const extent = () =>
    random.chance(0.03) ? 0 : random.pick([1, 1, 2, 3, 5, 8, 16, 17, 33, 64, 70]);
  const [rows, inner, columns] = random.list(3, extent);
  const attrs = { transposeA: random.chance(0.4), transposeB: random.chance(0.4) };
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
  return { inputs: { a, b }, attrs, outShape: [...outBatch, rows, columns] };
}

/** @type {Record<string, Generator>} */
const generators = {
  BatchMatMul: (random) => {
    const { inputs, attrs } = operands(
      random,
      random.pick(['float32', 'float32', 'int32', 'bool']),
    );
    return { inputs, attrs, scale: productScale(inputs.a, inputs.b) };
  },
  _FusedMatMul: (random) => {
    const dtype = random.chance(0.15) ? 'int32' : 'float32';
    const { inputs, attrs, outShape } = operands(random, dtype);
    const more = tail(random, outShape, dtype);
    const scale = fusedScale(productScale(inputs.a, inputs.b), more);
    return {
      inputs: { ...inputs, ...more.inputs },
      attrs: { ...attrs, ...more.attrs },
      scale,
    };
  },
  FusedBatchNorm: (random) => {
    const shape = random.shape({ min: 1, max: 4 });
    const parameter = random.chance(0.8) ? shape.slice(-1) : shape;
    const kinds = { floats: ['unit', 'few', 'holes'] };
    const make = () => tensor(random, parameter, 'float32', kinds);
    return {
      inputs: {
        x: tensor(random, shape, 'float32', kinds),
        mean: make(),
        variance: tensor(random, parameter, 'float32', { floats: 'positive' }),
        offset: random.chance(0.5) ? make() : undefined,
        scale: random.chance(0.5) ? make() : undefined,
      },
      attrs: { varianceEpsilon: random.pick([0.001, 0.1, undefined]) },
      tolerance: 1e-5,
    };
  },
  LRN: (random) => {
    const x = tensor(random, random.shape({ min: 4, max: 4 }), 'float32', { floats: 'unit' });
    return { inputs: { x }, attrs: lrnAttrs(random), tolerance: 1e-5 };
  },
  LRNGrad: (random) => {
    const shape = random.shape({ min: 4, max: 4, empty: 0 });
    const make = () => tensor(random, shape, 'float32', { floats: 'unit' });
    return {
      inputs: { x: make(), y: make(), dy: make() },
      attrs: lrnAttrs(random),
      tolerance: 1e-5,
    };
  },
};

/** @param {Random} random */
function lrnAttrs(random) {
  return {
    depthRadius: random.int(0, 6),
    bias: random.pick([0.5, 1, 2]),
    alpha: random.pick([1e-4, 0.3, 1]),
    beta: random.pick([0.5, 0.75, 1, 1.3]),
  };
}

module.exports = { generators };
