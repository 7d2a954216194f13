'use strict';

/** What Node.js itself, or whoever replaced it before this was loaded, has for `fetch`. */
const firstFetch = globalThis.fetch;

const VARIABLES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'];

/** Where Node.js and undici keep the dispatcher of all requests, by version. */
const DISPATCHERS = ['undici.globalDispatcher.1', 'undici.globalDispatcher.2'].map(Symbol.for);

/** Whether the program itself has said what all requests go through (undici's setGlobalDispatcher). */
function hasOwnDispatcher() {
  return DISPATCHERS.some((key) => {
    const dispatcher = /** @type {any} */ (globalThis)[key];
    return dispatcher && !['Agent', 'Dispatcher1Wrapper'].includes(dispatcher.constructor.name);
  });
}

/**
 * Loads undici: late, as most processes have no use for it. Node.js has a copy, but not for others to
 * use. When it is loaded, undici puts itself under the `fetch` of Node.js, too; this takes that back.
 *
 * @returns {typeof import('undici')}
 */
function loadUndici() {
  const globals = /** @type {Record<symbol, unknown>} */ (/** @type {unknown} */ (globalThis));
  const before = DISPATCHERS.map((key) => globals[key]);
  const undici = require('undici');
  for (const [i, key] of DISPATCHERS.entries()) {
    if (globals[key] !== before[i]) globals[key] = before[i];
  }
  return undici;
}

/** @type {import('undici').EnvHttpProxyAgent | undefined} */
let agent;
/** The environment that `agent` was made for. */
let agentKey = '';

/**
 * The `fetch` for a process whose environment names proxies (HTTP_PROXY, HTTPS_PROXY and NO_PROXY,
 * as curl has them). Node.js heeds these itself only from version 24 on, and only where it is
 * started with NODE_USE_ENV_PROXY=1.
 *
 * @returns {{fetch: any, FormData: any} | undefined} Undefined where there is nothing to do: there is
 *   no proxy, or the program has replaced `fetch` or its dispatcher.
 */
function proxyClient() {
  const { env } = process;
  if (!VARIABLES.some((name) => env[name])) return undefined;
  if (globalThis.fetch !== firstFetch || hasOwnDispatcher()) return undefined;
  const undici = loadUndici();
  const key = VARIABLES.map((name) => env[name]).join('\n');
  if (agent === undefined || key !== agentKey) {
    // Tunnels for https: alone: many a proxy makes none to port 80.
    agent = new undici.EnvHttpProxyAgent({ proxyTunnel: false });
    agentKey = key;
  }
  const dispatcher = agent;
  /** @param {any} url @param {any} init */
  const fetch = (url, init) => undici.fetch(url, { ...init, dispatcher });
  return { fetch, FormData: undici.FormData };
}

module.exports = { proxyClient };
