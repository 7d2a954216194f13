'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');

/**
 * @typedef {object} RunContext What holds for the replays of a run, also of those parts that begin
 *     after a model has read values.
 * @property {unknown} [canceller] What cancels them: an object of the session, which knows it.
 * @property {boolean} [isTimed] explain() then tells what each step took.
 */

/** @type {AsyncLocalStorage<RunContext>} */
const running = new AsyncLocalStorage();

/** What holds for the replays that are enqueued now. @returns {RunContext} */
const currentRun = () => running.getStore() ?? {};

/**
 * @template T
 * @param {RunContext} context Holds for all that `begin` begins, however late.
 * @param {() => T} begin
 * @returns {T} What `begin` gives.
 */
const withinRun = (context, begin) => running.run(context, begin);

module.exports = { currentRun, withinRun };
