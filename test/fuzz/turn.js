'use strict';

/** Calls of one operator before the next one has its turn. */
const CALLS_PER_TURN = 5;

module.exports = { CALLS_PER_TURN };
