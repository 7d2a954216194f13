'use strict';

// One case of shapes.js in a process of its own: `shapes-process.js <lib folder> <case> [shapes]`
// prints the figures as JSON. The folder may be another checkout's.

const path = require('node:path');
const { median } = require('./statistics');

/** Calls on one shape after its first two: from the second on, constant weights are packed. */
const repeats = 20;

/** @type {Record<string, any>} What stays the same from call to call, as a model's weights do. */
const constants = {};

/**
 * By name: how many shapes, the input of shape number i, and what is called with it.
 * @type {Record<string, {shapes: number, make: Function, call: Function}>}
 */
const cases = {
  product: {
    shapes: 6000,
    make: (tf, i) => tf.ones([i + 1, 64]),
    call: (tf, x) => tf.matMul(x, constants.matrix),
  },
  'product of two results': {
    shapes: 2000,
    make: (tf, i) => tf.ones([i + 1, 64]),
    call: (tf, x) => tf.matMul(x, tf.relu(constants.matrix)),
  },
  'convolution, batches': {
    shapes: 1000,
    make: (tf, i) => tf.ones([i + 1, 7, 7, 32]),
    call: (tf, x) => tf.conv2d(x, constants.filter, 1, 'same'),
  },
  'convolution, images': {
    shapes: 1000,
    make: (tf, i) => tf.ones([1, 8 + (i % 40), 8 + Math.floor(i / 40), 32]),
    call: (tf, x) => tf.conv2d(x, constants.filter, 1, 'same'),
  },
  'depthwise, images': {
    shapes: 1000,
    make: (tf, i) => tf.ones([1, 8 + (i % 40), 8 + Math.floor(i / 40), 32]),
    call: (tf, x) => tf.depthwiseConv2d(x, constants.depthwise, 1, 'same'),
  },
  addition: {
    shapes: 6000,
    make: (tf, i) => tf.ones([i + 1, 64]),
    call: (tf, x) => tf.add(x, 1),
  },
};

function makeConstants(tf) {
  constants.matrix = tf.randomUniform([64, 64], -1, 1, 'float32', 1);
  constants.filter = tf.randomUniform([3, 3, 32, 32], -1, 1, 'float32', 2);
  constants.depthwise = tf.randomUniform([3, 3, 32, 1], -1, 1, 'float32', 3);
}

const megabytes = () => process.memoryUsage.rss() / 2 ** 20;

/** Microseconds until the value of one call is there. */
function time(tf, call, x) {
  const begin = performance.now();
  tf.tidy(() => call(tf, x).dataSync());
  return (performance.now() - begin) * 1000;
}

/** @param {any} tf @param {string} name @param {number} most */
async function measure(tf, name, most) {
  await tf.setBackend('onednn');
  makeConstants(tf);
  const { make, call } = cases[name];
  const shapes = Math.min(most, cases[name].shapes);
  /** @type {Record<string, number[]>} */
  const times = { first: [], repeated: [], cycled: [] };
  const use = (i, count) => {
    const x = make(tf, i);
    const taken = Array.from({ length: count }, () => time(tf, call, x));
    x.dispose();
    return taken;
  };
  // What the first calls of all bring into memory does not count.
  for (const i of [shapes, shapes + 1]) use(i, 3);
  const before = megabytes();
  for (let i = 0; i < shapes; i++) {
    const taken = use(i, i % 50 === 0 ? 2 + repeats : 1);
    times.first.push(taken[0]);
    times.repeated.push(...taken.slice(2));
  }
  const grown = megabytes() - before;
  // Two hundred shapes in turns: the first rounds prepare what the others use.
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < 200; i++) {
      const taken = use(i, 1);
      if (round >= 3) times.cycled.push(taken[0]);
    }
  }
  const medians = Object.entries(times).map(([what, values]) => [what, median(values)]);
  return { shapes, grown, ...Object.fromEntries(medians) };
}

if (require.main === module) {
  const [folder, name, most] = process.argv.slice(2);
  measure(require(path.resolve(folder)), name, Number(most ?? Infinity)).then((figures) => {
    console.log(JSON.stringify(figures));
  });
}

module.exports = { cases: Object.keys(cases) };
