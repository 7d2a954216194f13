'use strict';

const crypto = require('node:crypto');
const { GraphBuilder } = require('./networks/graph-builder');
const { median, markdownTable } = require('./statistics');

const layers = 60;
const size = 32;
const channels = 32;
const requests = 64;
const rounds = 5;

/** A network of many convolutions that take about as long each as their calls. */
function deepNetwork() {
  const graph = new GraphBuilder();
  let x = graph.input([1, size, size, channels]);
  for (let i = 0; i < layers; i++) x = graph.conv(x, channels, 3, 1, 'Relu');
  return graph.artifacts(x);
}

/**
 * The longest gap between the ticks of a 5 ms timer while `work` is done, and how long that took.
 * @param {() => Promise<any>} work
 * @returns {Promise<{gap: number, time: number}>} In ms.
 */
async function watchLoop(work) {
  const begin = performance.now();
  let last = begin;
  let gap = 0;
  const tick = () => {
    const now = performance.now();
    gap = Math.max(gap, now - last);
    last = now;
  };
  const timer = setInterval(tick, 5);
  await work();
  tick();
  clearInterval(timer);
  return { gap, time: last - begin };
}

/** Keeps libuv's threads at work for a while. @returns {Promise<any>} settles when they are done */
function keepPoolBusy() {
  const job = () =>
    new Promise((resolve) => crypto.pbkdf2('a', 'b', 200_000, 64, 'sha512', resolve));
  return Promise.all(Array.from({ length: 8 }, job));
}

/**
 * How the event loop fares when many predictions are asked for at once, and how long a prediction
 * takes beside other jobs of libuv's pool.
 * @returns {Promise<string>} A markdown table, in ms.
 */
async function load() {
  const tf = require('../../lib');
  await tf.setBackend('onednn');
  const model = await tf.loadGraphModel(tf.io.fromMemory(deepNetwork()));
  const x = tf.zeros([1, size, size, channels]);
  const predict = async () => {
    const y = model.predict(x);
    await y.data();
    y.dispose();
  };
  const predictTimes = async (count) => {
    const times = [];
    for (let i = 0; i < count; i++) times.push((await watchLoop(predict)).time);
    return times;
  };
  const turn = () => new Promise(setImmediate);

  /** Requests that come in one turn of the loop, or in one each. */
  const atOnce = () => Promise.all(Array.from({ length: requests }, predict));
  const inTurns = async () => {
    const pending = [];
    for (let i = 0; i < requests; i++) {
      pending.push(predict());
      await turn();
    }
    await Promise.all(pending);
  };

  await predictTimes(20);
  await atOnce();
  const rows = [['one at a time', '', median(await predictTimes(20)).toFixed(1)]];
  for (const [name, work] of /** @type {[string, () => Promise<any>][]} */ ([
    [`${requests} in one turn of the loop`, atOnce],
    [`${requests} in a turn each`, inTurns],
  ])) {
    const results = [];
    for (let i = 0; i < rounds; i++) results.push(await watchLoop(work));
    rows.push([
      name,
      median(results.map(({ gap }) => gap)).toFixed(1),
      (median(results.map(({ time }) => time)) / requests).toFixed(1),
    ]);
  }
  const busy = keepPoolBusy();
  const besideJobs = Math.max(...(await predictTimes(5)));
  rows.push(['the slowest of 5 beside eight pbkdf2', '', besideJobs.toFixed(1)]);
  await busy;

  x.dispose();
  model.dispose();
  return markdownTable(
    [`predictions of ${layers} convolutions`, 'largest gap of a 5 ms timer', 'a prediction'],
    rows,
  );
}

module.exports = { load };
