'use strict';

/**
 * Makes close() end connections once the last request is answered. Otherwise it would wait for those on
 * which a client may still send one.
 * @param {import('fastify').FastifyInstance} app
 */
function closePromptly(app) {
  let open = 0;
  let isClosing = false;
  const endIfDone = () => {
    if (isClosing && open === 0) app.server.closeAllConnections();
  };
  app.addHook('onRequest', async (request, reply) => {
    open++;
    reply.raw.once('close', () => {
      open--;
      endIfDone();
    });
  });
  app.addHook('preClose', async () => {
    isClosing = true;
    endIfDone();
  });
}

module.exports = { closePromptly };
