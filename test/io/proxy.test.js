'use strict';

// Models over HTTP in a process whose environment names a proxy.

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');
const path = require('node:path');
const { promisify } = require('node:util');
const { makeFolder, weight, writeGraphModel } = require('./support');
const { TestServer } = require('./test-server');

const CERTIFICATE = path.join(__dirname, 'fixtures/localhost-certificate.pem');
const KEY = path.join(__dirname, 'fixtures/localhost-key.pem');

const server = new TestServer();
/** What the proxy was asked for. */
let asked = [];

/** A proxy that forwards what is asked for in the open, and makes tunnels. */
const proxy = http.createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  const { method, headers } = request;
  const onward = http.request(request.url, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  request.pipe(onward);
});
proxy.on('connect', (request, socket, head) => {
  asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
  const onward = net.connect(Number(request.url.split(':')[1]), '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    onward.write(head);
    socket.pipe(onward).pipe(socket);
  });
  for (const one of [socket, onward]) one.on('error', () => one.destroy());
});

/** The same files, over TLS. */
const secure = https.createServer(
  { key: fs.readFileSync(KEY), cert: fs.readFileSync(CERTIFICATE) },
  (request, response) => response.end(server.answers.get(request.url)),
);

const listen = async (one) => {
  await new Promise((resolve) => one.listen(0, '127.0.0.1', resolve));
  return one.address().port;
};

let proxyPort;
let securePort;
beforeAll(async () => {
  await server.start();
  proxyPort = await listen(proxy);
  securePort = await listen(secure);
  const values = Float32Array.of(1, 2, 3);
  const folder = makeFolder();
  writeGraphModel(folder, [[weight('w', values)]], { cuts: [5] });
  server.serve('/m', folder);
});
afterAll(async () => {
  for (const one of [proxy, secure]) {
    one.closeAllConnections();
    one.close();
  }
  await server.close();
});
beforeEach(() => {
  asked = [];
});

/** @returns {Promise<string>} what a process prints that loads the model */
async function load(url, env, before = '') {
  const script = `
    const core = require('@tensorflow/tfjs-core');
    const { registerIo } = require(${JSON.stringify(path.join(__dirname, '../../lib/io'))});
    registerIo(core.io);
    ${before};
    core.io.http(${JSON.stringify(url)}, { retryDelayMs: 1 }).load().then(
      ({ weightData }) => console.log(String(new Float32Array(weightData))),
      (error) => console.log(error.message),
    );`;
  const { PATH } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], {
    cwd: __dirname,
    env: { PATH, NODE_EXTRA_CA_CERTS: CERTIFICATE, ...env },
  });
  return stdout.trim();
}

const proxyUrl = () => `http://user:pass@127.0.0.1:${proxyPort}`;

test('HTTPS_PROXY leads to a tunnel', async () => {
  const url = `https://localhost:${securePort}/m/model.json`;
  expect(await load(url, { HTTPS_PROXY: proxyUrl() })).toBe('1,2,3');
  expect(asked.length).toBeGreaterThan(0);
  const credentials = Buffer.from('user:pass').toString('base64');
  const expected = `CONNECT localhost:${securePort} Basic ${credentials}`;
  expect(new Set(asked)).toEqual(new Set([expected]));
});

test.each(['HTTP_PROXY', 'http_proxy'])('%s', async (name) => {
  const url = `${server.origin}/m/model.json`;
  expect(await load(url, { [name]: proxyUrl() })).toBe('1,2,3');
  expect(asked).toContain(`GET ${url}`);
  expect(asked).toHaveLength(3);
});

test('NO_PROXY, other schemes, and no variable at all', async () => {
  const url = `${server.origin}/m/model.json`;
  expect(await load(url, { HTTP_PROXY: proxyUrl(), NO_PROXY: 'a.example,127.0.0.1' })).toBe(
    '1,2,3',
  );
  expect(await load(url, { HTTPS_PROXY: proxyUrl() })).toBe('1,2,3');
  expect(await load(url, {})).toBe('1,2,3');
  expect(asked).toEqual([]);
});

test('a fetch of the program goes before the environment', async () => {
  const url = `${server.origin}/m/model.json`;
  const before = `
    const original = globalThis.fetch;
    globalThis.fetch = (...args) => (console.log('mine'), original(...args));`;
  const lines = await load(url, { HTTP_PROXY: proxyUrl() }, before);
  expect(lines.split('\n')).toEqual(['mine', 'mine', 'mine', '1,2,3']);
  expect(asked).toEqual([]);
});

test('a dispatcher of the program goes before the environment', async () => {
  const url = `${server.origin}/m/model.json`;
  const before = `
    const { ProxyAgent, setGlobalDispatcher } = require('undici');
    setGlobalDispatcher(new ProxyAgent('http://127.0.0.1:${proxyPort}'));`;
  expect(await load(url, { HTTP_PROXY: 'http://127.0.0.1:1' }, before)).toBe('1,2,3');
  expect(asked.length).toBeGreaterThan(0);
});

test('nothing but models goes through it', async () => {
  const url = `${server.origin}/m/model.json`;
  const after = `process.on('exit', () => console.log(typeof globalThis[key]));
    const key = Symbol.for('undici.globalDispatcher.1');`;
  const lines = await load(url, { HTTP_PROXY: proxyUrl() }, after);
  expect(lines.split('\n')).toEqual(['1,2,3', 'undefined']);
});

test('a proxy that is not there', async () => {
  const url = `${server.origin}/m/model.json`;
  expect(await load(url, { HTTP_PROXY: 'http://127.0.0.1:1' })).toMatch(
    /model\.json: cannot be fetched after 4 attempts \(.*ECONNREFUSED 127\.0\.0\.1:1\)/,
  );
});
