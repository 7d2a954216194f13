'use strict';

const fastify = require('fastify');
const tf = require('tfjs-native');
const { closePromptly } = require('./closing');
const { makeMetrics } = require('./metrics');
const { BoundedQueue } = require('./queue');

/**
 * The HTTP server, which does not listen yet.
 * @param {import('./classifier').Classifier} classifier
 * @param {{maxRunning?: number, maxWaiting?: number, timeoutMs?: number}} [limits] The predictions at
 *     a time share one thread pool, so that more of them only shorten the gaps between them.
 */
function makeApp(classifier, { maxRunning = 2, maxWaiting = 32, timeoutMs = 5000 } = {}) {
  const queue = new BoundedQueue({ maxRunning, maxWaiting });
  const metrics = makeMetrics(tf, queue);
  const app = fastify({ bodyLimit: 2 ** 20 });
  closePromptly(app);

  // The body as it comes: what it is, its first bytes say.
  app.addContentTypeParser(/^image\//, { parseAs: 'buffer' }, (request, body, done) =>
    done(null, body),
  );

  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.requests.inc({ route, status: reply.statusCode });
  });

  app.post('/classify', async (request, reply) => {
    const contents = /** @type {unknown} */ (request.body);
    if (!Buffer.isBuffer(contents)) return reply.code(415).send({ error: 'expected an image' });
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), goneClient(reply.raw)]);
    try {
      return await queue.add(async () => {
        const end = metrics.seconds.startTimer();
        const classes = await classifier.classify(contents, signal);
        end();
        return { classes: classes.slice(0, 3) };
      }, signal);
    } catch (error) {
      if (signal.aborted) return reply.code(504).send({ error: 'it took too long' });
      if (isBadImage(error)) return reply.code(400).send({ error: error.message });
      throw error;
    }
  });

  app.get('/metrics', async (request, reply) => {
    reply.type(metrics.register.contentType);
    return metrics.register.metrics();
  });

  app.get('/health', async () => ({ running: queue.running, waiting: queue.waiting }));

  app.setErrorHandler((/** @type {any} */ error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500 && status !== 503) console.error(error);
    if (status === 503) reply.header('retry-after', '1');
    reply.code(status).send({ error: error.message });
  });

  // close() has waited for the requests by then.
  app.addHook('onClose', async () => classifier.dispose());
  return app;
}

/**
 * @param {any} error
 * @returns {boolean} Whether the file that was sent cannot be decoded, or is too large.
 */
function isBadImage(error) {
  return error instanceof tf.native.NativeError && error.op === 'decodeImage';
}

/**
 * Aborted when the client goes away: nobody reads the answer, so that nothing need be computed.
 * @param {import('node:http').ServerResponse} response
 */
function goneClient(response) {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

module.exports = { makeApp };
