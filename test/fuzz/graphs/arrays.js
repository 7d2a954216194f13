'use strict';

// Steps that move values, and look for them.

const { sizeOf, integers } = require('../tensors');

/** @typedef {import('./elementwise').Block} Block */
/** @typedef {import('./drawing').Drawing} Drawing */
/** @typedef {import('./drawing').Value} Value */
/** @typedef {import('../random').Random} Random */

/** Another shape of so many elements. @param {Random} random @param {number[]} shape */
function reshaped(random, shape) {
  const kind = random.int(0, 3);
  if (kind === 0) return [sizeOf(shape)];
  if (kind === 1 && shape.length > 1) {
    const at = random.int(0, shape.length - 2);
    return [...shape.slice(0, at), shape[at] * shape[at + 1], ...shape.slice(at + 2)];
  }
  if (kind === 2 && shape.length > 0) {
    const at = random.int(0, shape.length - 1);
    const part = random.pick([2, 3, 4].filter((n) => shape[at] % n === 0).concat(1));
    return [...shape.slice(0, at), shape[at] / part, part, ...shape.slice(at + 1)].slice(0, 6);
  }
  const at = random.int(0, shape.length);
  return [...shape.slice(0, at), 1, ...shape.slice(at)];
}

/** @type {Block} */
function reshape(draw, x) {
  const { random } = draw;
  let value = x;
  const times = random.pick([1, 1, 2, 3]);
  for (let i = 0; i < times; i++) {
    const shape = i > 0 && random.chance(0.4) ? x.shape : reshaped(random, value.shape);
    value =
      random.chance(0.15) && value.shape.length < 5
        ? draw.step('ExpandDims', [value], { dim: random.int(0, value.shape.length) })
        : draw.step('Reshape', [value], { shape });
  }
  return value;
}

/** @type {Block} */
function transpose(draw, x) {
  const { random } = draw;
  const axes = x.shape.map((_, i) => i);
  const perms = random.list(random.pick([1, 1, 2, 3]), () => random.shuffled(axes));
  // Back again.
  if (random.chance(0.4)) perms.push(axes.map((axis) => perms[0].indexOf(axis)));
  return perms.reduce((value, perm) => draw.step('Transpose', [value], { perm }), x);
}

/** @type {Block} */
function nothing(draw, x) {
  const { random } = draw;
  const rank = x.shape.length;
  const kind = random.int(0, 5);
  if (kind === 0) return draw.step('Identity', [x]);
  if (kind === 1) return draw.step('Reshape', [x], { shape: x.shape });
  if (kind === 2) return draw.step('Cast', [x], { dtype: x.dtype });
  if (kind === 3) return draw.step('Tile', [x], { reps: new Array(rank).fill(1) });
  if (kind === 4) return draw.step('Slice', [x], { begin: new Array(rank).fill(0), size: x.shape });
  return draw.step('PadV2', [x], { paddings: x.shape.map(() => [0, 0]), constantValue: 0 });
}

/** @type {Block} */
function concat(draw, x) {
  const { random } = draw;
  const axis = random.int(0, x.shape.length - 1);
  const fits = (/** @type {Value} */ y) =>
    y.dtype === x.dtype &&
    y.shape.length === x.shape.length &&
    y.shape.every((extent, i) => i === axis || extent === x.shape[i]);
  const parts = [x, ...random.list(random.int(1, 3), () => draw.pick(fits))];
  const isSame = parts.every(({ shape }) => shape.join() === x.shape.join());
  if (isSame && random.chance(0.4)) {
    return draw.step('Pack', parts, { axis: random.int(0, x.shape.length) });
  }
  return draw.step('Concat', random.shuffled(parts), { axis });
}

/** @type {Block} */
function slice(draw, x) {
  const { random } = draw;
  const begin = x.shape.map((extent) =>
    random.chance(0.5) ? 0 : random.int(0, Math.max(0, extent - 1)),
  );
  const size = x.shape.map((extent, i) => {
    if (random.chance(0.3)) return -1;
    return random.chance(0.03) ? 0 : random.int(Math.min(1, extent - begin[i]), extent - begin[i]);
  });
  if (random.chance(0.7)) return draw.step('Slice', [x], { begin, size });
  const strides = x.shape.map(() => random.pick([1, 1, 2, -1]));
  const ends = x.shape.map((extent, i) => (strides[i] < 0 ? 0 : extent));
  const begins = x.shape.map((extent, i) => (strides[i] < 0 ? extent - 1 : begin[i]));
  const shrinkAxisMask = random.chance(0.2) ? 1 : 0;
  return draw.step('StridedSlice', [x], {
    begin: begins,
    end: ends,
    strides: shrinkAxisMask ? [1, ...strides.slice(1)] : strides,
    beginMask: 0,
    endMask: 0,
    ellipsisMask: 0,
    newAxisMask: 0,
    shrinkAxisMask,
  });
}

/** Parts, some of which go on. @type {Block} */
function split(draw, x) {
  const { random } = draw;
  const axis = random.int(0, x.shape.length - 1);
  const extent = x.shape[axis];
  let parts;
  if (extent <= 6 && random.chance(0.3)) parts = draw.steps('Unpack', [x], { axis });
  else {
    const first = random.int(Math.min(1, extent), extent);
    const sizes = random.chance(0.1) ? [first, 0, extent - first] : [first, extent - first];
    parts = draw.steps('SplitV', [x], { numOrSizeSplits: sizes, axis });
  }
  if (parts.length === 0) return x;
  return random.pick(parts);
}

/** @type {Block} */
function gather(draw, x) {
  const { random } = draw;
  const axis = random.int(0, x.shape.length - 1);
  const shape = x.shape[axis] === 0 ? [0] : random.pick([[random.int(1, 5)], [], [2, 3]]);
  const indices = draw.constant(integers(random, shape, 0, Math.max(0, x.shape[axis] - 1)));
  return draw.step('GatherV2', [x, indices], { axis, batchDims: 0 });
}

/** @type {Block} */
function pad(draw, x) {
  const { random } = draw;
  const paddings = x.shape.map(() => [random.pick([0, 0, 1, 2]), random.pick([0, 0, 1])]);
  if (random.chance(0.15)) {
    const mode = random.pick(['reflect', 'symmetric']);
    return draw.step('MirrorPad', [x], { paddings, mode });
  }
  return draw.step('PadV2', [x], { paddings, constantValue: random.pick([0, 0, 1, -Infinity]) });
}

/** @type {Block} */
function spread(draw, x) {
  const { random } = draw;
  if (random.chance(0.5)) {
    return draw.step('Tile', [x], { reps: x.shape.map(() => random.pick([1, 1, 2, 3])) });
  }
  const shape = x.shape.map((extent) => (extent === 1 ? random.int(1, 4) : extent));
  return draw.step('BroadcastTo', [x], { shape: random.chance(0.3) ? [2, ...shape] : shape });
}

/** @type {Block} */
const reverse = (draw, x) =>
  draw.step('Reverse', [x], {
    dims: x.shape.map((_, i) => i).filter(() => draw.random.chance(0.5)),
  });

/** Of images. @type {Block} */
function resize(draw, x) {
  const { random } = draw;
  if (random.chance(0.15)) {
    return draw.step('DepthToSpace', [x], { blockSize: 2, dataFormat: 'NHWC' });
  }
  const alignCorners = random.chance(0.3);
  return draw.step(random.pick(['ResizeBilinear', 'ResizeNearestNeighbor']), [x], {
    size: [1, 2].map((axis) => random.pick([x.shape[axis] * 2, x.shape[axis], 3, 5, 1])),
    alignCorners,
    halfPixelCenters: !alignCorners && random.chance(0.4),
  });
}

module.exports = {
  blocks: { reshape, transpose, nothing, concat, slice, split, gather, pad, spread, reverse },
  images: { resize },
};
