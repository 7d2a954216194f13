'use strict';

// Operators that move values without computing: results are the same to the last bit.

const { tensor, sizeOf } = require('../tensors');
const { REAL } = require('./elementwise');

/** @typedef {import('../random').Random} Random */
/** @typedef {import('../draft').Generator} Generator */

const DTYPES = ['float32', 'int32', 'bool'];

/** @param {Random} random @param {object} [shapeOptions] */
const any = (random, shapeOptions) => tensor(random, random.shape(shapeOptions), random.pick(REAL));
const nonempty = { empty: 0 };

/** An axis of a rank, perhaps counted from the end. @param {Random} random @param {number} rank */
const axisOf = (random, rank) => random.int(0, rank - 1) - (random.chance(0.3) ? rank : 0);

/** @param {Random} random @param {number} rank @param {number} most @returns {number[][]} */
const pairs = (random, rank, most) =>
  random.list(rank, () =>
    random.chance(0.5) ? [0, 0] : [random.int(0, most), random.int(0, most)],
  );

/** @type {Record<string, Generator>} */
const generators = {
  Concat: (random) => {
    const shape = random.shape({ min: 1, limit: 800 });
    const axis = random.int(0, shape.length - 1);
    const dtype = random.pick(REAL);
    const inputs = random.list(random.int(1, 5), () => {
      const own = shape.slice();
      own[axis] = random.pick([0, 1, 2, 3, own[axis]]);
      return tensor(random, own, dtype);
    });
    return { inputs, attrs: { axis: random.chance(0.2) ? axis - shape.length : axis } };
  },
  Pack: (random) => {
    const shape = random.shape({ max: 5, limit: 800 });
    const dtype = random.pick(REAL);
    const inputs = random.list(random.int(1, 5), () => tensor(random, shape, dtype));
    return { inputs, attrs: { axis: axisOf(random, shape.length + 1) } };
  },
  Unpack: (random) => {
    const value = any(random, { min: 1, limit: 1000 });
    const narrow = value.shape.findIndex((extent) => extent > 0 && extent < 40);
    return { inputs: [value], attrs: { axis: Math.max(0, narrow) } };
  },
  SplitV: (random) => {
    const x = any(random, { min: 1, ...nonempty });
    const axis = axisOf(random, x.shape.length);
    const extent = /** @type {number} */ (x.shape.at(axis));
    const divisors = [1, 2, 3, 4, 5, extent].filter((n) => extent % n === 0 && n <= 50);
    if (random.chance(0.5))
      return { inputs: [x], attrs: { numOrSizeSplits: random.pick(divisors), axis } };
    const first = random.int(0, extent);
    const second = random.int(0, extent - first);
    const sizes = random.shuffled([first, second, extent - first - second]);
    if (random.chance(0.3)) sizes[random.int(0, 2)] = -1;
    return { inputs: [x], attrs: { numOrSizeSplits: sizes, axis } };
  },
  Slice: (random) => {
    const x = any(random);
    const begin = x.shape.map((extent) => random.int(0, extent));
    const size = x.shape.map((extent, i) =>
      random.chance(0.2) ? -1 : random.int(0, extent - begin[i]),
    );
    return { inputs: [x], attrs: { begin, size: () => size } };
  },
  StridedSlice: (random) => {
    const x = any(random, { min: 1, max: 5 });
    const rank = x.shape.length;
    const count = random.int(1, rank);
    const strides = random.list(count, () => random.pick([1, 1, 1, 2, 3, -1, -2]));
    const mask = (share) =>
      random.list(count, (i) => (random.chance(share) ? 1 << i : 0)).reduce((a, b) => a | b, 0);
    const shrinkAxisMask = random.chance(0.15) ? undefined : mask(0.15);
    const bound = (i) => random.int(-x.shape[i] - 2, x.shape[i] + 2);
    return {
      inputs: [x],
      attrs: {
        begin: random.list(count, bound),
        end: random.list(count, bound),
        strides: () => strides,
        // tfjs lets the begin mask of a single index have its way; TensorFlow and we do not.
        beginMask: () => mask(0.2) & ~(shrinkAxisMask ?? 0),
        endMask: () => mask(0.2),
        ellipsisMask: () => (random.chance(0.2) ? 1 << random.int(0, count - 1) : 0),
        newAxisMask: () => mask(0.1),
        shrinkAxisMask,
      },
    };
  },
  Reverse: (random) => {
    const x = any(random);
    const all = x.shape.map((_, i) => i);
    const dims = random.shuffled(all).slice(0, random.int(0, all.length));
    return { inputs: [x], attrs: { dims: () => dims } };
  },
  PadV2: (random) => {
    const x = any(random, { limit: 1000 });
    const constantValue = random.pick([0, 0, 1, -2.5, NaN, Infinity]);
    const isFloat = x.dtype === 'float32';
    const paddings = pairs(random, x.shape.length, x.shape.length > 3 ? 2 : 5);
    if (random.chance(0.4)) {
      // Cuts values off, sometimes more than there are, into the padding of the other side.
      x.shape.forEach((extent, i) => {
        const side = random.int(0, 1);
        const most = extent + paddings[i][1 - side];
        if (random.chance(0.5)) paddings[i][side] = -random.int(0, most);
      });
    }
    return {
      inputs: [x],
      attrs: {
        paddings,
        constantValue: () => (isFloat ? constantValue : random.int(0, 1)),
      },
    };
  },
  MirrorPad: (random, op) => {
    const x = any(random, { min: 1, limit: 1000, ...nonempty });
    const mode = op.draw(random, 'mode');
    const paddings = x.shape.map((extent) => {
      const most = Math.min(mode === 'reflect' ? extent - 1 : extent, 3);
      return [random.int(0, most), random.int(0, most)];
    });
    return { inputs: [x], attrs: { paddings, mode } };
  },
  Transpose: (random) => {
    const x = any(random);
    return { inputs: [x], attrs: { perm: random.shuffled(x.shape.map((_, i) => i)) } };
  },
  Tile: (random) => {
    const x = any(random, { limit: 400 });
    const reps = x.shape.map(() => random.pick([1, 1, 1, 2, 3, 5, 0]));
    return { inputs: [x], attrs: { reps } };
  },
  BroadcastTo: (random) => {
    const shape = random.shape();
    const own = shape.slice(random.int(0, shape.length)).map((n) => (random.chance(0.4) ? 1 : n));
    return { inputs: [tensor(random, own, random.pick(REAL))], attrs: { shape } };
  },
  BatchToSpaceND: (random) => {
    const blockShape = random.list(random.int(1, 3), () => random.int(1, 3));
    const spatial = blockShape.map(() => random.int(1, 6));
    const rest = random.shape({ max: 2, limit: 20 });
    const batch = random.int(0, 3) * sizeOf(blockShape);
    const crops = blockShape.map((block, i) => {
      const first = random.int(0, block * spatial[i]);
      return random.chance(0.5) ? [0, 0] : [first, random.int(0, block * spatial[i] - first)];
    });
    const x = tensor(random, [batch, ...spatial, ...rest], random.pick(REAL));
    return { inputs: [x], attrs: { blockShape, crops } };
  },
  SpaceToBatchND: (random) => {
    const blockShape = random.list(random.int(1, 3), () => random.int(1, 3));
    const spatial = blockShape.map(() => random.int(1, 6));
    const rest = random.shape({ max: 2, limit: 20 });
    const paddings = blockShape.map((block, i) => {
      const before = random.int(0, 3);
      const missing = (block - ((spatial[i] + before) % block)) % block;
      return [before, missing + block * random.int(0, 1)];
    });
    const x = tensor(random, [random.int(0, 3), ...spatial, ...rest], random.pick(REAL));
    return { inputs: [x], attrs: { blockShape, paddings } };
  },
  DepthToSpace: (random, op) => {
    const blockSize = random.int(1, 4);
    const depth = random.int(1, 5) * blockSize * blockSize;
    const [batch, height, width] = random.list(3, () => random.int(random.chance(0.05) ? 0 : 1, 6));
    const dataFormat = op.draw(random, 'dataFormat');
    const shape =
      dataFormat === 'NCHW' ? [batch, depth, height, width] : [batch, height, width, depth];
    return {
      // tfjs carries integers through float32.
      inputs: [tensor(random, shape, random.pick(REAL), { ints: 'medium' })],
      attrs: { blockSize, dataFormat },
    };
  },
  Diag: (random) => ({ inputs: [any(random, { min: 1, max: 3, limit: 60 })] }),
  Fill: (random) => {
    const dtype = random.pick(DTYPES);
    const value = random.pick(dtype === 'bool' ? [0, 1] : [0, 1, -1, 2.75, 3e9, NaN, -0]);
    return { inputs: [], attrs: { shape: random.shape(), value, dtype: () => dtype } };
  },
  Range: (random) => {
    const start = random.between(-50, 50);
    const whole = random.chance(0.5);
    const round = (value) => (whole ? Math.round(value) : value);
    return {
      inputs: [],
      attrs: {
        start: round(start),
        stop: round(random.between(-90, 90)),
        step: () => random.pick([1, 1, 2, 3, 0.5, 0.01, -1, -2, -0.7]),
        dtype: () => random.pick(['float32', 'int32']),
      },
    };
  },
  LinSpace: (random) => ({
    inputs: [],
    attrs: { start: random.between(-9, 9), stop: random.between(-9, 9), num: random.int(1, 3000) },
  }),
  OneHot: (random) => {
    const shape = random.shape({ max: 4, limit: 500 });
    const dtype = random.pick(DTYPES);
    const isBool = dtype === 'bool';
    return {
      inputs: [tensor(random, shape, 'int32', { ints: 'small' })],
      attrs: {
        depth: random.int(0, 20),
        onValue: () => (isBool ? 1 : random.pick([1, 7, 0])),
        offValue: () => (isBool ? 0 : random.pick([0, -3, 1])),
        dtype: () => dtype,
      },
    };
  },
};

for (const [op, make] of Object.entries(generators)) {
  generators[op] = (random, row) => ({ scale: 'exact', ...make(random, row) });
}

module.exports = { generators, axisOf };
