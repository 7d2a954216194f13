'use strict';

const { numberOption } = require('./arguments');

/**
 * The namespace, loaded only when a command needs it.
 * @param {Record<string, any>} values Of the options.
 * @returns {Promise<typeof import('../namespace')>}
 */
async function start(values) {
  const threads = numberOption('threads', values.threads, { least: 1, isWhole: true, fallback: 0 });
  const tf = require('../index.js');
  // Messages of tfjs for developers.
  tf.enableProdMode();
  await tf.ready();
  if (threads > 0) tf.native.setThreads(threads);
  return tf;
}

module.exports = { start };
