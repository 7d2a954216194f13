'use strict';

/** Calls of one operator before the next one has its turn. */
const CALLS_PER_TURN = 5;

/** What is counted of a run, and of the part of it that a process does. */
const makeCounts = () => ({
  calls: 0,
  compared: 0,
  results: 0,
  errors: 0,
  refused: 0,
  graphs: 0,
  amplified: 0,
});

module.exports = { CALLS_PER_TURN, makeCounts };
