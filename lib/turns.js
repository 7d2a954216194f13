'use strict';

const { performance } = require('node:perf_hooks');
const { setImmediate } = require('node:timers');

/** So long what is there already may be read without a turn of the event loop, in ms. */
const mostMs = 4;

/** When the first of the reads since the last turn was. @type {number | null} */
let since = null;

const onTurn = () => {
  since = null;
};

/**
 * To be waited for where values are there at once: a loop of short computations that are all awaited
 * would keep timers and sockets waiting for its end.
 * @returns {Promise<void> | null} Null as long as nobody has waited for long.
 */
function dueTurn() {
  const now = performance.now();
  if (since === null) {
    since = now;
    setImmediate(onTurn);
    return null;
  }
  if (now - since < mostMs) return null;
  return new Promise((resolve) => setImmediate(resolve));
}

module.exports = { dueTurn };
