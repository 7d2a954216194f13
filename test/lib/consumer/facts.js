'use strict';

/**
 * What a program that uses the package finds in it.
 *
 * @param {object} tf the namespace as the program got it
 * @param {object} required what require() gives in the same process
 */
async function facts(tf, required) {
  const names = Object.keys(required);
  const x = tf.tensor1d([1, -2]);
  const gradient = tf.grad((/** @type {any} */ t) => t.mul(t).sum())(x);
  return {
    missing: names.filter((name) => !(name in tf)),
    others: Object.keys(tf).filter((name) => !names.includes(name)),
    different: names.filter((name) => tf[name] !== required[name]),
    isNative: ['onednn', 'cuda'].includes(tf.getBackend()),
    chained: Array.from(await x.add(1).relu().data()),
    gradient: Array.from(await gradient.data()),
    layer: tf
      .sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] })
      .countParams(),
    isOwn: typeof tf.io.fileSystem === 'function' && tf.native.threads() > 0,
  };
}

module.exports = { facts };
