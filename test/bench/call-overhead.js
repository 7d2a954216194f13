'use strict';

const { median, markdownTable } = require('./statistics');

const adds = 1000;
const rounds = 200;

/** A chain of adds on tensors of three values inside one tidy, read back at the end. */
function chain(tf) {
  return tf.tidy(() => {
    const step = tf.tensor1d([1, 2, 3]);
    let x = tf.tensor1d([1, 2, 3]);
    for (let i = 0; i < adds; i++) x = tf.add(x, step);
    return x.dataSync()[0];
  });
}

/**
 * Cost of one kernel call on a tiny tensor, tfjs's own share included, here and on tfjs's plain cpu
 * backend, in turns.
 * @returns {Promise<string>} A markdown table.
 */
async function callOverhead() {
  const tf = require('../../lib');
  /** @type {Record<string, number[]>} */
  const times = { onednn: [], cpu: [] };
  for (let round = 0; round < rounds; round++) {
    for (const backend of Object.keys(times)) {
      await tf.setBackend(backend);
      const begin = performance.now();
      chain(tf);
      times[backend].push(((performance.now() - begin) * 1000) / adds);
    }
  }
  const [ours, plain] = [median(times.onednn), median(times.cpu)];
  return markdownTable(
    ['microseconds an add of 3 values', 'tfjs-native', 'tfjs cpu', 'ratio'],
    [[`chain of ${adds}`, ours.toFixed(2), plain.toFixed(2), (ours / plain).toFixed(2)]],
  );
}

module.exports = { callOverhead };
