'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');

/**
 * What cancels the replays of a run, also of those parts that begin after a model has read values:
 * an object of the session, which knows it.
 * @type {AsyncLocalStorage<unknown>}
 */
const running = new AsyncLocalStorage();

/** What cancels the replays that are enqueued now; undefined: nothing does. */
const currentCanceller = () => running.getStore();

/**
 * @template T
 * @param {unknown} canceller @param {() => T} begin
 * @returns {T} What `begin` gives; all that it begins, however late, can be cancelled.
 */
const withCanceller = (canceller, begin) => running.run(canceller, begin);

module.exports = { currentCanceller, withCanceller };
