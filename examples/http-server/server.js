'use strict';

// usage: node examples/http-server/server.js [port]

const { makeApp } = require('./app');
const { loadClassifier } = require('./classifier');

async function main() {
  const app = makeApp(await loadClassifier());
  await app.listen({ port: Number(process.argv[2] ?? 3000), host: '127.0.0.1' });
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT'])) {
    process.once(signal, () => {
      // No new connections; what was asked for is answered. Then nothing keeps the process.
      app.close().catch(fail);
    });
  }
  const address = /** @type {import('node:net').AddressInfo} */ (app.server.address());
  console.log(`listening on http://${address.address}:${address.port}`);
}

/** @param {unknown} error */
function fail(error) {
  console.error(error);
  process.exitCode = 1;
}

main().catch(fail);
