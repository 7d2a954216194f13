'use strict';

// Convolutions, matrix products and pooling, with what commonly stands before and behind them.

const { activation, either, isFloat } = require('./elementwise');

/** @typedef {import('./elementwise').Block} Block */
/** @typedef {import('./drawing').Drawing} Drawing */
/** @typedef {import('./drawing').Value} Value */

const FUSED = ['linear', 'relu', 'relu6', 'elu', 'prelu', 'leakyrelu', 'sigmoid'];

/** @param {Drawing} draw @param {number[]} shape @param {number} terms Of each sum. */
const filter = (draw, shape, terms) =>
  draw.weight(
    shape,
    draw.random.pick(['unit', 'unit', 'unit', 'few']),
    1 / Math.sqrt(Math.max(1, terms)),
  );

/**
 * A value for each channel; now and then for each of something else.
 * @param {Drawing} draw @param {Value} x @param {boolean} isFirst
 */
function perChannel(draw, x, isFirst, kind = 'unit') {
  const { random } = draw;
  const rank = x.shape.length;
  let axis = isFirst ? 1 : rank - 1;
  if (random.chance(0.12)) axis = random.int(0, rank - 1);
  const shape = [x.shape[axis], ...new Array(rank - 1 - axis).fill(1)];
  return draw.weight(random.chance(0.2) ? [...new Array(axis).fill(1), ...shape] : shape, kind);
}

/** @type {Block} */
function batchNorm(draw, x) {
  const { random } = draw;
  const list = (/** @type {string} */ kind) => draw.weight(x.shape.slice(-1), kind);
  return draw.step(
    'FusedBatchNorm',
    [
      x,
      list('unit'),
      list('positive'),
      random.chance(0.8) ? list('unit') : undefined,
      random.chance(0.8) ? list('unit') : undefined,
    ],
    random.chance(0.9) ? { varianceEpsilon: random.pick([1e-3, 1e-5, 0]) } : {},
  );
}

/** @param {Drawing} draw @param {Value} x @param {boolean} isFirst Channels. @returns {Value} */
function follow(draw, x, isFirst = false) {
  const { random } = draw;
  let value = x;
  const length = random.int(0, 4);
  for (let i = 0; i < length; i++) {
    const kind = random.int(0, 8);
    if (kind <= 1) value = either(draw, 'Add', value, perChannel(draw, value, isFirst));
    else if (kind === 2 && !isFirst) value = batchNorm(draw, value);
    else if (kind === 3) {
      const op = random.pick(['Multiply', 'Sub', 'RealDiv', 'Maximum', 'Minimum']);
      const operand = perChannel(draw, value, isFirst, op === 'RealDiv' ? 'positive' : 'unit');
      value = draw.step(op, random.chance(0.8) ? [value, operand] : [operand, value]);
    } else if (kind === 4) {
      const { shape } = value;
      const other = draw.pick((y) => isFloat(y) && y.shape.join() === shape.join());
      value = either(draw, 'Add', value, other);
    } else if (kind === 5) value = either(draw, 'Multiply', value, draw.number(0.5, value));
    else if (kind === 6 && value.shape.length > 2 && random.chance(0.5)) {
      const [first, ...rest] = value.shape;
      value = draw.step('Reshape', [value], {
        shape: random.pick([
          [first * rest[0], ...rest.slice(1)],
          [1, ...value.shape],
        ]),
      });
      return activation(draw, value);
    } else value = activation(draw, value);
  }
  return value;
}

/** @param {Drawing} draw @param {number} dims */
function windowOf({ random }, dims, isFirst = false) {
  const pads = ['same', 'same', 'same', 'valid', 'valid'];
  let pad = random.pick(/** @type {any[]} */ (pads));
  if (dims === 2 && random.chance(0.15)) {
    const space = [0, 1].map(() => [random.int(0, 2), random.int(0, 2)]);
    const none = [0, 0];
    pad = random.chance(0.3) ? 1 : isFirst ? [none, none, ...space] : [none, ...space, none];
  }
  const isStrided = random.chance(0.35);
  const strides = new Array(dims).fill(isStrided ? 2 : 1);
  const dilations = new Array(dims).fill(!isStrided && random.chance(0.15) ? 2 : 1);
  return { pad, strides, dilations };
}

/** Zeros in front of a window. @param {Drawing} draw @param {Value} x */
function padded(draw, x) {
  const { random } = draw;
  if (!random.chance(0.25)) return x;
  const paddings = x.shape.map((_, i) =>
    i === 0 || i === x.shape.length - 1 ? [0, 0] : [random.int(0, 2), random.int(0, 2)],
  );
  if (random.chance(0.06)) paddings[random.pick([0, x.shape.length - 1])] = [0, 1];
  return draw.step('PadV2', [x], { paddings, constantValue: random.chance(0.9) ? 0 : 0.5 });
}

/** @param {Drawing} draw @param {string} op @param {Value[]} inputs @param {number} channels @param {object} attrs */
function fused(draw, op, inputs, channels, attrs) {
  const { random } = draw;
  const name = random.pick(FUSED);
  const bias = random.chance(0.7) ? draw.weight([channels]) : undefined;
  const slopes = name === 'prelu' ? draw.weight([channels], 'unit') : undefined;
  const alpha = name === 'leakyrelu' ? { leakyreluAlpha: 0.3 } : {};
  const step = draw.step(op, [...inputs, bias, slopes], { ...attrs, activation: name, ...alpha });
  return random.chance(0.5) ? follow(draw, step) : step;
}

/** @type {Block} */
function conv(draw, x) {
  const { random } = draw;
  if (random.chance(0.12)) return convChannelsFirst(draw, x);
  const input = padded(draw, x);
  const channels = input.shape[3];
  const count = random.pick([channels, 1, 2, 3, 4, 7, 8, 16, 17]);
  const size = random.pick([1, 1, 2, 3, 3, 3, 5]);
  const kernel = filter(draw, [size, size, channels, count], size * size * channels);
  const attrs = { ...windowOf(draw, 2), dataFormat: 'NHWC' };
  if (random.chance(0.25)) return fused(draw, 'FusedConv2D', [input, kernel], count, attrs);
  return follow(draw, draw.step('Conv2D', [input, kernel], attrs));
}

/** Between two transposes. @type {Block} */
function convChannelsFirst(draw, x) {
  const { random } = draw;
  const first = draw.step('Transpose', [x], { perm: [0, 3, 1, 2] });
  const count = random.pick([1, 3, 4, 8]);
  const size = random.pick([1, 3]);
  const kernel = filter(draw, [size, size, x.shape[3], count], size * size * x.shape[3]);
  const attrs = { ...windowOf(draw, 2, true), dataFormat: 'NCHW' };
  const inner = random.chance(0.3)
    ? fused(draw, 'FusedConv2D', [first, kernel], count, attrs)
    : follow(draw, draw.step('Conv2D', [first, kernel], attrs), true);
  return inner.shape.length === 4 ? draw.step('Transpose', [inner], { perm: [0, 2, 3, 1] }) : inner;
}

/** @type {Block} */
function depthwise(draw, x) {
  const { random } = draw;
  const input = padded(draw, x);
  const channels = input.shape[3];
  const multiplier = random.pick([1, 1, 1, 2]);
  const size = random.pick([1, 3, 3, 5]);
  const kernel = filter(draw, [size, size, channels, multiplier], size * size);
  const attrs = { ...windowOf(draw, 2), dataFormat: 'NHWC' };
  const count = channels * multiplier;
  if (random.chance(0.25))
    return fused(draw, 'FusedDepthwiseConv2D', [input, kernel], count, attrs);
  return follow(draw, draw.step('DepthwiseConv2dNative', [input, kernel], attrs));
}

/** @type {Block} */
function transposedConv(draw, x) {
  const { random } = draw;
  const [batch, height, width, channels] = x.shape;
  const count = random.pick([1, 2, 3, 8]);
  const stride = random.pick([1, 2]);
  const kernel = filter(draw, [3, 3, count, channels], 9 * channels);
  const step = draw.step('Conv2DBackpropInput', [x, kernel], {
    strides: [stride, stride],
    pad: 'same',
    dataFormat: 'NHWC',
    inputShape: [batch, height * stride, width * stride, count],
  });
  return follow(draw, step);
}

/** With a dimension in front that makes it a volume. @type {Block} */
function conv3d(draw, x) {
  const { random } = draw;
  const volume = draw.step('Reshape', [x], { shape: [1, ...x.shape] });
  const count = random.pick([1, 3, 4]);
  const kernel = filter(draw, [1, 3, 3, x.shape[3], count], 9 * x.shape[3]);
  const attrs = { ...windowOf(draw, 3), dataFormat: 'NDHWC' };
  return follow(draw, draw.step('Conv3D', [volume, kernel], attrs));
}

/** @type {Block} */
function pool(draw, x) {
  const { random } = draw;
  const size = random.pick([1, 2, 2, 3]);
  const op = random.pick(['MaxPool', 'MaxPool', 'AvgPool']);
  const before = random.chance(0.3) ? draw.step(random.pick(['Relu', 'Sigmoid', 'Abs']), [x]) : x;
  const { pad, strides } = windowOf(draw, 2);
  const attrs = { filterSize: [size, size], strides, pad };
  return draw.step(op, [padded(draw, before)], attrs);
}

/** Of channels that are joined before, as in a network of dense blocks. @type {Block} */
function joinedPool(draw, x) {
  const last = x.shape.length - 1;
  const others = draw.random.list(draw.random.int(1, 2), () =>
    draw.pick(
      ({ dtype, shape }) =>
        dtype === x.dtype &&
        shape.length === x.shape.length &&
        shape.every((extent, i) => i === last || extent === x.shape[i]),
    ),
  );
  return pool(draw, draw.step('Concat', [x, ...others], { axis: last }));
}

/** A matrix product of the last dimension with weights, or with another value. @type {Block} */
function matmul(draw, x) {
  const { random } = draw;
  const rank = x.shape.length;
  const inner = x.shape[rank - 1];
  const count = random.pick([1, 2, 5, 8, 16, 17]);
  const transposeB = random.chance(0.3);
  if (random.chance(0.25)) return productOfTwo(draw, x);
  const shape = transposeB ? [count, inner] : [inner, count];
  if (rank === 3 && random.chance(0.4)) {
    const b = filter(draw, [random.pick([1, x.shape[0]]), ...shape], inner);
    const attrs = { transposeA: false, transposeB };
    if (random.chance(0.5)) return fused(draw, '_FusedMatMul', [x, b], count, attrs);
    return follow(draw, draw.step('BatchMatMul', [x, b], attrs));
  }
  // As tfjs does it: in batches of one.
  const flat = draw.step('Reshape', [x], {
    shape: [1, x.shape.slice(0, -1).reduce((a, b) => a * b, 1), inner],
  });
  const b = draw.step('Reshape', [filter(draw, shape, inner)], { shape: [1, ...shape] });
  const product = draw.step('BatchMatMul', [flat, b], { transposeA: false, transposeB });
  if (random.chance(0.3)) return follow(draw, product);
  return follow(draw, draw.step('Reshape', [product], { shape: [...x.shape.slice(0, -1), count] }));
}

/** @type {Block} */
function productOfTwo(draw, x) {
  const { random } = draw;
  const rank = x.shape.length;
  const other = draw.pick((y) => isFloat(y) && y.shape.join() === x.shape.join());
  const swap = x.shape.map((_, i) => i);
  [swap[rank - 1], swap[rank - 2]] = [rank - 2, rank - 1];
  const isInner = random.chance(0.5);
  if (random.chance(0.5)) {
    const turned = draw.step('Transpose', [isInner ? other : x], { perm: swap });
    const operands = isInner ? [x, turned] : [turned, other];
    return follow(
      draw,
      draw.step('BatchMatMul', operands, { transposeA: false, transposeB: false }),
    );
  }
  return follow(
    draw,
    draw.step('BatchMatMul', [x, other], { transposeA: !isInner, transposeB: isInner }),
  );
}

/** softmax(q kT / sqrt(d)) v, of one head. @type {Block} */
function attention(draw, x) {
  const width = x.shape[2];
  const part = () => {
    const weights = filter(draw, [1, width, width], width);
    return draw.step('BatchMatMul', [x, weights], { transposeA: false, transposeB: false });
  };
  const [q, k, v] = [part(), part(), part()];
  let scores = draw.step('BatchMatMul', [q, k], { transposeA: false, transposeB: true });
  scores = either(draw, 'Multiply', scores, draw.number(1 / Math.sqrt(width), scores));
  const chances = draw.step('Softmax', [scores], { dim: 2 });
  const mixed = draw.step('BatchMatMul', [chances, v], { transposeA: false, transposeB: false });
  return draw.random.chance(0.7) ? either(draw, 'Add', x, mixed) : mixed;
}

module.exports = {
  images: { conv, depthwise, transposedConv, conv3d, pool, joinedPool, batchNorm },
  matrices: { matmul },
  sequences: { attention },
};
