'use strict';

const { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } = require('prom-client');

/**
 * What Prometheus is told.
 * @param {typeof import('tfjs-native')} tf
 * @param {import('./queue').BoundedQueue} queue
 */
function makeMetrics(tf, queue) {
  const register = new Registry();
  const registers = [register];
  // Among them the lag of the event loop, which predictions should not raise.
  collectDefaultMetrics({ register });

  /** @param {string} name @param {string} help @param {() => number} read At each scrape. */
  const gauge = (name, help, read) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('predictions_running', 'Predictions under way', () => queue.running);
  gauge('predictions_waiting', 'Requests that wait for their turn', () => queue.waiting);
  gauge('tensors', 'Tensors alive', () => tf.memory().numTensors);
  gauge('tensor_memory_live_bytes', 'Memory in use', () => tf.native.memory().liveBytes);
  gauge('tensor_memory_pooled_bytes', 'Memory for reuse', () => tf.native.memory().pooledBytes);

  return {
    register,
    requests: new Counter({
      name: 'http_requests_total',
      help: 'Requests answered',
      labelNames: ['route', 'status'],
      registers,
    }),
    seconds: new Histogram({
      name: 'prediction_seconds',
      help: 'Time of a prediction, without the time that it waited',
      buckets: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
      registers,
    }),
  };
}

module.exports = { makeMetrics };
