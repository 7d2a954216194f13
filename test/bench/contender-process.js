'use strict';

const { BenchProcess } = require('./bench-process');

/** A contender on one model. */
class ContenderProcess extends BenchProcess {
  /** @param {string} kind @param {string} model @param {number} threads */
  constructor(kind, model, threads) {
    super('contender.js', [kind, model, String(threads)], threads);
    this.kind = kind;
    /** @type {number[]} */
    this.times = [];
    /** @type {string | undefined} Why it predicts no more. */
    this.failure = undefined;
  }

  /** Predicts that often, and keeps the times or the failure. @param {number} rounds */
  async take(rounds) {
    if (this.failure !== undefined) return;
    const { times, refused } = await this.ask({ rounds });
    this.failure = refused;
    this.times.push(...(times ?? []));
  }

  /** @returns {Promise<number | undefined>} Bytes that it holds in memory. */
  async memory() {
    if (this.failure !== undefined) return undefined;
    return (await this.ask({ memory: true })).rssBytes;
  }
}

module.exports = { ContenderProcess };
